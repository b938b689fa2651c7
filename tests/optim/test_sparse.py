"""SparseAdam: rows without gradient are left alone, and what it looks at is what the batch touched."""

import numpy as np
import pytest

import mushin
from mushin import Tensor, nn, optim
from mushin.nn import functional

TABLE = np.random.default_rng(0).standard_normal((9, 4))


def trained(batches, prepare=lambda optimizer, weight: None, **options):
    """The table after steps on batches of ids, in float64."""
    weight = nn.Parameter(TABLE.copy())
    optimizer = optim.SparseAdam([weight], lr=0.1, **options)
    for ids in batches:
        optimizer.zero_grad()
        (functional.embedding(np.array(ids), weight) ** 2).sum().backward()
        prepare(optimizer, weight)
        optimizer.step()
    return weight.detach().numpy()


BATCHES = [[1, 2, 2], [5, 1], [7, 7, 0], [2]]


def by_hand(batches, maximize=False):
    p, m, v = TABLE.copy(), np.zeros((9, 4)), np.zeros((9, 4))
    for t, ids in enumerate(batches, 1):
        g = np.zeros((9, 4))
        np.add.at(g, ids, 2 * p[ids] * (-1 if maximize else 1))
        rows = sorted(set(ids))
        m[rows] += 0.1 * (g[rows] - m[rows])
        v[rows] += 0.001 * (g[rows] ** 2 - v[rows])
        p[rows] -= 0.1 * np.sqrt(1 - 0.999**t) / (1 - 0.9**t) * m[rows] / (np.sqrt(v[rows]) + 1e-8)
    return p


@pytest.mark.parametrize("maximize", [False, True])
def test_only_rows_with_gradient_move(maximize):
    p = trained(BATCHES, maximize=maximize)
    np.testing.assert_allclose(p, by_hand(BATCHES, maximize), rtol=1e-12)
    untouched = [3, 4, 6, 8]
    np.testing.assert_array_equal(p[untouched], TABLE[untouched])


def test_all_rows_of_a_gradient_are_looked_at_where_they_are_not_listed():
    def read(optimizer, weight):
        weight.grad  # noqa: B018  whoever reads it may write it, so that the list is forgotten

    np.testing.assert_array_equal(trained(BATCHES, read), trained(BATCHES))


def test_what_others_add_to_the_gradient_counts():
    def add(optimizer, weight):
        weight.grad[8] += 1.0

    p = trained(BATCHES, add)
    assert (p[8] != TABLE[8]).all()
    np.testing.assert_array_equal(np.delete(p, 8, axis=0), np.delete(trained(BATCHES), 8, axis=0))


def test_a_gradient_that_is_put_back():
    """The rows are listed of the newest one then."""
    weight = nn.Parameter(TABLE.copy())
    optimizer = optim.SparseAdam([weight], lr=0.1)
    functional.embedding(np.array([1]), weight).sum().backward()
    optimizer.step()
    first = weight.grad
    optimizer.zero_grad()
    functional.embedding(np.array([2]), weight).sum().backward()
    weight.grad = first
    before = weight.detach().numpy().copy()
    optimizer.step()
    moved = (weight.detach().numpy() != before).any(axis=1)
    assert np.flatnonzero(moved).tolist() == [1]


def test_tables_of_two_dtypes():
    tables = [nn.Parameter(TABLE.astype(dtype)) for dtype in (np.float32, np.float64, np.float32)]
    optimizer = optim.SparseAdam(tables, lr=0.1)
    for i, each in enumerate(tables):
        functional.embedding(np.array([i]), each).sum().backward()
    optimizer.step()
    for i, each in enumerate(tables):
        moved = (each.detach().numpy() != TABLE.astype(each.dtype)).any(axis=1)
        assert np.flatnonzero(moved).tolist() == [i]


def test_replays_give_the_same():
    batches = [np.random.default_rng(k).integers(0, 9, 3) for k in range(8)]
    weight = nn.Parameter(TABLE.copy())
    optimizer = optim.SparseAdam([weight], lr=0.1)

    @mushin.compile
    def step(ids):
        optimizer.zero_grad()
        (functional.embedding(ids, weight) ** 2).sum().backward()
        optimizer.step()

    for ids in batches:
        step(Tensor(ids))
    assert step.step.replayed > 0
    np.testing.assert_array_equal(weight.detach().numpy(), trained(batches))


def test_parameters_of_any_shape():
    parameters = [nn.Parameter(np.ones(shape)) for shape in ((), (3,), (2, 3, 4), (0, 2), (2, 0))]
    optimizer = optim.SparseAdam(parameters)
    for p in parameters:
        gradient = np.zeros(p.shape)
        gradient.reshape(-1)[:1] = 1.0
        p.grad = gradient
    optimizer.step()
    assert parameters[0].item() < 1
    assert (parameters[1].detach().numpy() < 1).tolist() == [True, False, False]  # rows of one number
    assert (parameters[2].detach().numpy() != 1).sum() == 1  # an element without gradient has no mean to follow


def test_a_state_that_is_loaded():
    weight = nn.Parameter(TABLE.copy())
    first = optim.SparseAdam([weight], lr=0.1)
    weight.grad = np.ones((9, 4))
    first.step()
    second = optim.SparseAdam([weight], lr=0.2)
    second.load_state_dict(first.state_dict())
    assert second.param_groups[0]["lr"] == 0.1
    assert {name: np.shape(x) for name, x in second.state_dict()["state"][0].items()} == {
        "step": (),
        "exp_avg": (9, 4),
        "exp_avg_sq": (9, 4),
    }


def test_bad_hyperparameters():
    for options, message in [({"lr": -1.0}, "lr must not be negative"), ({"betas": (1.0, 0.9)}, r"betas\[0\] must be")]:
        with pytest.raises(ValueError, match=rf"\[SparseAdam\] {message}"):
            optim.SparseAdam([nn.Parameter(np.ones(3))], **options)
