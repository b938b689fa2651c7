"""einsum's equations beside NumPy's: values and gradients of every kind of axis."""

import numpy as np
import pytest

import mushin
from mushin import Tensor

EQUATIONS = {
    ((3, 4), (4, 5)): ["ij,jk", "ij,jk->ki", "ij,jk->ijk", "ij,jk->i", "ij,jk->", "ij,jk->j", " i j , j k -> k i "],
    ((2, 3, 4), (2, 4, 5)): ["bij,bjk->bik", "bij,bjk->ikb", "bij,bjk", "bij,bjk->b", "...ij,...jk->...ik"],
    ((2, 3, 4), (2, 3, 4)): ["ijk,ijk", "ijk,ijk->ijk", "ijk,ijk->k", "abk,ijk->abij", "...,...->...", "...k,...k"],
    ((3, 3, 4), (3, 5)): ["iij,ik->jk", "iij,ik->ij", "iij,kl->jl", "iij,ik"],
    ((4,), (5,)): ["i,j", "i,j->ji", "i,j->"],
    ((4,), ()): ["i,->i", "i,"],
    ((2, 3, 5), (3, 1)): ["...i,...i->...i", "b...,...->b...", "...i,...j->ij..."],
    ((1, 4), (3, 4)): ["...,...->...", "i...,j...->...", "...j,...j->j..."],
    ((0, 4), (4, 5)): ["ij,jk->ik", "ij,jk->jk"],
    ((2, 3, 4, 5), (2, 6, 4, 5)): ["bqhd,bkhd->bhqk", "bqhd,bkhd->bqk"],
    ((2, 3), (3, 4), (4, 2)): ["ij,jk,ki", "ij,jk,ki->k", "ij,jk,ki->ijk", "ij,jk,lm->ikm", "Ab,bc,de->Ae"],
    ((3, 3),): ["ii", "ii->i", "ij->ji", "ij", "ji", "ij->j", "ij->", "...", "...->...", "i...->..."],
    ((3, 2, 3, 2),): ["ijij", "ijij->ij", "ijij->ji", "i...j->...j", "ijkj->ik", "i...->...i"],
    ((2, 2, 2),): ["iii", "iii->i", "...->...", "ijj->ji"],
}
CASES = [(shapes, equation) for shapes, equations in EQUATIONS.items() for equation in equations]


def inputs(shapes):
    rng = np.random.Generator(np.random.Philox(3))
    return [rng.standard_normal(shape) for shape in shapes]


@pytest.mark.parametrize(("shapes", "equation"), CASES)
def test_values_and_gradients(shapes, equation):
    arrays = inputs(shapes)
    wanted = np.einsum(equation.replace(" ", ""), *arrays)
    result = mushin.einsum(equation, *map(Tensor, arrays))
    assert result.shape == wanted.shape
    np.testing.assert_allclose(result.array, wanted, rtol=1e-12, atol=1e-12)
    if result.array.size:
        leaves = [Tensor(x, requires_grad=True) for x in arrays]
        mushin.gradcheck(lambda *x: mushin.einsum(equation, *x), leaves)


@pytest.mark.parametrize("equation", ["ij,ij->ij", "ij,ij->i", "ij,ij->j", "ij,ij", "ij,kj->ik", "ij,ij->ji"])
def test_axes_of_length_one_are_repeated_as_in_pytorch(equation):
    narrow, wide = inputs([(1, 4), (3, 4)])
    wanted = np.einsum(equation, np.broadcast_to(narrow, (1, 4) if "k" in equation else (3, 4)), wide)
    for operands in ((narrow, wide), (wide, narrow)):
        if "k" in equation and operands[0] is wide:
            continue
        np.testing.assert_allclose(mushin.einsum(equation, *map(Tensor, operands)).array, wanted, rtol=1e-12)
        leaves = [Tensor(x, requires_grad=True) for x in operands]
        mushin.gradcheck(lambda *x: mushin.einsum(equation, *x), leaves)


def test_operands_may_be_a_list():
    a, b = map(Tensor, inputs([(2, 3), (3,)]))
    np.testing.assert_array_equal(mushin.einsum("ij,j", [a, b]).array, mushin.einsum("ij,j", a, b).array)


def test_a_recorded_step_with_einsum():
    step = mushin.compile(lambda a, b: mushin.einsum("iij,kj->ki", a, b))
    for seed in range(6):
        rng = np.random.Generator(np.random.Philox(seed))
        a, b = rng.standard_normal((2, 2, 3)), rng.standard_normal((4, 3))
        np.testing.assert_allclose(step(Tensor(a), Tensor(b)).array, np.einsum("iij,kj->ki", a, b), rtol=1e-12)
    assert step.step.replayed > 0


@pytest.mark.parametrize(
    ("equation", "shapes", "message"),
    [
        ("ij;jk", [(2, 2)], "equation must be letters and ... for at least one operand, got 'ij;jk'"),
        ("ij->k", [(2, 2)], "result must name axes of operands once each, got 'ij->k'"),
        ("ij->ii", [(2, 2)], "result must name axes of operands once each, got 'ij->ii'"),
        ("i", [], "equation must be letters and ... for at least one operand, got 'i'"),
        ("ij", [(2,)], "operand of 'ij' must have as many axes, got shape (2,)"),
        ("ii", [(2, 3)], "axis i must have one length, got 2 and 3 in 'ii'"),
        ("ii", [(2, 1)], "axes of 'i' in one operand must have one length, got (2, 1)"),
        ("...,...", [(2,), (3,)], "axis 0 must have one length, got 2 and 3 in '...,...'"),
    ],
)
def test_errors(equation, shapes, message):
    with pytest.raises(ValueError, match=r"^\[einsum\]") as error:
        mushin.einsum(equation, *map(Tensor, inputs(shapes)))
    assert str(error.value) == f"[einsum] {message}"


def test_integers_have_no_product():
    with pytest.raises(TypeError, match=r"^\[einsum\] operands must be float32 or float64, got int64"):
        mushin.einsum("i,i", Tensor(np.arange(2)), Tensor(np.arange(2)))
