"""Products that are named: einsum, tensordot, and PyTorch's products of matrices and vectors. All go through matmul."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from math import prod
from typing import Any

from mushin.autograd import Tensor
from mushin.ops import elementwise, reduce
from mushin.ops.arrays import check_float, distinct_axes, integer, operands, tensor_for, tensor_of
from mushin.ops.matmul import matmul
from mushin.ops.shape import diagonal_of, expand, part_of, permute, reshape, unsqueeze, view

Labels = tuple[str, ...]  # one for each axis: a letter, or a number as text for an axis that ... stands for


def einsum(equation: str, *operands: Any) -> Tensor:
    """Products summed over axes, in Einstein's notation: "bik,bkj->bij" is a batch of matrix products.

    A letter names an axis; the same letter in several operands is one axis, twice in one operand its diagonal. Letters
    that do not stand after the arrow are summed over. `...` stands for the axes without letters, which are broadcast.
    Without an arrow the result has the axes of `...` and then the letters that stand once, in the alphabet's order.

    Args:
        equation: letters for each operand, with commas between, and those of the result after "->".
        operands: float32 or float64 tensors, multiplied from left to right; or one list of them.

    Raises:
        ValueError: an equation that cannot be read, or that does not fit the operands' shapes.

    Source: torch.einsum.
    """
    given = operands[0] if len(operands) == 1 and isinstance(operands[0], (tuple, list)) else operands
    tensors = [tensor_of(each) for each in given]
    for each in tensors:
        check_float("einsum", "operands", each.array)
    inputs, output = _labels(equation, tensors)
    left: tuple[Tensor, Labels] | None = None
    for i, (tensor, labels) in enumerate(zip(tensors, inputs)):
        needed = {*output, *(label for later in inputs[i + 1 :] for label in later)}
        before = set(left[1]) if left else set()
        right = _summed(*_with_diagonals(tensor, labels), needed | before)
        left = right if left is None else _product(*left, *right, needed)
    assert left is not None
    return _in_order(*_summed(*left, set(output)), output)


def _labels(equation: str, tensors: list[Tensor]) -> tuple[list[Labels], Labels]:
    """The labels of each operand, and of the result."""
    text = re.sub(r"\s", "", equation) if isinstance(equation, str) else ""
    terms, arrow, result = text.partition("->")
    pattern = r"[A-Za-z]*(\.\.\.)?[A-Za-z]*"
    if not tensors or not re.fullmatch(rf"{pattern}(,{pattern})*", terms) or not re.fullmatch(pattern, result):
        raise ValueError(f"[einsum] equation must be letters and ... for at least one operand, got {equation!r}")
    given = terms.split(",")
    if len(given) != len(tensors):
        raise ValueError(f"[einsum] operands must be {len(given)} as in {equation!r}, got {len(tensors)}")
    inputs = [_of_term(term, each.array.shape) for term, each in zip(given, tensors)]
    lengths: dict[str, int] = {}
    for labels, each in zip(inputs, tensors):
        for label, n in zip(labels, each.array.shape):
            if n != 1 and lengths.setdefault(label, n) != n:
                raise ValueError(
                    f"[einsum] axis {label} must have one length, got {lengths[label]} and {n} in {equation!r}"
                )
    counts = Counter(label for labels in inputs for label in labels)
    dots = tuple(sorted((label for label in counts if label.isdigit()), key=int, reverse=True))
    if not arrow:
        return inputs, (*dots, *sorted(label for label in counts if counts[label] == 1 and not label.isdigit()))
    output = tuple(label for part in re.findall(r"\.\.\.|.", result) for label in (dots if part == "..." else (part,)))
    if len(set(output)) != len(output) or not set(output) <= set(counts):
        raise ValueError(f"[einsum] result must name axes of operands once each, got {equation!r}")
    return inputs, output


def _of_term(term: str, shape: tuple[int, ...]) -> Labels:
    """The axes of ... have numbers, 0 for the last: so they are broadcast."""
    before, dots, after = term.partition("...")
    missing = len(shape) - len(before) - len(after)
    if missing < 0 or (missing and not dots):
        raise ValueError(f"[einsum] operand of {term!r} must have as many axes, got shape {shape}")
    return (*before, *map(str, reversed(range(missing))), *after)


def _with_diagonals(x: Tensor, labels: Labels) -> tuple[Tensor, Labels]:
    """One axis for each label: of one that stands twice the diagonal."""
    while len(set(labels)) < len(labels):
        label = next(label for label, count in Counter(labels).items() if count > 1)
        first, second = [i for i, other in enumerate(labels) if other == label][:2]
        if x.array.shape[first] != x.array.shape[second]:
            raise ValueError(f"[einsum] axes of {label!r} in one operand must have one length, got {x.array.shape}")
        x = part_of(x, lambda array, a=first, b=second: diagonal_of(array, 0, a, b))  # type: ignore[misc]
        labels = (*(other for i, other in enumerate(labels) if i not in (first, second)), label)
    return x, labels


def _summed(x: Tensor, labels: Labels, kept: set[str]) -> tuple[Tensor, Labels]:
    axes = tuple(i for i, label in enumerate(labels) if label not in kept)
    if not axes:
        return x, labels
    return reduce.sum(x, axes), tuple(label for label in labels if label in kept)


def _in_order(x: Tensor, labels: Labels, order: Sequence[str]) -> Tensor:
    return x if labels == tuple(order) else permute(x, tuple(labels.index(label) for label in order))


def _product(a: Tensor, a_labels: Labels, b: Tensor, b_labels: Labels, needed: set[str]) -> tuple[Tensor, Labels]:
    """The product summed over what is in both and not needed: a matrix product for each place of what is needed."""
    a, b = operands("einsum", a, b)
    lengths = dict(zip(a_labels, a.array.shape)), dict(zip(b_labels, b.array.shape))
    both = [label for label in a_labels if label in b_labels]
    batch = [label for label in both if label in needed]
    # An axis that one operand has only one place of is summed in each alone.
    alone = {label for label in both if label not in needed and 1 in (lengths[0][label], lengths[1][label])}
    a, a_labels = _summed(a, a_labels, {*a_labels} - alone)
    b, b_labels = _summed(b, b_labels, {*b_labels} - alone)
    contracted = [label for label in a_labels if label in b_labels and label not in needed]
    rows = [label for label in a_labels if label not in b_labels]
    columns = [label for label in b_labels if label not in a_labels]
    result = (*batch, *rows, *columns)
    sizes = lengths[1] | {label: n for label, n in lengths[0].items() if n != 1 or label not in lengths[1]}
    if not contracted:
        left = _in_order(a, a_labels, [*batch, *rows])
        left = _shaped(left, left.array.shape + (1,) * len(columns))
        right = _in_order(b, b_labels, [*batch, *columns])
        of_batch, others = right.array.shape[: len(batch)], right.array.shape[len(batch) :]
        right = _shaped(right, of_batch + (1,) * len(rows) + others)
        return elementwise.mul(left, right), result
    shape = tuple(sizes[label] for label in result)
    left = _as_matrices(a, a_labels, batch, rows, contracted, sizes)
    right = _as_matrices(b, b_labels, batch, contracted, columns, sizes)
    return _shaped(matmul(left, right), shape), result


def _shaped(x: Tensor, shape: tuple[int, ...]) -> Tensor:
    """x in another shape, copied only if its memory does not allow a view: products take any strides."""
    if x.array.shape == shape:
        return x
    try:
        return view(x, shape)
    except ValueError:
        return reshape(x, shape)


def _as_matrices(
    x: Tensor, labels: Labels, batch: list[str], rows: list[str], columns: list[str], sizes: dict[str, int]
) -> Tensor:
    """(batch, rows, columns), or (rows, columns) if there is no batch."""
    x = _in_order(x, labels, [*batch, *rows, *columns])
    wanted = tuple(sizes[label] for label in (*batch, *rows, *columns))
    x = x if x.array.shape == wanted else expand(x, wanted)
    m, n = (prod(sizes[label] for label in group) for group in (rows, columns))
    return _shaped(x, (prod(sizes[label] for label in batch), m, n) if batch else (m, n))


def tensordot(a: Any, b: Any, dims: Any = 2) -> Tensor:
    """Products summed over axes of both.

    Args:
        a, b: float32 or float64.
        dims: how many, the last of a and the first of b; or two lists, the axes of a and of b.

    Returns:
        a's other axes, then b's.

    Source: torch.tensordot.
    """
    a, b = operands("tensordot", a, b)
    if isinstance(dims, (tuple, list)):
        if len(dims) != 2:
            raise ValueError(f"[tensordot] dims must be a number or two lists of axes, got {dims}")
        of_a, of_b = (distinct_axes("tensordot", each, x.array.ndim) for each, x in zip(dims, (a, b)))
    else:
        count = integer("tensordot", "dims", dims)
        if not 0 <= count <= min(a.array.ndim, b.array.ndim):
            raise ValueError(f"[tensordot] dims must be in [0, {min(a.array.ndim, b.array.ndim)}], got {count}")
        of_a, of_b = tuple(range(a.array.ndim - count, a.array.ndim)), tuple(range(count))
    lengths = [a.array.shape[i] for i in of_a]
    if lengths != [b.array.shape[i] for i in of_b]:
        raise ValueError(
            f"[tensordot] dims must be axes of one length, got {dims} of {a.array.shape} and {b.array.shape}"
        )
    rows = [i for i in range(a.array.ndim) if i not in of_a]
    columns = [i for i in range(b.array.ndim) if i not in of_b]
    shape = (*(a.array.shape[i] for i in rows), *(b.array.shape[i] for i in columns))
    left = _shaped(permute(a, (*rows, *of_a)), (prod(shape[: len(rows)]), prod(lengths)))
    right = _shaped(permute(b, (*of_b, *columns)), (prod(lengths), prod(shape[len(rows) :])))
    return reshape(matmul(left, right), shape)


# --- PyTorch's products, each of given axes


def _of_axes(op: str, axes: tuple[int, int], **given: Any) -> list[Tensor]:
    """What is given as tensors, which must have so many axes each."""
    tensors = [tensor_for(op, x, name) for name, x in given.items()]
    for name, x, ndim in zip(given, tensors, axes):
        if x.array.ndim != ndim:
            raise ValueError(f"[{op}] {name} must be a tensor of {ndim} axes, got shape {x.array.shape}")
    return tensors


def _matmul(op: str, a: Tensor, b: Tensor) -> Tensor:
    try:
        return matmul(a, b)
    except (TypeError, ValueError) as error:
        raise type(error)(str(error).replace("[matmul]", f"[{op}]", 1)) from None


def mm(input: Tensor, mat2: Tensor) -> Tensor:  # noqa: A002  PyTorch's name
    """Matrix product of (m, k) and (k, n).

    Source: torch.mm.
    """
    input, mat2 = _of_axes("mm", (2, 2), input=input, mat2=mat2)  # noqa: A001
    return _matmul("mm", input, mat2)


def bmm(input: Tensor, mat2: Tensor) -> Tensor:  # noqa: A002  PyTorch's name
    """Matrix products of (batch, m, k) and (batch, k, n).

    Source: torch.bmm.
    """
    input, mat2 = _of_axes("bmm", (3, 3), input=input, mat2=mat2)  # noqa: A001
    if input.array.shape[0] != mat2.array.shape[0]:
        raise ValueError(f"[bmm] mat2 must have {input.array.shape[0]} matrices as input, got {mat2.array.shape[0]}")
    return _matmul("bmm", input, mat2)


def mv(input: Tensor, vec: Tensor) -> Tensor:  # noqa: A002  PyTorch's name
    """Product of a matrix (m, k) and a vector (k,).

    Source: torch.mv.
    """
    input, vec = _of_axes("mv", (2, 1), input=input, vec=vec)  # noqa: A001
    return _matmul("mv", input, vec)


def dot(input: Tensor, tensor: Tensor) -> Tensor:  # noqa: A002  PyTorch's name
    """Sum of the products of two vectors (k,).

    Source: torch.dot.
    """
    input, tensor = _of_axes("dot", (1, 1), input=input, tensor=tensor)  # noqa: A001
    return _matmul("dot", input, tensor)


def inner(input: Tensor, other: Tensor) -> Tensor:  # noqa: A002  PyTorch's name
    """Sums of products over the last axes: (..., k) and (***, k) give (..., ***); a product for numbers.

    Source: torch.inner.
    """
    input, other = tensor_of(input), tensor_of(other)  # noqa: A001
    if input.array.ndim == 0 or other.array.ndim == 0:
        return elementwise.mul(input, other)
    if input.array.shape[-1] != other.array.shape[-1]:
        raise ValueError(f"[inner] other must have a last axis of {input.array.shape[-1]}, got {other.array.shape}")
    return tensordot(input, other, ((-1,), (-1,)))


def outer(input: Tensor, vec2: Tensor) -> Tensor:  # noqa: A002  PyTorch's name
    """Products of all elements of two vectors: (m,) and (n,) give (m, n).

    Source: torch.outer.
    """
    input, vec2 = _of_axes("outer", (1, 1), input=input, vec2=vec2)  # noqa: A001
    return elementwise.mul(unsqueeze(input, 1), vec2)


def addmm(input: Tensor, mat1: Tensor, mat2: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:  # noqa: A002
    """beta * input + alpha * mat1 mat2, with input broadcast to the product's shape; beta of 0 leaves input out.

    Source: torch.addmm.
    """
    mat1, mat2 = _of_axes("addmm", (2, 2), mat1=mat1, mat2=mat2)
    return _added("addmm", input, _matmul("addmm", mat1, mat2), beta, alpha)


def baddbmm(input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:  # noqa: A002
    """`addmm` of batches of matrices.

    Source: torch.baddbmm.
    """
    batch1, batch2 = _of_axes("baddbmm", (3, 3), batch1=batch1, batch2=batch2)
    return _added("baddbmm", input, _matmul("baddbmm", batch1, batch2), beta, alpha)


def _added(op: str, x: Tensor, product: Tensor, beta: float, alpha: float) -> Tensor:
    scaled = product if alpha == 1 else elementwise.mul(product, alpha)
    if beta == 0:
        return scaled
    y = elementwise.add(x if beta == 1 else elementwise.mul(x, beta), scaled)
    if y.array.shape != product.array.shape:
        raise ValueError(f"[{op}] input must broadcast to shape {product.array.shape}, got {x.array.shape}")
    return y
