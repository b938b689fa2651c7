# Made by tools/generate_stubs.py; do not edit.

import builtins
from typing import Any

from mushin.autograd import Tensor

class TensorMethods:
    """What ops/methods.py attaches to Tensor."""

    def __add__(self, b: Any) -> Tensor:
        """a + b."""

    def __radd__(self, other: Any) -> Tensor: ...

    def __sub__(self, b: Any) -> Tensor:
        """a - b."""

    def __rsub__(self, other: Any) -> Tensor: ...

    def __mul__(self, b: Any) -> Tensor:
        """a * b."""

    def __rmul__(self, other: Any) -> Tensor: ...

    def __truediv__(self, b: Any) -> Tensor:
        """a / b; infinity or NaN where b is 0."""

    def __rtruediv__(self, other: Any) -> Tensor: ...

    def __neg__(self) -> Tensor:
        """-x, of any shape."""

    def __iadd__(self, other: Any) -> Tensor:
        """x += alpha * other."""

    def __isub__(self, other: Any) -> Tensor:
        """x -= alpha * other."""

    def __imul__(self, other: Any) -> Tensor:
        """x *= other."""

    def __itruediv__(self, other: Any) -> Tensor:
        """x /= other."""

    def __eq__(self, other: Any) -> Any:
        """Raises: there are no comparisons yet."""

    def __ne__(self, other: Any) -> Any:
        """Raises: there are no comparisons yet."""

    def __matmul__(self, b: Any) -> Tensor:
        """Matrix product; leading axes are batches and are broadcast together."""

    def __rmatmul__(self, other: Any) -> Tensor: ...

    def __getitem__(self, index: Any) -> Tensor:
        """x[index]: a view for integers, slices, None and ...; a new tensor for integer arrays and masks."""

    def __setitem__(self, index: Any, value: Any) -> None:
        """x[index] = value, with any index that `x[index]` takes; of several values for one place the last stays."""

    def matmul(self, b: Any) -> Tensor:
        """Matrix product; leading axes are batches and are broadcast together."""

    def relu(self) -> Tensor:
        """max(x, 0), of any shape; its derivative at 0 is 0."""

    def sigmoid(self) -> Tensor:
        """1 / (1 + exp(-x)), of any shape."""

    def tanh(self) -> Tensor:
        """Hyperbolic tangent, of any shape."""

    def exp(self) -> Tensor:
        """Exponential, of any shape."""

    def log(self) -> Tensor:
        """Natural logarithm, of any shape; -infinity at 0, NaN below."""

    def sin(self) -> Tensor:
        """Sine of an angle in radians, of any shape."""

    def cos(self) -> Tensor:
        """Cosine of an angle in radians, of any shape."""

    def erf(self) -> Tensor:
        """Error function, 2 / sqrt(pi) times the integral of exp(-t^2) from 0 to x; of any shape."""

    def softmax(self, dim: int | None = None, *, axis: int = -1) -> Tensor:
        """exp(x_i) / sum of exp(x_j) along an axis, computed from x minus its maximum."""

    def sum(self, dim: Any = None, keepdim: builtins.bool = False, *, axis: Any = None, keepdims: builtins.bool = False) -> Tensor:
        """Sum over axes."""

    def mean(self, dim: Any = None, keepdim: builtins.bool = False, *, axis: Any = None, keepdims: builtins.bool = False) -> Tensor:
        """Mean over axes, as `sum`; NaN over no elements."""

    def max(self, dim: int | None = None, keepdim: builtins.bool = False, *, axis: Any = None, keepdims: builtins.bool = False) -> Any:
        """Maximum: along `dim` the values and their indices, as PyTorch's; over `axis`, or over all, only the values."""

    def argmax(self, dim: Any = None, keepdim: builtins.bool = False, *, axis: Any = None, keepdims: builtins.bool = False) -> Tensor:
        """Index of the first maximum along an axis or, without one, in the flattened tensor; int64, without gradient."""

    def reshape(self, *sizes: Any) -> Tensor:
        """The same elements in another shape, of which one length may be -1; a view where the memory allows it."""

    def view(self, *sizes: Any) -> Tensor:
        """`reshape` that never copies."""

    def flatten(self, start_dim: int = 0, end_dim: int = -1) -> Tensor:
        """The axes from start_dim to end_dim as one."""

    def permute(self, *order: Any) -> Tensor:
        """The axes in another order; a view."""

    def transpose(self, dim0: int, dim1: int) -> Tensor:
        """Two axes swapped; a view."""

    @property
    def T(self) -> Tensor:
        """The tensor with its axes in reverse order."""

    def t(self) -> Tensor:
        """The tensor with its axes in reverse order."""

    def contiguous(self) -> Tensor:
        """The tensor itself if its memory has no gaps, else a copy without."""

    def expand(self, *sizes: Any) -> Tensor:
        """x repeated along its axes of length 1, and along new ones in front, to a shape; -1 keeps a length."""

    def expand_as(self, other: Tensor) -> Tensor:
        """`expand` to another tensor's shape."""

    def broadcast_to(self, size: tuple[int, ...]) -> Tensor:
        """`expand` under NumPy's name."""

    def squeeze(self, dim: int | tuple[int, ...] | None = None) -> Tensor:
        """x without its axes of length 1, or without those of `dim` that are; a view."""

    def unsqueeze(self, dim: int) -> Tensor:
        """x with a new axis of length 1 at `dim`; a view."""

    def unflatten(self, dim: int, sizes: tuple[int, ...]) -> Tensor:
        """The axis `dim` as several, of which one length may be -1."""

    def ravel(self) -> Tensor:
        """The elements as one axis; a view where the memory allows it."""

    def movedim(self, source: int | tuple[int, ...], destination: int | tuple[int, ...]) -> Tensor:
        """The source axes at the destinations, the others in their order; a view."""

    def moveaxis(self, source: int | tuple[int, ...], destination: int | tuple[int, ...]) -> Tensor:
        """The source axes at the destinations, the others in their order; a view."""

    def swapaxes(self, dim0: int, dim1: int) -> Tensor:
        """Two axes swapped; a view."""

    def swapdims(self, dim0: int, dim1: int) -> Tensor:
        """Two axes swapped; a view."""

    def narrow(self, dim: int, start: int, length: int) -> Tensor:
        """The elements from start to before start + length of an axis; a view."""

    def select(self, dim: int, index: int) -> Tensor:
        """The elements at one place of an axis, which goes; a view."""

    def diagonal(self, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Tensor:
        """The elements whose place on dim2 is their place on dim1 plus offset, as the last axis; a view."""

    def split(self, split_size_or_sections: int | tuple[int, ...] | list[int], dim: int = 0) -> tuple[Tensor, ...]:
        """x in pieces along an axis: of one length, but for the last, or of the lengths given; views."""

    def chunk(self, chunks: int, dim: int = 0) -> tuple[Tensor, ...]:
        """x in so many pieces of one length along an axis, but for the last, or in fewer; views."""

    def tensor_split(self, indices_or_sections: int | tuple[int, ...] | list[int], dim: int = 0) -> tuple[Tensor, ...]:
        """x in so many pieces along an axis, the first ones longer by 1 if need be, or cut at indices; views."""

    def unbind(self, dim: int = 0) -> tuple[Tensor, ...]:
        """The tensors at each place of an axis, which goes; views."""

    def flip(self, *dims: Any) -> Tensor:
        """x with its elements in reverse order along axes; a copy."""

    def roll(self, shifts: int | tuple[int, ...], dims: int | tuple[int, ...] | None = None) -> Tensor:
        """x with its elements moved along axes; what leaves one end comes in at the other."""

    def repeat(self, *repeats: Any) -> Tensor:
        """x over and over along its axes, and along new ones in front; a copy."""

    def tile(self, *dims: Any) -> Tensor:
        """`repeat` that takes 1 for the axes in front that have no number."""

    def repeat_interleave(self, repeats: Any, dim: int | None = None) -> Tensor:
        """Each element several times in a row along an axis, or in the flattened tensor; a copy."""

    def triu(self, diagonal: int = 0) -> Tensor:
        """Matrices with zeros below a diagonal."""

    def tril(self, diagonal: int = 0) -> Tensor:
        """Matrices with zeros above a diagonal, as `triu`."""

    def __contains__(self, element: Any) -> builtins.bool:
        """Whether an element of the tensor has a value."""

    def where(self, condition: Any, other: Any) -> Tensor:
        """self where the condition is true, else other; see `mushin.where`."""

    def masked_fill(self, mask: Any, value: Any) -> Tensor:
        """x with one value where the mask is true."""

    def masked_select(self, mask: Any) -> Tensor:
        """The elements of x at which the mask is true, as one axis; both are broadcast together."""

    def nonzero(self, as_tuple: builtins.bool = False) -> Any:
        """The places of the elements that are not zero, int64: (number of them, axes), or a tensor for each axis."""

    def gather(self, dim: int, index: Any) -> Tensor:
        """y[i, j, k] = x[index[i, j, k], j, k] for dim 0, and so for each axis."""

    def take_along_dim(self, indices: Any, dim: int | None = None) -> Tensor:
        """`gather` of a tensor and indices that are broadcast together along the other axes, or that are flattened."""

    def scatter(self, dim: int, index: Any, src: Any = None, *, value: builtins.float | None = None) -> Tensor:
        """A copy of x with y[index[i, j, k], j, k] = src[i, j, k] for dim 0, and so for each axis; of several the last."""

    def scatter_add(self, dim: int, index: Any, src: Tensor) -> Tensor:
        """A copy of x with y[index[i, j, k], j, k] += src[i, j, k] for dim 0, and so for each axis."""

    def index_select(self, dim: int, index: Any) -> Tensor:
        """The elements of x at places along one axis, in the order of index."""

    def index_add(self, dim: int, index: Any, source: Tensor, *, alpha: builtins.float = 1) -> Tensor:
        """A copy of x with alpha * source[i] added at place index[i] along an axis, in the order of i."""

    def mm(self, mat2: Tensor) -> Tensor:
        """Matrix product of (m, k) and (k, n)."""

    def bmm(self, mat2: Tensor) -> Tensor:
        """Matrix products of (batch, m, k) and (batch, k, n)."""

    def mv(self, vec: Tensor) -> Tensor:
        """Product of a matrix (m, k) and a vector (k,)."""

    def dot(self, tensor: Tensor) -> Tensor:
        """Sum of the products of two vectors (k,)."""

    def inner(self, other: Tensor) -> Tensor:
        """Sums of products over the last axes: (..., k) and (***, k) give (..., ***); a product for numbers."""

    def outer(self, vec2: Tensor) -> Tensor:
        """Products of all elements of two vectors: (m,) and (n,) give (m, n)."""

    def addmm(self, mat1: Tensor, mat2: Tensor, *, beta: builtins.float = 1, alpha: builtins.float = 1) -> Tensor:
        """beta * input + alpha * mat1 mat2, with input broadcast to the product's shape; beta of 0 leaves input out."""

    def baddbmm(self, batch1: Tensor, batch2: Tensor, *, beta: builtins.float = 1, alpha: builtins.float = 1) -> Tensor:
        """`addmm` of batches of matrices."""

    def bernoulli(self) -> Tensor:
        """1 with the probability that stands in x, else 0; without gradient."""

    def multinomial(self, num_samples: int, replacement: builtins.bool = False) -> Tensor:
        """Columns drawn with the probabilities that the weights of a row have, in the order they were drawn; int64."""

    def clone(self) -> Tensor:
        """A copy in new memory, in the graph."""

    def to(self, dtype: Any) -> Tensor:
        """x with another dtype; its gradient is cast back."""

    def float(self) -> Tensor: ...

    def double(self) -> Tensor: ...

    def long(self) -> Tensor: ...

    def bool(self) -> Tensor: ...

    def copy_(self, source: Any) -> Tensor:
        """Overwrites x with source, which is broadcast and cast."""

    def fill_(self, value: builtins.float) -> Tensor:
        """Overwrites every element with a number."""

    def zero_(self) -> Tensor:
        """Overwrites every element with zero."""

    def add_(self, other: Any, alpha: builtins.float = 1) -> Tensor:
        """x += alpha * other."""

    def sub_(self, other: Any, alpha: builtins.float = 1) -> Tensor:
        """x -= alpha * other."""

    def mul_(self, other: Any) -> Tensor:
        """x *= other."""

    def div_(self, other: Any) -> Tensor:
        """x /= other."""

    def masked_fill_(self, mask: Any, value: Any) -> Tensor:
        """Overwrites x with one value where the mask is true."""

    def scatter_(self, dim: int, index: Any, src: Any = None, *, value: builtins.float | None = None) -> Tensor:
        """Overwrites the places of x that index names along an axis; see `scatter`."""

    def scatter_add_(self, dim: int, index: Any, src: Tensor) -> Tensor:
        """Adds to the places of x that index names along an axis; see `scatter_add`."""

    def index_add_(self, dim: int, index: Any, source: Tensor, *, alpha: builtins.float = 1) -> Tensor:
        """Adds to the places of x that index names along one axis; see `index_add`."""

    def uniform_(self, from_: builtins.float = 0.0, to: builtins.float = 1.0) -> Tensor:
        """Overwrites x with uniform numbers from from_ to `to`."""

    def normal_(self, mean: builtins.float = 0.0, std: builtins.float = 1.0) -> Tensor:
        """Overwrites x with normal numbers of a mean and a standard deviation."""

    def bernoulli_(self, p: builtins.float = 0.5) -> Tensor:
        """Overwrites x with 1, with probability p, and 0."""
