"""What is frozen keeps its numbers; what is called outside of training stays outside the graph."""

import numpy as np
import pytest

from mushin import Tensor, keras
from mushin.keras import layers

EAGERLY = pytest.mark.parametrize("run_eagerly", [False, True])


def model(run_eagerly=False, optimizer="adam", **first):
    keras.utils.set_random_seed(1)
    made = keras.Sequential(
        [layers.Dense(5, activation="tanh", input_shape=(4,), **first), layers.Dropout(0.2), layers.Dense(3)]
    )
    made.compile(optimizer, "mse", run_eagerly=run_eagerly)
    return made


def samples(n=24):
    return np.random.Generator(np.random.Philox(1)).standard_normal((n, 4)).astype(np.float32)


def fit(trained, epochs=3):
    """Trains, and says of each weight whether it has changed."""
    before = trained.get_weights()
    trained.fit(samples(), samples()[:, :3], batch_size=4, epochs=epochs, verbose=0)
    return [not np.array_equal(a, b) for a, b in zip(before, trained.get_weights(), strict=True)]


# --- what is trained


@EAGERLY
@pytest.mark.parametrize("optimizer", ["sgd", "adam", keras.optimizers.AdamW])
def test_a_frozen_layer_keeps_its_weights(run_eagerly, optimizer):
    """With momentum and weight decay too; and it trains again when it has thawed."""
    trained = model(run_eagerly, optimizer if isinstance(optimizer, str) else optimizer(weight_decay=0.1, clipnorm=1.0))
    assert fit(trained) == [True] * 4
    for frozen, changes in (
        (True, [False, False, True, True]),
        (False, [True] * 4),
        (True, [False, False, True, True]),
    ):
        trained.layers[0].trainable = not frozen
        assert fit(trained) == changes


@pytest.mark.parametrize("declared", [True, False])
def test_a_layer_is_made_frozen(declared):
    shape = {"input_shape": (4,)} if declared else {}
    made = keras.Sequential([layers.Dense(5, trainable=False, **shape), layers.Dense(3)])
    made.compile("sgd", "mse")
    made.build((None, 4))
    assert not made.layers[0].trainable
    assert fit(made) == [False, False, True, True]


def test_recorded_steps_heed_it():
    weights = []
    for run_eagerly in (False, True):
        trained = model(run_eagerly)
        for frozen in (False, True, False):
            trained.layers[0].trainable = not frozen
            fit(trained, epochs=4)
        assert run_eagerly or trained._trainer.train_step.replayed > 50
        weights.append(trained.get_weights())
    for a, b in zip(*weights, strict=True):
        np.testing.assert_array_equal(a, b)


def test_training_the_last_layer_is_training_it_alone():
    """Behind a frozen layer without dropout, training is that of the last layer on what the first one gives."""
    keras.utils.set_random_seed(1)
    whole = keras.Sequential([layers.Dense(5, "tanh", input_shape=(4,), trainable=False), layers.Dense(3)])
    last = keras.Sequential([layers.Dense(3, input_shape=(5,))])
    last.set_weights(whole.get_weights()[2:])
    hidden = whole.layers[0](samples()).numpy()
    for made, x in ((whole, samples()), (last, hidden)):
        made.compile("adam", "mse")
        made.fit(x, samples()[:, :3], batch_size=4, epochs=3, shuffle=False, verbose=0)
    for a, b in zip(whole.get_weights()[2:], last.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-7)


def test_a_layer_may_be_frozen_after_another_one():
    """The same optimizer: what was frozen at first is trained later."""
    trained = model(trainable=False)
    assert fit(trained) == [False, False, True, True]
    trained.layers[0].trainable, trained.layers[2].trainable = True, False
    trained.compile(trained.optimizer, "mse")
    assert fit(trained) == [True, True, False, False]


@EAGERLY
def test_a_model_that_is_frozen_is_evaluated_but_not_trained(run_eagerly):
    trained = model(run_eagerly)
    trained.trainable = False
    assert [layer.trainable for layer in trained.layers] == [False] * 3
    x, y = samples(), samples()[:, :3]
    assert trained.evaluate(x, y, verbose=0) > 0
    assert trained.predict(x, verbose=0).shape == (24, 3)
    for train in (lambda: trained.fit(x, y, verbose=0), lambda: trained.train_on_batch(x, y)):
        with pytest.raises(ValueError, match=r"^\[sequential\] nothing is trainable: set trainable = True on"):
            train()
    trained.trainable = True
    assert fit(trained) == [True] * 4


# --- variables: Keras' own answers


def counts(of):
    return len(of.trainable_variables), len(of.non_trainable_variables), len(of.variables)


def test_variables():
    made = model()
    first, _, last = made.layers
    assert counts(made) == (4, 0, 4)
    first.trainable = False
    assert (counts(first), counts(last), counts(made)) == ((0, 2, 2), (2, 0, 2), (2, 2, 4))
    assert [id(v) for v in made.trainable_variables] == [id(v) for v in last.variables]
    assert [id(v) for v in made.non_trainable_variables] == [id(v) for v in first.variables]
    for of in (made, first):
        for plural in ("", "trainable_", "non_trainable_"):
            assert [id(v) for v in getattr(of, f"{plural}variables")] == [
                id(v) for v in getattr(of, f"{plural}weights")
            ]
    assert (made.count_params(), first.count_params()) == (43, 25)
    assert len(made.get_weights()) == 4


def test_a_frozen_model_has_no_trainable_variables():
    made = model()
    made.trainable = False
    made.layers[2].trainable = True
    assert (made.trainable, counts(made), counts(made.layers[2])) == (False, (0, 4, 4), (2, 0, 2))
    made.trainable = True
    assert counts(made) == (4, 0, 4)
    made.trainable = False
    made.add(layers.Dense(2))
    assert made.layers[-1].trainable
    assert counts(made) == (0, 6, 6)


def test_a_model_is_made_frozen():
    made = keras.Sequential([layers.Dense(3, input_shape=(4,))], False, "mine")
    assert (made.name, made.trainable, made.layers[0].trainable, counts(made)) == ("mine", False, True, (0, 2, 2))
    made.trainable = True
    assert counts(made) == (2, 0, 2)


def test_a_model_that_is_frozen_before_it_is_built():
    made = keras.Sequential([layers.Dense(2), layers.Dense(2)])
    made.trainable = False
    assert counts(made) == (0, 0, 0)
    made.build((None, 3))
    assert (counts(made), made.count_params()) == ((0, 4, 4), 14)


def test_a_layer_of_two_models_is_frozen_in_both():
    shared = layers.Dense(3, input_shape=(4,))
    first, second = keras.Sequential([shared]), keras.Sequential([shared, layers.Dense(2)])
    first.trainable = False
    assert (counts(first), counts(second)) == ((0, 2, 2), (2, 2, 4))


def test_summary_counts_what_is_frozen(capsys):
    model(trainable=False).summary()
    assert capsys.readouterr().out.splitlines()[-3:] == [
        " Total params: 43",
        " Trainable params: 18",
        " Non-trainable params: 25",
    ]


@pytest.mark.parametrize("value", ["no", 1, None])
def test_it_is_a_bool(value):
    made = model()
    for freeze in (
        lambda: layers.Dense(3, trainable=value),
        lambda: keras.Sequential([], trainable=value),
        lambda: setattr(made, "trainable", value),
        lambda: setattr(made.layers[0], "trainable", value),
    ):
        with pytest.raises(TypeError, match=rf"trainable must be True or False, got {value!r}"):
            freeze()
    assert counts(made) == (4, 0, 4)
    made.layers[0].trainable = np.bool_(False)
    assert counts(made) == (2, 2, 4)


# --- calls


def test_a_layer_that_is_called_evaluates_unless_told():
    x = np.ones((2, 200), np.float32)
    drop = layers.Dropout(0.5)
    for call in (lambda: drop(x), lambda: drop(x, training=False), lambda: drop(x, training=None), lambda: drop(x)):
        assert (call().numpy() == 1).all()
    assert (drop(x, training=True).numpy() == 0).any()
    assert (drop(x).numpy() == 1).all()


@pytest.mark.parametrize(
    "make", [lambda: layers.Dense(3), lambda: keras.Sequential([layers.Dense(3), layers.Dense(2)])]
)
def test_a_call_is_in_the_graph_only_in_training(make):
    made, x = make(), samples()
    for training in ({}, {"training": None}, {"training": False}):
        y = made(x, **training)
        assert not y.requires_grad
        y.numpy()
    y = made(x, training=True)
    assert y.requires_grad
    (y * y).sum().backward()
    assert all(v.grad is not None for v in made.trainable_variables)


def test_a_call_in_training_leaves_out_what_is_frozen():
    made = model(trainable=False)
    made(samples(), training=True).sum().backward()
    assert [v.grad is None for v in made.variables] == [True, True, False, False]


def test_a_call_leaves_the_graph_of_others_alone():
    w = Tensor(np.ones(3, np.float32), requires_grad=True)
    (w * layers.Dense(3)(samples(1))[0]).sum().backward()
    assert w.grad is not None


@pytest.mark.parametrize("made", [layers.Dense(3, name="a"), keras.Sequential([layers.Dense(3)], name="a")])
def test_training_is_a_bool(made):
    with pytest.raises(TypeError, match=r"^\[a\] training must be True or False, got 'yes'"):
        made(samples(), training="yes")
