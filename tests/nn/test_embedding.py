"""Embedding and EmbeddingBag: vectors, gradients, options, errors."""

import numpy as np
import pytest

import mushin
from mushin import Tensor, nn, optim
from mushin.nn import functional

TABLE = np.random.default_rng(0).standard_normal((7, 4))
IDS = np.array([[1, 2, 2], [6, 1, 2]])


def table(dtype=np.float64):
    return Tensor(TABLE.astype(dtype), requires_grad=True)


def gradient(layer, ids, dy):
    layer(ids).backward(dy)
    return layer.weight.grad.numpy()


# --- Embedding


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("ids", [IDS, IDS[0], IDS[0, 0], IDS[:0]], ids=["matrix", "vector", "one", "none"])
def test_vectors(dtype, ids):
    layer = nn.Embedding(7, 4, dtype=dtype)
    y = layer(ids)
    assert y.dtype == dtype
    np.testing.assert_array_equal(y.detach().numpy(), layer.weight.detach().numpy()[ids])


@pytest.mark.parametrize("dtype", ["b", "B", "h", "H", "i", "I", "q", "Q"])
def test_ids_of_every_integer_dtype(dtype):
    assert functional.embedding(IDS.astype(dtype), table()).tolist() == TABLE[IDS].tolist()


def test_first_values():
    mushin.seed(1)
    layer = nn.Embedding(300, 100, padding_idx=-3)
    values = layer.weight.detach().numpy()
    assert layer.padding_idx == 297
    assert (values[297] == 0).all()
    others = np.delete(values, 297, axis=0)
    # Of 29,900 normal numbers: five standard errors.
    assert abs(others.mean()) < 5 / 29900**0.5
    assert abs(others.std() - 1) < 5 / (2 * 29900) ** 0.5
    before = values.copy()
    layer.reset_parameters()
    assert (layer.weight.detach().numpy() != before)[0].any()
    assert (layer.weight.detach().numpy()[297] == 0).all()


@pytest.mark.parametrize("options", [{}, {"max_norm": 1.5}, {"max_norm": 1.5, "norm_type": 1.0}])
def test_gradients_are_those_of_differences(options):
    weight = Tensor(functional.embedding(np.arange(7), Tensor(TABLE.copy()), **options).array, requires_grad=True)
    assert mushin.gradcheck(lambda w: functional.embedding(IDS, w), (weight,))


def test_repeated_ids_add_up():
    dy = np.random.default_rng(1).standard_normal((2, 3, 4)).astype(np.float32)
    wanted = np.zeros((7, 4), np.float32)
    np.add.at(wanted, IDS, dy)
    np.testing.assert_array_equal(gradient(nn.Embedding(7, 4), IDS, dy), wanted)


def test_padding_gets_no_gradient():
    dy = np.ones((2, 3, 4), np.float32)
    assert gradient(nn.Embedding(7, 4, padding_idx=2), IDS, dy)[:, 0].tolist() == [0, 2, 0, 0, 0, 0, 1]


def test_gradients_divided_by_frequencies():
    dy = np.ones((2, 3, 4), np.float32)
    dy[0, 0] = 3.0
    layer = nn.Embedding(7, 4, scale_grad_by_freq=True)
    assert gradient(layer, IDS, dy)[:, 0].tolist() == [0, 2, 1, 0, 0, 0, 1]


@pytest.mark.parametrize("norm_type", [1.0, 2.0])
def test_long_vectors_are_shortened_in_the_table(norm_type):
    layer = nn.Embedding(7, 4, max_norm=1.0, norm_type=norm_type, _weight=TABLE * 3)
    before = layer.weight.detach().numpy().copy()
    y = layer(IDS).detach().numpy()
    after = layer.weight.detach().numpy()
    np.testing.assert_allclose(np.linalg.norm(y, norm_type, axis=-1), 1, rtol=1e-6)
    np.testing.assert_array_equal(y, after[IDS])
    np.testing.assert_array_equal(np.delete(after, [1, 2, 6], axis=0), np.delete(before, [1, 2, 6], axis=0))


def test_from_pretrained():
    frozen = nn.Embedding.from_pretrained(TABLE, padding_idx=1)
    assert not frozen.weight.requires_grad
    assert (frozen.num_embeddings, frozen.embedding_dim, frozen.padding_idx) == (7, 4, 1)
    assert frozen(IDS).tolist() == TABLE[IDS].tolist()  # the row of padding too, as it is given
    assert nn.Embedding.from_pretrained(Tensor(TABLE), freeze=False).weight.requires_grad
    bag = nn.EmbeddingBag.from_pretrained(TABLE, mode="sum", freeze=False)
    assert bag.weight.requires_grad
    np.testing.assert_allclose(bag(IDS).detach().numpy(), TABLE[IDS].sum(1))


def test_what_is_printed():
    assert repr(nn.Embedding(7, 4)) == "Embedding(7, 4)"
    assert repr(nn.Embedding(7, 4, 2, max_norm=1.0)) == "Embedding(7, 4, padding_idx=2, max_norm=1.0)"
    assert repr(nn.EmbeddingBag(7, 4, mode="sum", padding_idx=2)) == "EmbeddingBag(7, 4, mode='sum', padding_idx=2)"


@pytest.mark.parametrize("bad", [7, -1])
def test_ids_out_of_range(bad):
    layer = nn.Embedding(7, 4)
    with pytest.raises(IndexError, match=rf"\[embedding\] input must be in \[0, 7\), got {bad} at position 1"):
        layer(np.array([0, bad]))


@pytest.mark.parametrize(
    ("arguments", "options", "error", "message"),
    [
        ((-1, 4), {}, ValueError, r"\[Embedding\] num_embeddings must not be negative, got -1"),
        ((7, 4.0), {}, TypeError, r"\[Embedding\] embedding_dim must be an integer, got float"),
        ((7, 4, 7), {}, ValueError, r"\[Embedding\] padding_idx must be in \[-7, 7\), got 7"),
        ((7, 4, 1.0), {}, TypeError, r"\[Embedding\] padding_idx must be an integer, got float"),
        ((7, 4), {"dtype": np.int64}, TypeError, r"\[Embedding\] dtype must be float32 or float64"),
        ((7, 4), {"_weight": np.ones((4, 7))}, ValueError, r"\[Embedding\] _weight must have shape \(7, 4\), got"),
    ],
)
def test_bad_arguments(arguments, options, error, message):
    with pytest.raises(error, match=message):
        nn.Embedding(*arguments, **options)


def test_bad_norms():
    with pytest.raises(ValueError, match=r"\[embedding\] max_norm must not be negative, got -1"):
        functional.embedding(IDS, table(), max_norm=-1)


def test_a_recorded_step_trains_as_an_eager_one():
    batches = [np.random.default_rng(k).integers(0, 7, (2, 3)) for k in range(8)]
    trained = []
    for make in (mushin.compile, lambda step: step):
        layer = nn.Embedding(7, 4, padding_idx=0, max_norm=2.0, scale_grad_by_freq=True, _weight=TABLE.copy())
        optimizer = optim.Adam(layer.parameters(), lr=0.1)

        def step(ids, layer=layer, optimizer=optimizer):
            optimizer.zero_grad()
            loss = (layer(ids) ** 2).sum()
            loss.backward()
            optimizer.step()
            return loss

        run = make(step)
        for ids in batches:
            run(Tensor(ids))
        trained.append(layer.weight.detach().numpy())
    np.testing.assert_array_equal(*trained)
    assert (trained[0] != TABLE).any()


def test_a_replay_raises_for_ids_out_of_range():
    layer = nn.Embedding(7, 4)
    step = mushin.compile(lambda ids: layer(ids).sum())
    for k in range(5):
        step(Tensor(np.array([k])))
    assert step.step.replayed > 0
    with pytest.raises(IndexError, match=r"\[embedding\] input must be in \[0, 7\), got 9 at position 0"):
        step(Tensor(np.array([9])))


# --- EmbeddingBag

BAG_IDS, OFFSETS = IDS.reshape(-1), np.array([0, 2, 2, 5])
BAGS = [BAG_IDS[0:2], BAG_IDS[2:2], BAG_IDS[2:5], BAG_IDS[5:]]
TAKEN = {"sum": lambda rows: rows.sum(0), "mean": lambda rows: rows.mean(0), "max": lambda rows: rows.max(0)}


@pytest.mark.parametrize("mode", TAKEN)
@pytest.mark.parametrize("padding", [None, 2])
def test_bags(mode, padding):
    kept = [[i for i in bag if i != padding] for bag in BAGS]
    wanted = [TAKEN[mode](TABLE[bag]) if len(bag) else np.zeros(4) for bag in kept]
    y = functional.embedding_bag(BAG_IDS, table(), OFFSETS, mode=mode, padding_idx=padding)
    np.testing.assert_allclose(y.detach().numpy(), wanted, rtol=1e-12)
    ends = np.append(OFFSETS, len(BAG_IDS))
    same = functional.embedding_bag(BAG_IDS, table(), ends, mode=mode, padding_idx=padding, include_last_offset=True)
    np.testing.assert_array_equal(same.detach().numpy(), y.detach().numpy())


@pytest.mark.parametrize("mode", TAKEN)
def test_bags_of_one_size(mode):
    wanted = [TAKEN[mode](TABLE[row]) for row in IDS]
    np.testing.assert_allclose(nn.EmbeddingBag(7, 4, mode=mode, _weight=TABLE)(IDS).detach().numpy(), wanted)


@pytest.mark.parametrize("mode", TAKEN)
def test_gradients_of_bags(mode):
    assert mushin.gradcheck(lambda w: functional.embedding_bag(BAG_IDS, w, OFFSETS, mode=mode), (table(),))


def test_weights_of_bags():
    weights = Tensor(np.random.default_rng(2).standard_normal(IDS.shape), requires_grad=True)
    y = nn.EmbeddingBag(7, 4, mode="sum", _weight=TABLE)(IDS, per_sample_weights=weights)
    np.testing.assert_allclose(y.detach().numpy(), (TABLE[IDS] * weights.array[..., None]).sum(1))
    function = lambda w, p: functional.embedding_bag(IDS, w, mode="sum", per_sample_weights=p)  # noqa: E731
    assert mushin.gradcheck(function, (table(), weights))


def test_padding_of_bags_gets_no_gradient():
    weight = table()
    functional.embedding_bag(IDS, weight, mode="sum", padding_idx=2).sum().backward()
    assert weight.grad.numpy()[:, 0].tolist() == [0, 2, 0, 0, 0, 0, 1]


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"mode": "min"}, ValueError, "mode must be 'sum' or 'mean' or 'max', got 'min'"),
        ({"offsets": OFFSETS}, ValueError, "offsets must be None for an input of two axes"),
        ({"input": BAG_IDS}, ValueError, r"input must have two axes, or one and offsets, got shape \(6,\)"),
        ({"input": BAG_IDS, "offsets": [0.0]}, TypeError, "offsets must hold integers, got float32"),
        ({"input": BAG_IDS, "offsets": [[0]]}, ValueError, r"offsets must have shape \(bags,\), got \(1, 1\)"),
        ({"input": BAG_IDS, "offsets": [1, 3]}, ValueError, "offsets must begin with 0 and ascend"),
        ({"input": BAG_IDS, "offsets": [0, 3, 2]}, ValueError, "offsets must begin with 0 and ascend"),
        ({"input": BAG_IDS, "offsets": [0, 7]}, ValueError, "offsets must begin with 0 and ascend"),
        ({"per_sample_weights": np.ones((2, 3))}, ValueError, "per_sample_weights need mode 'sum', got 'mean'"),
        (
            {"per_sample_weights": np.ones(6), "mode": "sum"},
            ValueError,
            r"per_sample_weights must have shape \(2, 3\), as input, got \(6,\)",
        ),
        (
            {"per_sample_weights": np.ones((2, 3), np.float32), "mode": "sum"},
            TypeError,
            "per_sample_weights must be float64, got float32",
        ),
    ],
)
def test_bad_bags(options, error, message):
    with pytest.raises(error, match=rf"\[embedding_bag\] {message}"):
        functional.embedding_bag(**{"input": IDS, "weight": table(), **options})
