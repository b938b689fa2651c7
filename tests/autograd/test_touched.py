"""The gradient of a table clears only the rows that it touched before: it must be what a dense one would be, whoever
else writes it. Each step is done to a table that lists its rows and to one that never does."""

import copy

import numpy as np
import pytest

import mushin
from mushin import Tensor, kernels, nn, ops, optim
from mushin.autograd import NEW, touched_rows
from mushin.nn.functional import embedding, linear

ROWS, WIDTH = 11, 5


class Pair:
    """One table of which `embedding` lists the touched rows, and one whose whole gradient is cleared each time."""

    def __init__(self, seed=0):
        self.random = np.random.default_rng(seed)
        start = self.random.standard_normal((ROWS, WIDTH)).astype(np.float32)
        self.listing, self.dense = (nn.Parameter(start.copy()) for _ in range(2))
        self.lookups = {id(self.listing): embedding, id(self.dense): lambda ids, weight: ops.gather_rows(weight, ids)}

    def both(self, function, *arguments):
        """Does the same to both tables."""
        for weight in (self.listing, self.dense):
            function(weight, self.lookups[id(weight)], *arguments)
        self.check()

    def check(self):
        ours, wanted = self.listing._grad, self.dense._grad  # `grad` would forget which rows are listed
        assert (ours is None) == (wanted is None)
        if ours is not None:
            np.testing.assert_array_equal(ours, wanted)
        np.testing.assert_array_equal(self.listing.array, self.dense.array)

    def ids(self, n=3):
        return self.random.integers(0, ROWS, n)

    @property
    def is_listed(self):
        """Whether the next overwriting clears rows, not the whole."""
        return int(self.listing._touched.count) >= 0


def look_up(weight, lookup, ids):
    y = lookup(ids, weight)
    (y * y * 0.5).sum().backward()


def look_up_twice(weight, lookup, ids, others):
    (lookup(ids, weight).sum() + (lookup(others, weight) * 3.0).sum()).backward()


def multiply(weight, lookup, x):
    linear(Tensor(x), weight).sum().backward()


def look_up_and_multiply(weight, lookup, ids):
    linear(lookup(ids, weight), weight).sum().backward()


def multiply_and_look_up(weight, lookup, ids, x):
    """The product is nearer to the loss's end of the tape, and its gradient first."""
    rows = lookup(ids, weight)
    (linear(Tensor(x), weight).sum() + rows.sum()).backward()


def look_up_later(weight, lookup, ids, x):
    product = linear(Tensor(x), weight)
    (lookup(ids, weight).sum() + product.sum()).backward()


def drop(weight, lookup):
    weight.grad = None


def clear(weight, lookup):
    weight.grad.zero_()


def scale_in_place(weight, lookup):
    weight.grad.add_(0.25)


def write_through_numpy(weight, lookup):
    weight.grad.numpy()[:] += 0.5


def bring(weight, lookup, gradient):
    weight.grad = gradient.copy()


def clip_norm(weight, lookup):
    nn.utils.clip_grad_norm_([weight], 0.1)


def clip_value(weight, lookup):
    nn.utils.clip_grad_value_([weight], 0.1)


def spoil_memory():
    """New arrays are of what was in use before: here of NaN."""
    arrays = [kernels.empty((n,), np.float32, lasting=True) for n in (ROWS * WIDTH, ROWS * WIDTH + 3) for _ in range(8)]
    for array in arrays:
        kernels.fill(array, np.nan)


def test_only_the_listed_rows_are_cleared():
    pair = Pair()
    pair.both(look_up, pair.ids())
    assert pair.is_listed
    pair.listing._grad[:] = 7.0  # past everybody who would forget the list: what is not listed stays
    pair.listing.grad = None
    look_up(pair.listing, embedding, np.array([2]))
    assert (pair.listing._grad == 7.0).all(axis=1).sum() >= ROWS - 4


@pytest.mark.parametrize(
    "writer", [clear, scale_in_place, write_through_numpy, clip_norm, clip_value], ids=lambda f: f.__name__
)
def test_writers_of_the_gradient(writer):
    pair = Pair()
    pair.both(look_up, pair.ids())
    pair.both(writer)
    assert not pair.is_listed
    pair.both(look_up, pair.ids())
    pair.both(drop)
    pair.both(look_up, pair.ids())
    assert pair.is_listed


def test_zeros_leave_the_list():
    pair = Pair()
    optimizers = {id(weight): optim.SGD([weight], lr=0.1) for weight in (pair.listing, pair.dense)}
    for _ in range(3):
        pair.both(look_up, pair.ids())
        pair.both(lambda weight, lookup: optimizers[id(weight)].zero_grad(set_to_none=False))
        assert pair.is_listed
    pair.both(drop)
    pair.both(look_up, pair.ids())


def test_what_is_made_elsewhere_may_be_copied_there():
    pair = Pair()
    pair.both(look_up, pair.ids())
    assert touched_rows(pair.listing, NEW) == (None, None)
    assert not pair.is_listed


@pytest.mark.parametrize("writer", [scale_in_place, write_through_numpy, clip_norm], ids=lambda f: f.__name__)
def test_a_gradient_that_was_written_and_then_dropped(writer):
    pair = Pair()
    pair.both(look_up, pair.ids())
    pair.both(writer)
    pair.both(drop)
    pair.both(look_up, pair.ids())


def test_not_finite_gradients_that_are_clipped_leave_no_row_behind():
    pair = Pair()
    pair.both(look_up, pair.ids())
    with np.errstate(invalid="ignore"):
        for weight in (pair.listing, pair.dense):
            weight._grad[0] = np.inf
            nn.utils.clip_grad_norm_([weight], 1.0)  # all rows become NaN
            weight.grad = None
    pair.both(look_up, np.array([4, 4]))


@pytest.mark.parametrize("drops", [False, True])
def test_tied_to_a_product(drops):
    pair = Pair()
    x = pair.random.standard_normal((2, WIDTH)).astype(np.float32)
    steps = [
        look_up_and_multiply,
        (multiply_and_look_up, x),
        look_up,
        (look_up_later, x),
        look_up,
        look_up_and_multiply,
    ]
    for step in steps:
        function, *more = step if isinstance(step, tuple) else (step,)
        pair.both(function, pair.ids(), *more)
        if drops:
            pair.both(drop)


def test_a_product_between_two_lookups():
    pair = Pair()
    for function, *arguments in [(look_up, pair.ids()), (multiply, np.ones((2, WIDTH), np.float32)), (look_up, [3])]:
        pair.both(drop)
        pair.both(function, *(np.asarray(each) for each in arguments))


def test_two_lookups_share_a_list():
    pair = Pair()
    for _ in range(4):
        pair.both(look_up_twice, pair.ids(), pair.ids())
        assert pair.is_listed
        pair.both(drop)


def test_more_ids_than_rows_list_nothing():
    pair = Pair()
    for n in (3, ROWS + 1, 3, ROWS, 1):
        pair.both(look_up, pair.ids(n))
        assert pair.is_listed == (n <= ROWS)
        pair.both(drop)


def test_gradients_of_several_backwards_are_listed_together():
    pair = Pair()
    for _ in range(3):
        for _ in range(3):
            pair.both(look_up, pair.ids())
        assert pair.is_listed
        pair.both(drop)


def test_a_gradient_that_the_caller_brings():
    pair = Pair()
    pair.both(look_up, pair.ids())
    gradient = pair.random.standard_normal((ROWS, WIDTH)).astype(np.float32)
    for _ in range(2):
        pair.both(bring, gradient)
        pair.both(look_up, pair.ids())  # adds to the caller's
    pair.both(drop)
    pair.both(look_up, pair.ids())


def test_a_gradient_that_somebody_holds():
    pair = Pair()
    pair.both(look_up, pair.ids())
    held = pair.listing.grad
    before = held.numpy().copy()
    pair.both(drop)
    spoil_memory()
    pair.both(look_up, pair.ids())
    np.testing.assert_array_equal(held.numpy(), before)
    held.numpy()[:] = 9.0
    del held
    pair.both(drop)
    pair.both(look_up, pair.ids())


def test_a_gradient_of_which_somebody_holds_a_part():
    pair = Pair()
    pair.both(look_up, pair.ids())
    part = pair.listing.grad.numpy()[2:5]
    pair.both(drop)
    pair.both(look_up, pair.ids())
    part[:] = 9.0
    pair.both(drop)
    pair.both(look_up, pair.ids())


def test_hooks_get_whole_gradients():
    pair = Pair()
    pair.both(look_up, pair.ids())
    handles = [weight.register_hook(lambda g: g + 1.0) for weight in (pair.listing, pair.dense)]
    for _ in range(2):
        pair.both(drop)
        pair.both(look_up, pair.ids())
    for handle in handles:
        handle.remove()
    for _ in range(2):
        pair.both(drop)
        pair.both(look_up, pair.ids())


def test_hooks_of_the_rows():
    pair = Pair()

    def hooked(weight, lookup, ids):
        y = lookup(ids, weight)
        y.register_hook(lambda g: g * 2.0)
        y.sum().backward()

    for _ in range(3):
        pair.both(hooked, pair.ids())
        assert pair.is_listed
        pair.both(drop)


def test_copies_list_for_themselves():
    layer = nn.Embedding(ROWS, WIDTH)
    layer(np.array([1])).sum().backward()
    twin = copy.deepcopy(layer)
    twin(np.array([2])).sum().backward()  # adds to the copied gradient
    twin.weight.grad = None
    twin(np.array([3])).sum().backward()
    np.testing.assert_array_equal(np.flatnonzero(twin.weight._grad.any(axis=1)), [3])
    np.testing.assert_array_equal(np.flatnonzero(layer.weight._grad.any(axis=1)), [1])


def test_a_failing_lookup_leaves_the_list_alone():
    pair = Pair()
    pair.both(look_up, pair.ids())
    pair.both(drop)
    ids = np.array([1, 2])
    y = embedding(ids, pair.listing)
    ids[1] = ROWS  # behind the tape's back
    with pytest.raises(IndexError, match=r"\[embedding\] input must be in \[0, 11\), got 11 at position 1"):
        y.sum().backward()
    pair.both(drop)
    pair.both(look_up, pair.ids())


# --- optimizers and recorded steps

OPTIMIZERS = {
    "sgd": lambda params: optim.SGD(params, lr=0.1, momentum=0.9),
    "adam": lambda params: optim.Adam(params, lr=0.1),
}


@pytest.mark.parametrize("drops", [False, True])
@pytest.mark.parametrize("set_to_none", [True, False])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_steps_of_an_optimizer_that_moves_the_table(name, set_to_none, drops):
    pair = Pair()
    pair.both(look_up, pair.ids())
    if drops:
        pair.both(drop)
    spoil_memory()
    biases = {id(weight): nn.Parameter(np.ones(3, np.float32)) for weight in (pair.listing, pair.dense)}
    optimizers = {id(weight): OPTIMIZERS[name]([biases[id(weight)], weight]) for weight in (pair.listing, pair.dense)}

    def step(weight, lookup, ids):
        optimizers[id(weight)].zero_grad(set_to_none)
        (lookup(ids, weight).sum() * biases[id(weight)].sum()).backward()
        optimizers[id(weight)].step()

    for _ in range(5):
        pair.both(step, pair.ids())
    assert pair.is_listed == set_to_none  # with zeros the list grows until it holds more than there are rows


def test_values_that_are_loaded():
    pair = Pair()
    pair.both(look_up, pair.ids())
    values = {"weight": Tensor(np.ones((ROWS, WIDTH), np.float32))}
    layers = [nn.Embedding(ROWS, WIDTH) for _ in range(2)]
    for layer, weight in zip(layers, (pair.listing, pair.dense)):
        layer.weight = weight
        layer.load_state_dict(values)
    pair.both(drop)
    pair.both(look_up, pair.ids())


def test_a_table_of_another_size():
    weight = nn.Parameter(np.ones((4, 2), np.float32))
    look_up(weight, embedding, np.array([1, 3]))
    weight.data = np.ones((6, 2), np.float32)
    for ids in ([5, 0], [4]):
        look_up(weight, embedding, np.array(ids))
        np.testing.assert_array_equal(np.flatnonzero(weight._grad.any(axis=1)), sorted(ids))
        weight.grad = None


def compiled_steps(pair):
    """Of both tables: steps that are recorded, of three kinds."""
    x = Tensor(np.ones((2, WIDTH), np.float32))
    steps = {}
    for weight in (pair.listing, pair.dense):
        lookup, optimizer = pair.lookups[id(weight)], optim.SGD([weight], lr=0.1)

        def plain(ids, weight=weight, lookup=lookup, optimizer=optimizer):
            optimizer.zero_grad()
            (lookup(ids, weight) * 2.0).sum().backward()
            optimizer.step()

        def clipped(ids, weight=weight, lookup=lookup, optimizer=optimizer):
            optimizer.zero_grad()
            (lookup(ids, weight) * 2.0).sum().backward()
            nn.utils.clip_grad_norm_([weight], 0.5)
            weight.grad.add_(0.125)
            optimizer.step()

        def tied(ids, weight=weight, lookup=lookup, optimizer=optimizer):
            optimizer.zero_grad()
            (linear(x, weight).sum() + lookup(ids, weight).sum()).backward()
            optimizer.step()

        def eager(ids, weight=weight, lookup=lookup):
            weight.grad = None
            look_up(weight, lookup, ids)

        steps[id(weight)] = {
            "plain": mushin.compile(plain),
            "clipped": mushin.compile(clipped),
            "tied": mushin.compile(tied),
            "eager": eager,
        }
    return steps


@pytest.mark.parametrize(
    "order", ["plain", "clipped", "tied", "plain clipped", "tied plain", "plain eager", "eager tied"]
)
def test_replays(order):
    pair = Pair()
    steps = compiled_steps(pair)
    for name in order.split() * 6:
        pair.both(lambda weight, lookup, ids: steps[id(weight)][name](Tensor(ids)), pair.ids())  # noqa: B023
    replayed = [step.step.replayed for step in steps[id(pair.listing)].values() if hasattr(step, "step")]
    assert max(replayed) > 0 or order == "eager"


def test_a_step_that_was_recorded_before_the_rows_were_listed():
    """Its replays write the gradient, and know of no list."""
    pair = Pair()
    x = Tensor(np.ones((2, WIDTH), np.float32))
    optimizers = {id(weight): optim.SGD([weight], lr=0.1) for weight in (pair.listing, pair.dense)}

    def step_of(weight):
        def step():
            optimizers[id(weight)].zero_grad()
            linear(x, weight).sum().backward()

        return mushin.compile(step)

    steps = {id(weight): step_of(weight) for weight in (pair.listing, pair.dense)}
    for _ in range(5):
        pair.both(lambda weight, lookup: steps[id(weight)]())
    assert steps[id(pair.listing)].step.replayed > 0
    for _ in range(6):
        pair.both(drop)
        pair.both(look_up, pair.ids())
        pair.both(lambda weight, lookup: steps[id(weight)]())
        pair.both(drop)
        pair.both(look_up, pair.ids())


@pytest.mark.parametrize("seed", range(20))
def test_any_order_of_all_of_these(seed):
    pair = Pair(seed)
    steps = compiled_steps(pair)
    gradient = pair.random.standard_normal((ROWS, WIDTH)).astype(np.float32)
    x = pair.random.standard_normal((2, WIDTH)).astype(np.float32)
    listed = 0
    for _ in range(80):
        kind = pair.random.choice(
            ["look up"] * 3
            + ["drop"] * 3
            + ["twice", "multiply", "tied", "bring", "clip", "in place", "hold", "step"] * 1
        )
        has_gradient = pair.listing._grad is not None
        if kind == "look up":
            pair.both(look_up, pair.ids())
        elif kind == "twice":
            pair.both(look_up_twice, pair.ids(), pair.ids())
        elif kind == "multiply":
            pair.both(multiply, x)
        elif kind == "tied":
            pair.both(pair.random.choice([multiply_and_look_up, look_up_later]), pair.ids(), x)
        elif kind == "drop":
            pair.both(drop)
        elif kind == "bring":
            pair.both(bring, gradient)
        elif kind == "clip" and has_gradient:
            pair.both(clip_norm)
        elif kind == "in place" and has_gradient:
            pair.both(scale_in_place)
        elif kind == "hold" and has_gradient:
            held = [pair.listing.grad, pair.dense.grad]
            pair.both(drop)
            spoil_memory()
            pair.both(look_up, pair.ids())
            for each in held:
                each.numpy()[:] = 3.0
            del held, each
        elif kind == "step":
            name = pair.random.choice(["plain", "clipped", "tied", "eager"])
            for _ in range(4):
                pair.both(lambda weight, lookup, ids: steps[id(weight)][name](Tensor(ids)), pair.ids())  # noqa: B023
        listed += pair.listing._touched is not None and pair.is_listed
    assert listed > 10
