"""Five steps of every optimizer, in PyTorch's convention and in Keras'."""

import numpy as np

from peers.expressions.running import numbers

STEPS = 5
RATE_FACTORS = (1.0, 1.0, 0.5, 2.0, 0.1)  # the learning rate changes from step to step
SMALL_SHAPES = ((2, 3), (5,), (1,))
ODD_SHAPES = ((17, 5), (4099,), (1,), (3, 1, 7), (64,))  # vector tails; one that is longer than a kernel's chunk


# Of these PyTorch keeps numbers of the parameters in float32, whatever the parameters are.
FLOAT32_NUMBERS = ("NAdam", "ASGD")


def torch_tolerance(name, dtype, float64):
    """What parameters may differ by: in float32 by 1e-6, else as said unless PyTorch itself rounds to float32."""
    return 1e-6 if dtype == np.float32 or TORCH_OPTIMIZERS[name][0] in FLOAT32_NUMBERS else float64


def parameters(shapes, dtype):
    return [numbers(shape, i).astype(dtype) for i, shape in enumerate(shapes)]


def gradients(shapes, dtype, step):
    return [numbers(shape, 10 + 7 * step + i).astype(dtype) for i, shape in enumerate(shapes)]


_MISSING = {1: (0, 3), 2: (4,)}  # parameter 1 has no gradient in steps 0 and 3, parameter 2 none in step 4
_GROUPS = ({"params": [0]}, {"params": [1], "lr": 0.03}, {"params": [2], "lr": 0.01, "weight_decay": 0.31})
_ADAM = {"lr": 0.02, "betas": (0.8, 0.95)}

# name: (class, options, how the rest differs)
TORCH_OPTIMIZERS = {
    "sgd": ("SGD", {"lr": 0.1}, {}),
    "sgd decay": ("SGD", {"lr": 0.1, "weight_decay": 0.19}, {}),
    "sgd momentum": ("SGD", {"lr": 0.1, "momentum": 0.9}, {}),
    "sgd momentum decay": ("SGD", {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.19}, {}),
    "sgd dampening": ("SGD", {"lr": 0.1, "momentum": 0.9, "dampening": 0.4}, {}),
    "sgd nesterov": ("SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.19}, {}),
    "sgd maximize": ("SGD", {"lr": 0.1, "momentum": 0.5, "maximize": True, "weight_decay": 0.19}, {}),
    "sgd missing": ("SGD", {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.19}, {"missing": _MISSING}),
    "sgd groups": ("SGD", {"lr": 0.1, "momentum": 0.9}, {"groups": _GROUPS}),
    "sgd clip norm": ("SGD", {"lr": 0.1, "momentum": 0.9}, {"clip_norm": 0.5}),
    "sgd clip value": ("SGD", {"lr": 0.1, "momentum": 0.9}, {"clip_value": 0.25}),
    "adam": ("Adam", _ADAM, {}),
    "adam large epsilon": ("Adam", {**_ADAM, "eps": 0.1}, {}),
    "adam decay": ("Adam", {**_ADAM, "weight_decay": 0.19}, {}),
    "adam amsgrad": ("Adam", {**_ADAM, "amsgrad": True, "weight_decay": 0.19}, {}),
    "adam maximize": ("Adam", {**_ADAM, "maximize": True, "weight_decay": 0.19}, {}),
    "adam missing": ("Adam", {**_ADAM, "weight_decay": 0.19}, {"missing": _MISSING}),
    "adam groups": ("Adam", _ADAM, {"groups": _GROUPS}),
    "adam clip norm": ("Adam", _ADAM, {"clip_norm": 0.5}),
    "adam clip value": ("Adam", _ADAM, {"clip_value": 0.25}),
    "adamw": ("AdamW", _ADAM, {}),
    "adamw decay": ("AdamW", {**_ADAM, "weight_decay": 0.19}, {}),
    "adamw amsgrad": ("AdamW", {**_ADAM, "amsgrad": True, "weight_decay": 0.19}, {}),
    "adamw maximize": ("AdamW", {**_ADAM, "maximize": True, "weight_decay": 0.19}, {}),
    "adamw missing": ("AdamW", {**_ADAM, "weight_decay": 0.19}, {"missing": _MISSING}),
    "adamw groups": ("AdamW", _ADAM, {"groups": _GROUPS}),
}

_MORE = {"weight_decay": 0.19}
# Of the other optimizers: what each is made with, and each setting's further options.
for _kind, _options, _settings in (
    ("RMSprop", {"lr": 0.02, "alpha": 0.9}, ({}, {"momentum": 0.7, **_MORE}, {"centered": True, "eps": 0.01})),
    ("RMSprop", {"lr": 0.02}, ({"centered": True, "momentum": 0.7, "maximize": True, "eps": 0.01},)),
    ("Adagrad", {"lr": 0.1}, ({}, {"lr_decay": 0.3, **_MORE}, {"initial_accumulator_value": 0.2, "maximize": True})),
    ("Adadelta", {"lr": 0.5}, ({}, {"rho": 0.7, "eps": 1e-3, **_MORE}, {"maximize": True, "eps": 1e-3})),
    ("NAdam", _ADAM, ({}, {"momentum_decay": 0.3, **_MORE}, {"decoupled_weight_decay": True, **_MORE})),
    ("RAdam", _ADAM, ({}, {"betas": (0.8, 0.7), "eps": 0.01, **_MORE}, {"decoupled_weight_decay": True, **_MORE})),
    ("Adamax", _ADAM, ({}, {"eps": 0.05, **_MORE}, {"maximize": True})),
    ("Adafactor", {"lr": 0.3}, ({}, {"d": 1.5, "eps": (0.1, 0.5), **_MORE}, {"beta2_decay": -0.3, "maximize": True})),
    ("ASGD", {"lr": 0.1}, ({}, {"lambd": 0.2, "t0": 1, **_MORE}, {"alpha": 0.3, "lambd": 0.5, "maximize": True})),
    ("Rprop", {"lr": 0.1}, ({}, {"etas": (0.4, 1.9), "step_sizes": (0.08, 0.15)}, {"maximize": True})),
):
    for _setting in _settings:
        _name = " ".join([_kind.lower(), *(f"{key} {value}" for key, value in _setting.items())])
        TORCH_OPTIMIZERS[_name] = (_kind, {**_options, **_setting}, {})
    TORCH_OPTIMIZERS[f"{_kind.lower()} missing"] = (_kind, {**_options, **_settings[-1]}, {"missing": _MISSING})

_KERAS_ADAM = {"learning_rate": 0.02, "beta_1": 0.8, "beta_2": 0.95}

KERAS_OPTIMIZERS = {
    "sgd": ("SGD", {"learning_rate": 0.1}),
    "sgd decay": ("SGD", {"learning_rate": 0.1, "weight_decay": 0.19}),
    "sgd momentum": ("SGD", {"learning_rate": 0.1, "momentum": 0.9}),
    "sgd momentum decay": ("SGD", {"learning_rate": 0.1, "momentum": 0.9, "weight_decay": 0.19}),
    "sgd nesterov": ("SGD", {"learning_rate": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.19}),
    "sgd nesterov alone": ("SGD", {"learning_rate": 0.1, "nesterov": True}),
    "sgd clipnorm": ("SGD", {"learning_rate": 0.1, "momentum": 0.9, "clipnorm": 0.5}),
    "sgd clipvalue": ("SGD", {"learning_rate": 0.1, "momentum": 0.9, "clipvalue": 0.25}),
    "sgd global_clipnorm": ("SGD", {"learning_rate": 0.1, "momentum": 0.9, "global_clipnorm": 0.5}),
    "adam": ("Adam", _KERAS_ADAM),
    "adam large epsilon": ("Adam", {**_KERAS_ADAM, "epsilon": 0.1}),
    "adam decay": ("Adam", {**_KERAS_ADAM, "weight_decay": 0.19}),
    "adam amsgrad": ("Adam", {**_KERAS_ADAM, "amsgrad": True, "weight_decay": 0.19}),
    "adam clipnorm": ("Adam", {**_KERAS_ADAM, "clipnorm": 0.5}),
    "adam clipvalue": ("Adam", {**_KERAS_ADAM, "clipvalue": 0.25}),
    "adam global_clipnorm": ("Adam", {**_KERAS_ADAM, "global_clipnorm": 0.5}),
    "adamw": ("AdamW", _KERAS_ADAM),
    "adamw decay": ("AdamW", {**_KERAS_ADAM, "weight_decay": 0.19}),
    "adamw amsgrad": ("AdamW", {**_KERAS_ADAM, "amsgrad": True, "weight_decay": 0.19}),
}
_KERAS_MORE = {"weight_decay": 0.19}
for _kind, _options, _settings in (
    ("RMSprop", {"learning_rate": 0.02}, ({}, {"momentum": 0.7, **_KERAS_MORE}, {"centered": True, "epsilon": 0.01})),
    ("Adagrad", {"learning_rate": 0.1}, ({}, {"initial_accumulator_value": 0.3, **_KERAS_MORE})),
    ("Adadelta", {"learning_rate": 0.5}, ({}, {"rho": 0.7, "epsilon": 1e-3, **_KERAS_MORE})),
    ("Nadam", _KERAS_ADAM, ({}, {"epsilon": 0.1, **_KERAS_MORE}, {"clipnorm": 0.5})),
    ("Adamax", _KERAS_ADAM, ({}, {"epsilon": 0.1, **_KERAS_MORE})),
    ("Lion", {"learning_rate": 0.02}, ({}, {"beta_1": 0.6, "beta_2": 0.8, **_KERAS_MORE})),
    ("Adafactor", {"learning_rate": 0.3}, ({}, {"clip_threshold": 1.5, "epsilon_2": 0.5, **_KERAS_MORE})),
    ("SGD", {"learning_rate": 0.1, "momentum": 0.5}, ({"use_ema": True, "ema_overwrite_frequency": 2},)),
    ("Adam", _KERAS_ADAM, ({"use_ema": True, "ema_momentum": 0.6, "ema_overwrite_frequency": 2},)),
    ("SGD", {"learning_rate": 0.1, "momentum": 0.5}, ({"gradient_accumulation_steps": 2, "clipnorm": 0.5},)),
    ("Adam", _KERAS_ADAM, ({"gradient_accumulation_steps": 2, **_KERAS_MORE},)),
):
    for _setting in _settings:
        _name = " ".join([_kind.lower(), *(f"{key} {value}" for key, value in _setting.items())])
        KERAS_OPTIMIZERS[_name] = (_kind, {**_options, **_setting})


def run_torch_optimizer(library, clipping, name, shapes, dtype):
    """Parameters after five steps.

    Args:
        library: torch or mushin.
        clipping: the module that has clip_grad_norm_ and clip_grad_value_.
    """
    kind, options, more = TORCH_OPTIMIZERS[name]
    params = [library.nn.Parameter(library.tensor(p)) for p in parameters(shapes, dtype)]
    groups = [{**g, "params": [params[i] for i in g["params"]]} for g in more.get("groups", ())]
    optimizer = getattr(library.optim, kind)(groups or params, **options)
    first_rates = [group["lr"] for group in optimizer.param_groups]
    for step in range(STEPS):
        for group, rate in zip(optimizer.param_groups, first_rates):
            group["lr"] = rate * RATE_FACTORS[step]
        optimizer.zero_grad()
        for i, (p, g) in enumerate(zip(params, gradients(shapes, dtype, step))):
            if step not in more.get("missing", {}).get(i, ()):
                (p * library.tensor(g)).sum().backward()
        if "clip_norm" in more:
            clipping.clip_grad_norm_(params, more["clip_norm"])
        if "clip_value" in more:
            clipping.clip_grad_value_(params, more["clip_value"])
        optimizer.step()
    return [p.detach().numpy() for p in params]


def run_torch_half(library, name, given=None):
    """Parameters and states after three steps of small parameters in float64; or, from what these gave to either
    library, parameters after two more."""
    kind, options, _ = TORCH_OPTIMIZERS[name]
    given = given or {}
    values = [given.get(f"parameter/{i}", p) for i, p in enumerate(parameters(SMALL_SHAPES, np.float64))]
    params = [library.nn.Parameter(library.tensor(p)) for p in values]
    optimizer = getattr(library.optim, kind)(params, **options)
    states = {}
    for place, x in given.items():
        what, i, *key = place.split("/")
        if what == "state":
            states.setdefault(int(i), {})[key[0]] = library.tensor(x)
    if states:
        optimizer.load_state_dict({"state": states, "param_groups": optimizer.state_dict()["param_groups"]})
    for step in (3, 4) if given else (0, 1, 2):
        optimizer.zero_grad()
        for p, g in zip(params, gradients(SMALL_SHAPES, np.float64, step)):
            (p * library.tensor(g)).sum().backward()
        optimizer.step()
    results = {f"parameter/{i}": p.detach().numpy() for i, p in enumerate(params)}
    for i, state in {} if given else optimizer.state_dict()["state"].items():
        results.update({f"state/{i}/{key}": np.array(x) for key, x in state.items() if x is not None})
    return results


# name: options
LBFGS = {
    "fixed": {"lr": 0.05, "max_iter": 6},
    "short history": {"lr": 0.1, "max_iter": 8, "history_size": 2},
    "few calls": {"lr": 0.05, "max_iter": 9, "max_eval": 4},
    "line search": {"line_search_fn": "strong_wolfe", "max_iter": 7},
    "long first step": {"lr": 40.0, "line_search_fn": "strong_wolfe", "max_iter": 5, "history_size": 3},
}


def run_lbfgs(library, name):
    """Losses and parameters after each of four steps, down Rosenbrock's valley in six dimensions, in float64."""
    p = library.nn.Parameter(library.tensor(np.array([-1.2, 1.0, 0.5, -0.3])))
    q = library.nn.Parameter(library.tensor(np.array([[0.7, 1.4]])))
    optimizer = library.optim.LBFGS([p, q], **LBFGS[name])

    def closure():
        optimizer.zero_grad()
        valley = p[1:] - p[:-1] * p[:-1]
        other = q[0, 1:] - q[0, :1] * q[0, :1]
        slope = ((1 - p[:-1]) * (1 - p[:-1])).sum() + ((1 - q[0, :1]) * (1 - q[0, :1])).sum()
        loss = 10 * (valley * valley).sum() + 10 * (other * other).sum() + slope
        loss.backward()
        return loss

    rows = []
    for _ in range(4):
        loss = optimizer.step(closure)
        rows.append(np.concatenate([[loss.item()], p.detach().numpy().ravel(), q.detach().numpy().ravel()]))
    return np.array(rows)


def run_keras_optimizer(optimizers, variables, apply, name, shapes, dtype):
    """Variables after five steps.

    Args:
        optimizers: keras.optimizers or mushin.keras.optimizers.
        variables: makes the library's variables from arrays.
        apply: apply(optimizer, gradients, variables) makes one step.
    """
    kind, options = KERAS_OPTIMIZERS[name]
    optimizer = getattr(optimizers, kind)(**options)
    params = variables(parameters(shapes, dtype))
    for step in range(STEPS):
        optimizer.learning_rate = options["learning_rate"] * RATE_FACTORS[step]
        apply(optimizer, gradients(shapes, dtype, step), params)
    return [(p.detach() if hasattr(p, "detach") else p).numpy() for p in params]
