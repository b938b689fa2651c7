"""Broadcasting, indexing, reshaping and reductions beside NumPy's, on whatever hypothesis thinks of."""

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import mushin
from mushin import Tensor

# The same examples on every run.
every_time = settings(
    max_examples=80, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck)
)

SHAPES = hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=5)
FILLED_SHAPES = hnp.array_shapes(min_dims=1, max_dims=4, min_side=1, max_side=5)


def array_of(shape, offset=0):
    """Distinct numbers, of both signs, that add without rounding."""
    size = int(np.prod(shape))
    return ((np.arange(size) * 37 + 11 * (offset + 1)) % (2 * size + 3) - size / 2).reshape(shape) / 4


def gradient_of(tensor, y):
    """The tensor's gradient from an uneven gradient of y, and that gradient."""
    dy = array_of(y.shape, offset=5)
    y.backward(dy)
    return tensor.grad.array, dy


def summed_to(gradient, shape):
    missing = gradient.ndim - len(shape)
    axes = tuple(i for i in range(gradient.ndim) if i < missing or shape[i - missing] != gradient.shape[i])
    return gradient.sum(axes, keepdims=True).reshape(shape)


@every_time
@given(hnp.mutually_broadcastable_shapes(num_shapes=2, max_dims=4, max_side=4, min_side=0))
def test_broadcasting(shapes):
    a, b = array_of(shapes.input_shapes[0]), array_of(shapes.input_shapes[1], 1)
    for op, to_a, to_b in (
        (np.add, lambda dy: dy, lambda dy: dy),
        (np.subtract, lambda dy: dy, lambda dy: -dy),
        (np.multiply, lambda dy: dy * b, lambda dy: dy * a),
    ):
        x, y = Tensor(a, requires_grad=True), Tensor(b, requires_grad=True)
        z = {np.add: mushin.add, np.subtract: mushin.sub, np.multiply: mushin.mul}[op](x, y)
        np.testing.assert_array_equal(z.array, op(a, b))
        assert z.shape == shapes.result_shape
        gradient, dy = gradient_of(x, z)
        np.testing.assert_allclose(gradient, summed_to(to_a(dy), a.shape), rtol=1e-13, atol=1e-11)
        np.testing.assert_allclose(y.grad.array, summed_to(to_b(dy), b.shape), rtol=1e-13, atol=1e-11)


@every_time
@given(hnp.mutually_broadcastable_shapes(num_shapes=3, max_dims=4, max_side=4, min_side=0))
def test_where(shapes):
    mask = array_of(shapes.input_shapes[0]) > 0
    a, b = array_of(shapes.input_shapes[1]), array_of(shapes.input_shapes[2], 1)
    x, y = Tensor(a, requires_grad=True), Tensor(b, requires_grad=True)
    z = mushin.where(mask, x, y)
    np.testing.assert_array_equal(z.array, np.where(mask, a, b))
    gradient, dy = gradient_of(x, z)
    np.testing.assert_allclose(gradient, summed_to(np.where(mask, dy, 0), a.shape), atol=1e-12)
    np.testing.assert_allclose(y.grad.array, summed_to(np.where(mask, 0, dy), b.shape), atol=1e-12)


def check_index(shape, index):
    """The value, and the gradient by np.add.at; then an assignment."""
    x = Tensor(array_of(shape), requires_grad=True)
    y = x[index]
    np.testing.assert_array_equal(y.array, x.array[index])
    gradient, dy = gradient_of(x, y)
    wanted = np.zeros(shape)
    np.add.at(wanted, index, dy)
    np.testing.assert_allclose(gradient, wanted, rtol=1e-13, atol=1e-12)
    written = Tensor(x.array.copy())
    written[index] = Tensor(dy)
    expected = x.array.copy()
    expected[index] = dy
    np.testing.assert_array_equal(written.array, expected)


@every_time
@given(st.data())
def test_basic_indices(data):
    shape = data.draw(SHAPES)
    check_index(shape, data.draw(hnp.basic_indices(shape, allow_newaxis=True)))


@every_time
@given(st.data())
def test_integer_array_indices(data):
    shape = data.draw(FILLED_SHAPES)
    check_index(
        shape, data.draw(hnp.integer_array_indices(shape, result_shape=hnp.array_shapes(max_dims=2, max_side=4)))
    )


@every_time
@given(st.data())
def test_masks(data):
    shape = data.draw(FILLED_SHAPES)
    axes = data.draw(st.integers(1, len(shape)))
    check_index(shape, data.draw(hnp.arrays(bool, shape[:axes])))


@every_time
@given(st.data())
def test_mixed_indices(data):
    """Slices, None, arrays of one shape, and ... at any place."""
    shape = data.draw(FILLED_SHAPES)
    chosen = data.draw(hnp.array_shapes(min_dims=1, max_dims=2, min_side=0, max_side=3))
    parts = []
    for length in shape[: data.draw(st.integers(0, len(shape)))]:
        ids = hnp.arrays(np.int64, chosen, elements=st.integers(-length, length - 1))
        parts.append(data.draw(st.one_of(st.slices(length), ids)))
    for _ in range(data.draw(st.integers(0, 1))):
        parts.insert(data.draw(st.integers(0, len(parts))), None)
    if data.draw(st.booleans()):
        parts.append(...)
    check_index(shape, tuple(parts))


@every_time
@given(st.data())
def test_reshaping(data):
    shape = data.draw(SHAPES)
    order = data.draw(st.permutations(range(len(shape))))
    x = Tensor(array_of(shape), requires_grad=True)
    y = x.permute(order).reshape(-1).unsqueeze(data.draw(st.sampled_from([0, 1, -1]))).squeeze().clone()
    wanted = x.array.transpose(order).reshape(-1).squeeze()
    np.testing.assert_array_equal(y.array, wanted)
    gradient, dy = gradient_of(x, y)
    moved = dy.reshape([shape[axis] for axis in order])
    np.testing.assert_array_equal(gradient, moved.transpose(np.argsort(order)) if order else moved)


@every_time
@given(st.data())
def test_parts_put_together_again(data):
    shape = data.draw(FILLED_SHAPES)
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    x = Tensor(array_of(shape), requires_grad=True)
    together = mushin.cat(x.split(data.draw(st.integers(1, 6)), axis), axis)
    rolled = mushin.roll(mushin.flip(together, axis), data.draw(st.integers(-7, 7)), axis)
    gradient, dy = gradient_of(x, rolled)
    back = np.argsort(x.array, axis=None)
    np.testing.assert_array_equal(np.sort(rolled.array, axis=None), x.array.reshape(-1)[back])
    assert {*zip(rolled.array.flat, dy.flat)} == {*zip(x.array.flat, gradient.flat)}


@every_time
@given(st.data())
def test_reductions(data):
    shape = data.draw(SHAPES)
    axes = data.draw(st.one_of(st.none(), hnp.valid_tuple_axes(len(shape))))
    keep = data.draw(st.booleans())
    x = Tensor(array_of(shape), requires_grad=True)
    y = mushin.sum(x, axis=axes, keepdims=keep)
    np.testing.assert_allclose(y.array, x.array.sum(axes, keepdims=keep), rtol=1e-13, atol=1e-12)
    gradient, dy = gradient_of(x, y)
    kept = dy.reshape(x.array.sum(axes, keepdims=True).shape)
    np.testing.assert_array_equal(gradient, np.broadcast_to(kept, shape))
    over = [shape[axis] for axis in (range(len(shape)) if axes is None else axes)]
    if all(over):
        np.testing.assert_array_equal(mushin.max(x, axis=axes, keepdims=keep).array, x.array.max(axes, keepdims=keep))


@every_time
@given(hnp.mutually_broadcastable_shapes(signature="(m,k),(k,n)->(m,n)", max_dims=3, max_side=4, min_side=0))
def test_products(shapes):
    a, b = array_of(shapes.input_shapes[0]), array_of(shapes.input_shapes[1], 1)
    x, y = Tensor(a, requires_grad=True), Tensor(b, requires_grad=True)
    z = mushin.einsum("...mk,...kn->...mn", x, y)
    np.testing.assert_allclose(z.array, a @ b, rtol=1e-12, atol=1e-10)
    gradient, dy = gradient_of(x, z)
    np.testing.assert_allclose(gradient, summed_to(dy @ b.mT, a.shape), rtol=1e-12, atol=1e-9)
    np.testing.assert_allclose(y.grad.array, summed_to(a.mT @ dy, b.shape), rtol=1e-12, atol=1e-9)
