"""Similarity, distance and normalized vectors."""

import numpy as np
import pytest

import mushin
from mushin import Tensor, nn
from mushin.nn import functional
from mushin.ops import pairs


def vectors(*shape, seed=0):
    return Tensor(np.random.default_rng(seed).standard_normal(shape), requires_grad=True)


def test_cosine_similarity():
    a, b = vectors(4, 5), vectors(4, 5, seed=1)
    x, y = a.array, b.array
    expected = (x * y).sum(1) / np.linalg.norm(x, axis=1) / np.linalg.norm(y, axis=1)
    np.testing.assert_allclose(nn.CosineSimilarity()(a, b).array, expected, rtol=1e-12)
    assert mushin.gradcheck(nn.CosineSimilarity(dim=0), (a, b))
    assert nn.CosineSimilarity()(a, a * 0.0).tolist() == [0, 0, 0, 0]


def test_cosine_similarity_of_a_repeated_axis():
    a, b = vectors(3, 1), vectors(2, 1, 4, seed=1)
    x, y = np.broadcast_to(a.array, (2, 3, 4)), np.broadcast_to(b.array, (2, 3, 4))
    expected = (x * y).sum(-1) / np.linalg.norm(x, axis=-1) / np.linalg.norm(y, axis=-1)
    np.testing.assert_allclose(functional.cosine_similarity(a, b, -1).array, expected, rtol=1e-12)
    assert mushin.gradcheck(lambda a, b: functional.cosine_similarity(a, b, -1), (a, b))


def test_pairwise_distance():
    a, b = vectors(4, 5), vectors(5, seed=1)
    expected = np.linalg.norm(a.array - b.array + 1e-6, ord=3, axis=1, keepdims=True)
    np.testing.assert_allclose(nn.PairwiseDistance(3, keepdim=True)(a, b).array, expected, rtol=1e-12)
    assert mushin.gradcheck(nn.PairwiseDistance(), (a, b))
    functional.pairwise_distance(a, a).sum().backward()
    assert np.isfinite(a._grad).all()


@pytest.mark.parametrize("p", [0.5, 2, 3])
def test_a_distance_whose_powers_leave_float32(p):
    for size in (1e-30, 1e30):
        a, b = Tensor(np.array([[3, 0]], np.float32) * size), Tensor(np.array([[0, 4]], np.float32) * size)
        for distance in (pairs.pairwise_distance, functional.pairwise_distance):
            wanted = (3**p + 4**p) ** (1 / p)
            np.testing.assert_allclose(distance(a, b, p, eps=0.0).array / size, [wanted], rtol=1e-6)


def test_normalize():
    x = vectors(4, 5)
    np.testing.assert_allclose(np.linalg.norm(functional.normalize(x).array, axis=1), np.ones(4), rtol=1e-12)
    np.testing.assert_allclose(np.abs(functional.normalize(x, p=1, dim=0).array).sum(0), np.ones(5), rtol=1e-12)
    assert mushin.gradcheck(functional.normalize, x)
    zeros = Tensor(np.zeros((2, 3)), requires_grad=True)
    functional.normalize(zeros).sum().backward()
    np.testing.assert_allclose(zeros._grad, np.full((2, 3), 1e12))


def test_one_hot():
    rows = functional.one_hot(np.array([2, 0], np.uint8))
    assert (rows.tolist(), rows.dtype) == ([[0, 0, 1], [1, 0, 0]], np.int64)
    assert functional.one_hot([1], 4).tolist() == [[0, 1, 0, 0]]
    with pytest.raises(ValueError, match=r"^\[one_hot\] tensor must hold no negative ids, got -1"):
        functional.one_hot([-1, 2])


@pytest.mark.parametrize("layer", [nn.LogSoftmax, nn.Softmin])
def test_layers_along_an_axis_want_it(layer):
    name = {"LogSoftmax": "log_softmax", "Softmin": "softmin"}[layer.__name__]
    with pytest.raises(ValueError, match=rf"^\[{name}\] dim must be given"):
        layer()(mushin.ones(2, 2))
    assert repr(layer(dim=1)) == f"{layer.__name__}(dim=1)"


def test_errors():
    a, b = mushin.ones(2, 3), mushin.ones(4)
    with pytest.raises(ValueError, match=r"^\[add\] shapes must broadcast together, got a \(2, 3\) and b \(4,\)"):
        functional.cosine_similarity(a, b)
    with pytest.raises(ValueError, match=r"^\[sub\] shapes must broadcast together, got a \(2, 3\) and b \(4,\)"):
        functional.pairwise_distance(a, b)
    with pytest.raises(ValueError, match=r"^\[vector_norm\] axis must be in \[-1, 1\), got 1"):
        functional.normalize(b)
