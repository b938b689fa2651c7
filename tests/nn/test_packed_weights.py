"""packed_weights: what a block computes, when weights are packed again, and how blocks and threads share memory."""

import contextlib
import copy
import gc
import threading
import weakref

import numpy as np
import pytest

import mushin
from mushin import nn, optim
from mushin.nn.packing import _free
from mushin.nn.utils import packed_weights
from mushin.ops.packing import in_thread


def model():
    mushin.seed(0)
    return nn.Sequential(nn.Linear(300, 70), nn.Tanh(), nn.Linear(70, 64, bias=False))


def batch(rows=9):
    return mushin.Tensor(np.random.default_rng(rows).standard_normal((rows, 300), dtype=np.float32))


def packed_outputs(network, x):
    with mushin.no_grad(), packed_weights(network):
        return network(x).numpy()


def packed_of(network):
    """What is kept for a model that is in no block."""
    return [packed for packings in _free.get(network, []) for packed in packings._packed.values()]


@pytest.mark.parametrize("rows", [0, 1, 4, 5, 32, 49, 200])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_same_numbers(rows, dtype):
    network, x = model(), batch(rows)
    if dtype is np.float64:
        network, x = network.double(), x.double()
    expected = network(x).detach().numpy()
    first = packed_outputs(network, x)
    assert first.dtype == dtype
    np.testing.assert_allclose(first, expected, rtol=0, atol=20 * np.finfo(dtype).eps)
    np.testing.assert_array_equal(packed_outputs(network, x), first)
    assert len(packed_of(network)) == (2 if rows > 4 else 0)


def test_leading_axes():
    network = model()
    with mushin.no_grad(), packed_weights(network):
        whole = network(batch(12))
        parts = network(batch(12).reshape(3, 4, 300))
    np.testing.assert_array_equal(parts.numpy().reshape(12, 64), whole.numpy())


def test_gradients_are_those_of_the_weights():
    network, plain = model(), model()
    with packed_weights(network):
        network(batch()).sum().backward()
    plain(batch()).sum().backward()
    for packed, other in zip(network.parameters(), plain.parameters()):
        np.testing.assert_allclose(packed.grad.numpy(), other.grad.numpy(), rtol=1e-5, atol=1e-6)


def test_products_of_a_block_read_what_was_packed():
    network, x = nn.Linear(300, 70), batch()
    with mushin.no_grad(), packed_weights(network):
        before = network(x).numpy()
        network.weight.numpy()[...] = 0  # NumPy's writes are not noticed ...
        np.testing.assert_array_equal(network(x).numpy(), before)
    # ... before the next block
    np.testing.assert_array_equal(packed_outputs(network, x), np.broadcast_to(network.bias.array, (9, 70)))


@pytest.mark.parametrize("change", ["optimizer", "in place", "rebound", "in place and rebound", "loaded"])
def test_a_change_in_a_block_is_noticed(change):
    network = nn.Linear(300, 70)
    optimizer = optim.SGD(network.parameters(), lr=0.5)
    network(batch()).sum().backward()
    with mushin.no_grad(), packed_weights(network):
        before = network(batch()).numpy()
        if change == "optimizer":
            optimizer.step()
        elif change == "loaded":
            network.load_state_dict({name: value * 2 for name, value in network.state_dict().items()})
        elif change == "rebound":
            network.weight.data = mushin.zeros(70, 300)
        else:
            network.weight.mul_(2)
        if change == "in place and rebound":
            network.weight.data = network.weight.array
        changed = network(batch()).numpy()
    assert not np.array_equal(changed, before)
    np.testing.assert_array_equal(packed_outputs(network, batch()), changed)


def test_weights_that_are_no_parameters_are_not_packed():
    network = nn.Linear(300, 70)
    with mushin.no_grad(), packed_weights(network):
        for other in (network.weight * 2.0, mushin.ones(70, 300), model()[0].weight):
            output = nn.functional.linear(batch(), other)
            np.testing.assert_allclose(output.numpy(), batch().array @ other.array.T, rtol=1e-5, atol=2e-5)
    assert not packed_of(network)


def test_a_dead_weight_leaves_nothing():
    network = model()
    packed_outputs(network, batch())
    first, second = (weakref.ref(packed.panels) for packed in packed_of(network))
    network[0] = nn.Linear(300, 70)
    packed_outputs(network, batch())
    assert first() is None
    assert second() is not None
    gc.disable()
    try:
        del network
        assert second() is None
    finally:
        gc.enable()


def test_blocks_in_blocks():
    network, other = model(), model()
    with mushin.no_grad(), packed_weights(network):
        first = network(batch()).numpy()
        with packed_weights(other), packed_weights(network):
            network[2].weight.numpy()[...] = 0
            assert not network(batch()).numpy().any()
        with packed_weights(network):
            assert not network(batch()).numpy().any()
        np.testing.assert_array_equal(network(batch()).numpy(), first)
    assert in_thread.packings is None
    assert len(packed_of(network)) == 4
    assert not packed_of(other)


def test_blocks_that_end_in_another_order():
    network, other = model(), model()
    first, second = contextlib.ExitStack(), contextlib.ExitStack()
    with mushin.no_grad():
        first.enter_context(packed_weights(network))
        second.enter_context(packed_weights(other))
        first.close()
        assert in_thread.packings is not None
        network(batch())
        other(batch())
        second.close()
        assert in_thread.packings is None
    assert not packed_of(network)
    assert len(packed_of(other)) == 2


def test_another_threads_block_gives_the_same_bits():
    network, outputs = model(), []
    with mushin.no_grad(), packed_weights(network):
        expected = network(batch()).numpy()
        thread = threading.Thread(target=lambda: outputs.append(packed_outputs(network, batch())))
        thread.start()
        thread.join()
        np.testing.assert_array_equal(network(batch()).numpy(), expected)
    np.testing.assert_array_equal(outputs[0], expected)


def test_a_block_that_ends_in_another_thread_shares_nothing():
    layer, x = nn.Linear(64, 64, bias=False), mushin.ones(8, 64)

    def outputs():
        with packed_weights(layer):
            while True:
                yield layer(x)

    with mushin.no_grad():
        suspended = outputs()
        next(suspended)
    begun, done = threading.Event(), threading.Event()

    def close_and_use():
        suspended.close()
        with mushin.no_grad(), packed_weights(layer):
            layer(x)
            begun.set()
            done.wait(10)

    thread = threading.Thread(target=close_and_use)
    thread.start()
    assert begun.wait(10)
    layer.weight.array[...] = 0
    with mushin.no_grad():
        outside = layer(x).numpy()
    done.set()
    thread.join()
    in_thread.change([])  # this thread has never left its block
    assert not outside.any()


def test_an_error_ends_the_block():
    network = model()
    with pytest.raises(ValueError, match=r"\[linear\] x must have shape \(\.\.\., 300\)"), packed_weights(network):
        network(batch()[:, :7])
    assert in_thread.packings is None


@pytest.mark.parametrize(
    "weight", [np.ones((70, 3), np.float32), mushin.ones(3), mushin.ones(70, 3).to(dtype=mushin.int64), None]
)
def test_weights_that_do_not_fit(weight):
    with packed_weights(model()), pytest.raises((TypeError, ValueError), match=r"^\[linear\] "):
        nn.functional.linear(mushin.ones(5, 3), weight)


@pytest.mark.parametrize("wrong", [None, nn.Parameter(mushin.ones(2)), [model()]])
def test_models_that_are_none(wrong):
    with pytest.raises(TypeError, match=r"^\[packed_weights\] model must be a module, got "):
        packed_weights(wrong)


# --- compiled steps


def test_replays_pack_once_a_block():
    network, x = model(), batch()
    step = mushin.compile(lambda x: network(x))
    with mushin.no_grad():
        plain = [step(x).numpy() for _ in range(4)]
    for scale in (1.0, 2.0, 4.0):
        network[2].weight.array[...] *= np.float32(scale)
        expected = packed_outputs(network, x)
        with mushin.no_grad(), packed_weights(network):
            for _ in range(4):
                np.testing.assert_array_equal(step(x).numpy(), expected)
    assert step.step.plans == 2
    assert step.step.replayed > 8
    network[2].weight.array[...] /= np.float32(8)
    with mushin.no_grad():
        np.testing.assert_array_equal(step(x).numpy(), plain[0])


def test_replays_in_blocks_in_blocks():
    network, other, x = model(), model(), batch()
    step = mushin.compile(lambda x: network(x))
    with mushin.no_grad():
        for _ in range(4):
            with packed_weights(network):
                step(x)
        with packed_weights(other), packed_weights(network):
            step(x)
            network[2].weight.array[...] *= 3
            with packed_weights(network):
                np.testing.assert_array_equal(step(x).numpy(), network(x).numpy())
            with packed_weights(other):
                np.testing.assert_array_equal(step(x).numpy(), network(x).numpy())


def test_no_block_begins_in_a_recording():
    network = model()
    step = mushin.compile(lambda x: packed_outputs_inside(network, x))
    with mushin.no_grad():
        first = step(batch()).numpy()
        with pytest.warns(RuntimeWarning, match=r"\[packed_weights\] a block cannot begin while a step is being"):
            np.testing.assert_array_equal(step(batch()).numpy(), first)


def packed_outputs_inside(network, x):
    with packed_weights(network):
        return network(x)


class Halving(nn.Module):
    """Changes its weight after it has used it."""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(64, 64, bias=False)

    def forward(self, x):
        y = self.linear(x)
        self.linear.weight.mul_(0.5)
        return y


def test_a_step_that_changes_weights_in_a_block_stays_eager():
    network = Halving()
    network.linear.weight.data = mushin.Tensor(np.eye(64, dtype=np.float32))
    step, x = mushin.compile(lambda x: network(x)), mushin.ones(8, 64)
    scale = 1.0
    for calls in (1, 1, 4):
        with mushin.no_grad(), packed_weights(network), contextlib.ExitStack() as warned:
            if scale == 0.5:
                text = r"\[packed_weights\] a weight cannot change while a step is being recorded"
                warned.enter_context(pytest.warns(RuntimeWarning, match=text))
            for _ in range(calls):
                np.testing.assert_array_equal(step(x).numpy(), np.full((8, 64), scale))
                scale /= 2
    assert step.step.plans == 0


def test_a_step_that_rebinds_a_weight_in_a_block_stays_eager():
    layer, x = nn.Linear(64, 64), mushin.ones(8, 64)
    with packed_weights(layer):
        optimizer = optim.SGD(layer.parameters(), lr=0.0)  # moves the weights

        @mushin.compile
        def step(x):
            y = layer(x)
            optimizer.zero_grad()
            y.sum().backward()
            optimizer.step()
            return y

        def differences():
            for call in range(10):
                optimizer.param_groups[0]["lr"] = 0.0 if call < 5 else 0.01
                expected = x.array @ layer.weight.array.T + layer.bias.array
                yield np.abs(step(x).numpy() - expected).max()

        with pytest.warns(RuntimeWarning, match=r"\[packed_weights\] a weight cannot change while a step"):
            worst = max(differences())
        assert worst < 1e-4


def test_copies_of_a_model_pack_for_themselves():
    network = model()
    packed_outputs(network, batch())
    other = copy.deepcopy(network)
    assert not packed_of(other)
    np.testing.assert_array_equal(packed_outputs(other, batch()), packed_outputs(network, batch()))
