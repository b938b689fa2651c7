"""Runs recipes/ on the real PyTorch and Keras.

python worker.py JOB INPUTS.npz OUTPUTS.npz   answers a test; an array is named "case/array"
python worker.py expected                     makes expected.json anew
"""

import json
import os
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")

import numpy as np

sys.path[0] = str(Path(__file__).parents[1])  # for `peers`

from peers import keras_graphs, keras_ops, keras_text, recipes, training  # noqa: E402
from peers.expressions import EXPRESSIONS, running  # noqa: E402
from peers.module_recipes import FACTS  # noqa: E402
from peers.recipes import keras_recurrent, recurrent, weights  # noqa: E402


def torch_optimizers(shapes, dtype):
    import torch

    return {
        name: recipes.run_torch_optimizer(torch, torch.nn.utils, name, shapes, dtype)
        for name in recipes.TORCH_OPTIMIZERS
    }


def keras_optimizers(shapes, dtype):
    import keras

    def variables(arrays):
        return [keras.Variable(a, dtype=np.dtype(dtype).name) for a in arrays]

    def apply(optimizer, gradients, variables):
        optimizer.apply([keras.ops.convert_to_tensor(g) for g in gradients], variables)

    keras.config.set_floatx(np.dtype(dtype).name)
    return {
        name: recipes.run_keras_optimizer(keras.optimizers, variables, apply, name, shapes, dtype)
        for name in recipes.KERAS_OPTIMIZERS
    }


def torch_schedules():
    import torch

    schedules = torch.optim.lr_scheduler
    return {
        kind: {name: recipes.run_torch_schedule(torch, schedules, name, kind) for name in recipes.TORCH_SCHEDULES}
        for kind in ("SGD", "Adam")
    }


def torch_halves(inputs):
    """The first steps of every optimizer, and the last ones from what other first ones have given."""
    import torch

    answers = {}
    for name in recipes.TORCH_OPTIMIZERS:
        given = {key.removeprefix(f"{name}:"): x for key, x in inputs.items() if key.startswith(f"{name}:")}
        for half, results in (
            ("first", recipes.run_torch_half(torch, name)),
            ("last", recipes.run_torch_half(torch, name, given)),
        ):
            answers.update({f"{name}:{half}:{key}": x for key, x in results.items()})
    return answers


def lbfgs():
    import torch

    return {name: recipes.run_lbfgs(torch, name) for name in recipes.LBFGS}


def keras_schedules():
    import keras

    schedules = keras.optimizers.schedules
    return {name: recipes.run_keras_schedule(schedules, name) for name in recipes.KERAS_SCHEDULES}


def flat(cases):
    return {f"{name}/{i}": p for name, arrays in cases.items() for i, p in enumerate(arrays)}


def torch_nn(inputs):
    import torch

    answers = {}
    for name, (expression, _) in EXPRESSIONS.items():
        arrays = {key.removeprefix(f"{name}/"): x for key, x in inputs.items() if key.startswith(f"{name}/")}
        answers.update({f"{name}/{key}": x for key, x in running.run(torch, expression, arrays).items()})
    return answers


def torch_modules():
    import torch
    from torch.utils import data

    return {name: np.array(json.dumps(facts(torch, data))) for name, facts in FACTS.items()}


def keras_everything():
    """Optimizers' steps and defaults, trained models and losses."""
    import keras

    answers = flat(keras_optimizers(recipes.ODD_SHAPES, np.float32))
    for name, optimizer in recipes.KERAS_RUNS:
        for key, x in recipes.run_keras_model(keras, name, optimizer).items():
            answers[f"{name}/{optimizer}/{key}"] = x
    answers.update(recipes.run_keras_losses(keras.losses))
    answers.update({f"{name} schedule": rates for name, rates in keras_schedules().items()})
    for name in recipes.KERAS_NAMES:
        answers[f"{name} configuration"] = np.array(json.dumps(keras.optimizers.get(name).get_config()))
    return answers


def keras_training():
    import keras

    def two_outputs():
        a, b = keras.Input((5,), name="a"), keras.Input((5,), name="b")
        both = keras.layers.add([a, b])
        layers = keras.layers.Dense(3, name="sum"), keras.layers.Dense(4, activation="softmax", name="kind")
        return keras.Model([a, b], [layer(both) for layer in layers])

    cases = {train.__name__: train(keras) for train in training.TRAININGS}
    cases["two_outputs"] = training.two_outputs(two_outputs)
    cases["metrics"] = {name: training.metric_results(keras.metrics, name) for name in training.METRICS}
    return {f"{case}/{name}": np.asarray(x) for case, arrays in cases.items() for name, x in arrays.items()}


def keras_graphs_and_layers():
    import keras

    answers = keras_graphs.run_layers(keras)
    for name in keras_graphs.GRAPHS:
        answers.update({f"{name}/{key}": x for key, x in keras_graphs.run_graph(keras, name).items()})
    answers["defaults"] = np.array(json.dumps(keras_graphs.defaults(keras, keras_graphs.WITH_DEFAULTS)))
    return answers


def recurrent_layers_of_keras():
    import keras

    answers = keras_recurrent.run(keras)
    return {**answers, "defaults": np.array(json.dumps(keras_recurrent.defaults(keras)))}


def ops_of_keras():
    import keras

    return keras_ops.run(keras.ops)


def text_of_keras():
    import keras

    return keras_text.run(keras)


def torch_weights(tensors):
    """Loads tensors, named "network:key", into new networks; their outputs, and their tensors."""
    import torch

    answers = {}
    for name, make in weights.NETWORKS.items():
        given = {key.removeprefix(f"{name}:"): x for key, x in tensors.items() if key.startswith(f"{name}:")}
        network = make(torch.nn)
        network.load_state_dict({key: torch.from_numpy(x) for key, x in given.items()})
        answers[f"{name}/outputs"] = weights.outputs(torch, name, network)
        answers.update({f"{name}:{key}": x.numpy() for key, x in network.state_dict().items()})
    return answers


def torch_recurrent():
    import torch
    from torch.nn.utils import rnn

    answers = {name: recurrent.run_recurrent(torch, rnn, name) for name in recurrent.RECURRENT}
    return {f"{name}/{key}": x for name, arrays in answers.items() for key, x in arrays.items()}


JOBS = {
    "torch_weights": torch_weights,
    "torch_optimizers_float32": lambda inputs: flat(torch_optimizers(recipes.ODD_SHAPES, np.float32)),
    "torch_optimizers_float64": lambda inputs: flat(torch_optimizers(recipes.ODD_SHAPES, np.float64)),
    "torch_schedules": lambda inputs: {f"{kind}/{n}": x for kind, c in torch_schedules().items() for n, x in c.items()},
    "torch_halves": torch_halves,
    "lbfgs": lambda inputs: lbfgs(),
    "torch_nn": torch_nn,
    "torch_recurrent": lambda inputs: torch_recurrent(),
    "torch_modules": lambda inputs: torch_modules(),
    "keras_graphs": lambda inputs: keras_graphs_and_layers(),
    "keras": lambda inputs: keras_everything(),
    "keras_ops": lambda inputs: ops_of_keras(),
    "keras_text": lambda inputs: text_of_keras(),
    "keras_recurrent": lambda inputs: recurrent_layers_of_keras(),
    "keras_training": lambda inputs: keras_training(),
}


def make_expected():
    import torch

    import keras

    optimizers = {
        "torch": torch_optimizers(recipes.SMALL_SHAPES, np.float64),
        "keras": keras_optimizers(recipes.SMALL_SHAPES, np.float64),
    }
    keras.config.set_floatx("float32")
    versions = f"PyTorch {torch.__version__} and Keras {keras.__version__}"
    text = {"note": f"What {versions} make of recipes/; by `worker.py expected`"}
    for library, cases in optimizers.items():
        text[library] = {
            name: [[float(f"{x:.12g}") for x in np.ravel(p)] for p in arrays] for name, arrays in cases.items()
        }
    text["torch schedules"] = {
        kind: {name: rows.ravel().tolist() for name, rows in of_kind.items()}
        for kind, of_kind in torch_schedules().items()
    }
    text["lbfgs"] = {name: rows.ravel().tolist() for name, rows in lbfgs().items()}
    text["keras schedules"] = {name: rates.tolist() for name, rates in keras_schedules().items()}
    text["keras models"] = {}
    for name, optimizer in recipes.KERAS_RUNS:
        results = recipes.run_keras_model(keras, name, optimizer)
        text["keras models"][f"{name}/{optimizer}"] = {
            key: float(f"{np.ravel(x)[0]:.8g}") for key, x in results.items() if x.size == 1
        }
    recipes.EXPECTED.write_text(json.dumps(text, separators=(",", ":")).replace(']],"', ']],\n"') + "\n")


if __name__ == "__main__":
    if sys.argv[1:] == ["expected"]:
        make_expected()
    else:
        job, source, destination = sys.argv[1:]
        with np.load(source) as archive:
            given = dict(archive)
        np.savez(destination, **JOBS[job](given))
