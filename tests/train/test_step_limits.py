"""What must not be in a captured step is noticed, or does no harm; what is not noticed is written down here."""

import warnings
from collections import namedtuple

import numpy as np
import pytest

import mushin
from mushin import Tensor, nn
from mushin.nn import functional
from mushin.ops.random import generator, numpy_generator
from train.steps import Classifier, assert_as_eager, batches, bits, number, stays_eager

Pair = namedtuple("Pair", ["loss", "count"])


# --- values that Python reads


@pytest.mark.parametrize(
    ("read", "name"),
    [
        (lambda x: x.sum().item() > 2, "item"),
        (lambda x: bool(x.sum()), "bool"),
        (lambda x: float(x.sum()), "float"),
        (lambda x: int(x.sum()), "int"),
        (lambda x: x.numpy().sum(), "numpy"),
        (lambda x: np.asarray(x).sum(), "numpy"),
        (lambda x: x.tolist(), "tolist"),
        (lambda x: f"{x}", "repr"),
        (lambda x: repr(x), "repr"),
        (lambda x: print(x), "repr"),
        (lambda x: print(f"{x.sum():.3f}"), "item"),
        (lambda x: x[1].item() > 1, "item"),
        (lambda x: [float(element) for element in x][1] > 1, "float"),
        (lambda x: np.argmax(x) > 0, "numpy"),
        (lambda x: not x.sum(), "bool"),
        (lambda x: x.sum() and True, "bool"),
    ],
)
def test_a_value_that_python_reads(read, name):
    step = mushin.compile(lambda x: x * 2.0 if read(x) else x)
    step(number(1))
    with stays_eager(rf"\[{name}\] a tensor's value cannot be read while a step is being recorded"):
        step(number(2))
    for i in range(3):
        np.testing.assert_array_equal(
            step(number(i)).array, number(i).array * 2 if read(number(i)) else number(i).array
        )
    assert (step.step.replayed, step.step.plans) == (0, 0)


def test_a_branch_on_a_loss_trains_as_eagerly():
    def step(classifier, x, y):
        loss = functional.cross_entropy(classifier.model(x), y)
        classifier.optimizer.zero_grad()
        loss.backward()
        if loss.item() > 1.0:
            classifier.optimizer.step()
        return loss

    def play(classifier, step):
        for i, batch in enumerate(batches(*[8] * 8)):
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                step(*batch)
            assert len(caught) <= (i == 2)

    assert assert_as_eager(play, step=step).replayed == 0


def test_only_the_key_that_failed_stays_eager():
    step = mushin.compile(lambda x, read: x * (x.sum().item() if read else 2.0))
    step(number(1), True)
    with stays_eager("item"):
        step(number(2), True)
    for i in range(5):
        np.testing.assert_array_equal(step(number(i), False).array, number(2 * i).array)
        np.testing.assert_array_equal(step(number(i), True).array, number(3 * i * i).array)
    assert step.step.replayed == 2


# --- what only Python computes


def test_a_write_that_only_some_calls_make_is_noticed_when_it_is_made():
    copy_of_sum, calls = mushin.zeros(3), []
    total = mushin.zeros(3)

    def step(x):
        calls.append(1)
        total.add_(x.sum(0))
        if len(calls) >= 3:
            copy_of_sum.copy_(total)
        return total * 1.0

    compiled = mushin.compile(step)
    for _ in range(2):
        compiled(mushin.ones(2, 3))
    with stays_eager(r"a float32 array of shape \(3,\) is written that the recorded call did not write"):
        compiled(mushin.ones(2, 3))
    for i in range(4, 10):
        compiled(mushin.ones(2, 3))
        np.testing.assert_array_equal(copy_of_sum.array, [2.0 * i] * 3)


def test_a_statistic_of_the_first_batch_is_not_frozen():
    """What is the same in any order of a batch's samples."""
    step = mushin.compile(lambda x: x / float(np.abs(x.array).max()))
    batch, other = (Tensor(np.random.default_rng(i).standard_normal((10, 3)) * 10**i) for i in (0, 2))
    for _ in range(5):
        step(batch)
    with stays_eager("its output 0 is another"):
        result = step(other)
    assert np.abs(result.array).max() == 1.0
    assert np.abs(step(batch).array).max() == 1.0


def test_late_doubt_counts_the_calls():
    scale = [2.0]
    step = mushin.compile(lambda x: x * scale[0])
    for i in range(20):
        step(number(i))
    scale[0] = 3.0

    def play():
        for i in range(100):
            step(number(i))

    with pytest.warns(RuntimeWarning, match=r"what up to \d+ calls before this one returned and wrote may be wrong"):
        play()


def test_numpy_s_random_numbers_are_noticed():
    def noisy(x):
        return x + Tensor(np.float32(numpy_generator().standard_normal(3)))

    def play(wrap):
        mushin.seed(3)
        step = wrap(noisy)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            results = [bits(step(number(i))) for i in range(8)]
        return results, len(caught)

    expected, _ = play(lambda f: f)
    assert play(mushin.compile) == (expected, 1)


def test_what_only_python_does_happens_in_eager_calls():
    """Not noticed: a replay does not run the function."""
    seen = []
    step = mushin.compile(lambda x: seen.append(1) or x * 2.0)
    for i in range(8):
        step(number(i))
    assert len(seen) == step.step.eager == 3


def test_an_attribute_of_a_module_is_followed():
    class Scaled(nn.Module):
        def __init__(self):
            super().__init__()
            self.scale = 2.0

        def forward(self, x):
            return x * self.scale

    model = Scaled()
    step = mushin.compile(lambda x: model(x))
    for i in range(12):
        if i == 6:
            model.scale = 3.0
        np.testing.assert_array_equal(step(number(i)).array, number(model.scale * i).array)
    assert step.step.replayed == 6


# --- tensors that leave the step, or come from outside


def test_a_warning_points_to_the_call():
    kept = []
    step = mushin.compile(lambda x: kept.append(x) or x * 2.0)
    step(number(1))
    with pytest.warns(RuntimeWarning, match="stays eager") as warned:
        step(number(2))
    assert warned[0].filename == __file__


@pytest.mark.parametrize(
    ("kept_of", "named", "expected"),
    [
        (lambda x, y: y, r"exp's y of shape \(3,\), which the step computed", np.exp),
        (lambda x, y: x, r"an argument of shape \(3,\), which the step got", np.asarray),
    ],
    ids=["a result", "an argument"],
)
def test_what_is_kept_outside_is_named(kept_of, named, expected):
    kept = []

    def keep(x):
        y = x.exp()
        kept.append(kept_of(x, y))
        return y * 2.0

    step = mushin.compile(keep)
    step(number(1))
    with stays_eager(f"something outside still holds {named}"):
        step(number(2))
    for i in range(3):
        step(number(i))
    for i, value in zip((1, 2, 0, 1, 2), kept, strict=True):
        np.testing.assert_allclose(value.array, expected(number(i).array), rtol=1e-6)


def test_a_tensor_that_the_next_call_drops():
    """A step that always keeps its last activations, in a list, whose elements are no variables."""
    last = []

    def keep(x):
        last[:] = [x.exp()]
        return last[0] * 2.0

    step = mushin.compile(keep)
    step(number(1))
    with stays_eager("exp's y"):
        step(number(2))
    for i in range(4):
        np.testing.assert_allclose(step(number(i)).array, 2 * np.exp(number(i).array), rtol=1e-6)
        np.testing.assert_allclose(last[0].array, np.exp(number(i).array), rtol=1e-6)


def test_a_cycle_of_garbage_does_not_count():
    def cyclic(x):
        y = x.exp()
        garbage = [y]
        garbage.append(garbage)
        return y * 2.0

    step = mushin.compile(cyclic)
    for i in range(6):
        step(number(i))
    assert step.step.replayed == 3


def test_a_tensor_from_outside_that_is_written_in_place():
    offset = number(1)
    step = mushin.compile(lambda x: x + offset)
    for i in range(8):
        offset.fill_(i * 10)
        np.testing.assert_array_equal(step(number(i)).array, number(11 * i).array)
    assert step.step.replayed == 5


def test_a_tensor_from_outside_that_is_replaced_is_noticed():
    holder = {"offset": number(1)}
    step = mushin.compile(lambda x: x + holder["offset"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for i in range(8):
            holder["offset"] = number(i * 10)
            np.testing.assert_array_equal(step(number(i)).array, number(11 * i).array)
    assert step.step.replayed == 0


def test_tensors_inside_a_tuple():
    step = mushin.compile(lambda pair: pair[0] + pair[1])
    with pytest.raises(TypeError, match=r"^\[compile\] argument 0 must be .*, got tuple of arrays"):
        step((number(1), number(2)))


# --- modules and leaves that a step makes


def test_a_loss_made_in_the_step():
    def step(classifier, x, y):
        loss = nn.CrossEntropyLoss()(classifier.model(x), y)
        classifier.optimizer.zero_grad()
        loss.backward()
        classifier.optimizer.step()
        return loss

    def play(classifier, step):
        for batch in batches(*[8] * 8):
            step(*batch)

    assert assert_as_eager(play, step=step).replayed > 0


def test_a_model_made_between_calls():
    def play(classifier, step):
        for batch in batches(*[8] * 8):
            nn.CrossEntropyLoss()
            step(*batch)

    assert assert_as_eager(play).replayed > 0


def test_a_leaf_made_in_the_step():
    """The gradient of the loss with respect to the batch."""
    classifier = Classifier(dropout=0.0)

    def saliency(x, y):
        x = x.detach()
        x.requires_grad_()
        functional.cross_entropy(classifier.model(x), y).backward()
        classifier.optimizer.zero_grad()
        return x.grad

    step = mushin.compile(saliency)
    for batch in batches(*[8] * 30):
        expected = saliency(*batch).array.copy()
        np.testing.assert_array_equal(step(*batch).array, expected)
    assert len(step.step._leaves) < 10


def test_a_leaf_made_of_what_the_step_computed():
    """Its gradient lives elsewhere in each call."""

    def slope(x):
        y = (x * 2.0).detach()
        y.requires_grad_()
        (y * y).sum().backward()
        return y.grad * 1.0

    step = mushin.compile(slope)

    def play():
        for i in range(8):
            np.testing.assert_array_equal(step(number(i)).array, number(4 * i).array)

    with stays_eager(r"a float32 array of shape \(3,\) is written that the recorded call did not write"):
        play()


# --- arguments and results


def test_recording_inside_a_recording():
    """A compiled step that its own function calls runs eagerly."""
    calls = []

    def nested(x):
        calls.append(1)
        return step(x) * 2.0 if len(calls) % 2 else x + 1.0

    step = mushin.compile(nested)
    for i in range(4):
        np.testing.assert_array_equal(step(number(i)).array, number(2 * i + 2).array)


def test_an_argument_that_requires_its_gradient():
    weight = Tensor(np.ones(3, np.float32), requires_grad=True)

    def backward(w):
        (w * w).sum().backward()

    step = mushin.compile(backward)
    for _ in range(5):
        weight.grad = None
        step(weight)
        np.testing.assert_array_equal(weight.grad.numpy(), [2, 2, 2])


def test_a_zero_s_sign_is_part_of_a_constant():
    step = mushin.compile(lambda x, scale: x * scale)
    for i in range(4):
        step(number(i), 0.0)
    assert np.signbit(step(number(1), -0.0).array).all()


def test_constants_of_different_types_are_different():
    step = mushin.compile(lambda x, flag: x * 2.0 if flag is True else x)
    for i in range(6):
        np.testing.assert_array_equal(step(number(i), True).array, number(2 * i).array)
        np.testing.assert_array_equal(step(number(i), 1).array, number(i).array)


def test_a_named_tuple_as_a_result():
    step = mushin.compile(lambda x: Pair(x * 2.0, x + 1.0))
    for i in range(6):
        result = step(number(i))
        np.testing.assert_array_equal(result.loss.array, number(2 * i).array)
        np.testing.assert_array_equal(result.count.array, number(i + 1).array)


def test_the_generator_is_untouched_by_a_step_without_random_numbers():
    mushin.seed(5)
    step = mushin.compile(lambda x: x * 2.0)
    for i in range(5):
        step(number(i))
    assert generator.tolist() == [5, 0]
