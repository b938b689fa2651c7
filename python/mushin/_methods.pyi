# Made by tools/generate_stubs.py; do not edit.

import builtins
from typing import Any

from mushin.autograd import Tensor
from mushin.ops.extremes import Picked

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
        """x[index] with integers, slices, None and ...; a view."""

    def __setitem__(self, index: Any, value: Any) -> None:
        """x[index] = value, with an index of integers, slices, None and `...`."""

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

    def sum(self, dim: Any = None, keepdim: bool = False, *, axis: Any = None, keepdims: bool = False, out: None = None) -> Tensor:
        """Sum over axes."""

    def mean(self, dim: Any = None, keepdim: bool = False, *, axis: Any = None, keepdims: bool = False) -> Tensor:
        """Mean over axes, as `sum`, of float32 or float64; NaN over no elements."""

    def count_nonzero(self, dim: Any = None, keepdim: bool = False, *, axis: Any = None, keepdims: bool = False) -> Tensor:
        """How many elements are not zero over axes, as `sum`; int64, without gradient. A NaN is not zero."""

    def all(self, dim: Any = None, keepdim: bool = False, *, axis: Any = None, keepdims: bool = False, out: None = None) -> Tensor:
        """Whether all elements over axes are not zero: bool, without gradient; True of none. x is of any real dtype."""

    def any(self, dim: Any = None, keepdim: bool = False, *, axis: Any = None, keepdims: bool = False, out: None = None) -> Tensor:
        """Whether any element over axes is not zero: bool, without gradient; False of none. x is of any real dtype."""

    def max(self, dim: Any = None, keepdim: bool = False, *, axis: Any = None, keepdims: bool = False, out: None = None) -> Any:
        """Maximum: along `dim` the values and their indices, as PyTorch's; over `axis`, or over all, only
        the values. A NaN goes before every number. With another tensor in the place of `dim`, `maximum` of both."""

    def min(self, dim: Any = None, keepdim: bool = False, *, axis: Any = None, keepdims: bool = False, out: None = None) -> Any:
        """Minimum: along `dim` the values and their indices, as PyTorch's; over `axis`, or over all, only
        the values. A NaN goes before every number. With another tensor in the place of `dim`, `minimum` of both."""

    def amax(self, dim: Any = None, keepdim: bool = False, *, axis: Any = None, keepdims: bool = False) -> Tensor:
        """Maximum over axes; a NaN is the largest. Elements that are equally large share the gradient evenly."""

    def amin(self, dim: Any = None, keepdim: bool = False, *, axis: Any = None, keepdims: bool = False) -> Tensor:
        """Minimum over axes, as `amax`; a NaN is the smallest."""

    def argmax(self, dim: Any = None, keepdim: bool = False, *, axis: Any = None, keepdims: bool = False) -> Tensor:
        """Index of the first maximum along an axis or, without one, in the flattened tensor; int64, without gradient."""

    def argmin(self, dim: Any = None, keepdim: bool = False, *, axis: Any = None, keepdims: bool = False) -> Tensor:
        """Index of the first minimum along an axis or, without one, in the flattened tensor; int64, without gradient."""

    def prod(self, dim: Any = None, keepdim: bool = False, *, axis: Any = None, keepdims: bool = False, out: None = None) -> Tensor:
        """Product over axes; 1 of none. An element's derivative is the product of the others, also where some are zero."""

    def var(self, dim: Any = None, unbiased: bool | None = None, keepdim: bool = False, *, correction: builtins.float | None = None, axis: Any = None, keepdims: bool = False) -> Any:
        """Variance over axes: the sum of (x - mean)^2 / (n - correction) of n elements, from the centred elements."""

    def std(self, dim: Any = None, unbiased: bool | None = None, keepdim: bool = False, *, correction: builtins.float | None = None, axis: Any = None, keepdims: bool = False) -> Any:
        """Standard deviation over axes: the root of `var`. Its derivative where all elements are equal is 0."""

    def logsumexp(self, dim: Any = None, keepdim: bool = False, *, axis: Any = None, keepdims: bool = False) -> Tensor:
        """log(sum of exp(x)) over axes, from x minus its maximum, so that nothing overflows; -infinity of no elements."""

    def norm(self, p: builtins.float | str | None = 2, dim: Any = None, keepdim: bool = False, *, axis: Any = None, keepdims: bool = False) -> Tensor:
        """Norm of vectors, which lie along `dim`, several axes, or all: (sum of |x|^p)^(1 / p)."""

    def cumsum(self, dim: int | None = None, *, axis: int | None = None) -> Tensor:
        """y_k = x_0 + ... + x_k along an axis."""

    def cumprod(self, dim: int | None = None, *, axis: int | None = None) -> Tensor:
        """y_k = x_0 ... x_k along an axis; its derivative is right also where elements are zero."""

    def softmax(self, dim: int | None = None, *, axis: int = -1) -> Tensor:
        """exp(x_i) / sum of exp(x_j) along an axis, computed from x minus its maximum."""

    def log_softmax(self, dim: int | None = None, *, axis: int = -1) -> Tensor:
        """x_i - log(sum of exp(x_j)) along an axis, computed from x minus its maximum."""

    def sort(self, dim: int = -1, descending: bool = False, stable: bool = True, *, axis: int | None = None) -> Picked:
        """x in order along an axis, and where each element was, int64."""

    def argsort(self, dim: int = -1, descending: bool = False, stable: bool = True, *, axis: int | None = None) -> Tensor:
        """The places that bring x in order along an axis, int64, as `sort`; without gradient."""

    def topk(self, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> Picked:
        """The k largest elements along an axis, the largest first, or the k smallest; and their places, int64. Of equal
        elements the first is taken first."""

    def kthvalue(self, k: int, dim: int = -1, keepdim: bool = False) -> Picked:
        """The kth smallest element along an axis, from 1 on, and its place, int64."""

    def median(self, dim: int | None = None, keepdim: bool = False) -> Any:
        """The median, of an even number of elements the lower one; NaN if there is one. Along `dim` with its indices."""

    def bincount(self, weights: Any = None, minlength: int = 0) -> Tensor:
        """How often each number from 0 to the largest occurs, or the sum of its weights; without gradient."""

    def unique(self, sorted: bool = True, return_inverse: bool = False, return_counts: bool = False, dim: int | None = None) -> Any:
        """The distinct elements in ascending order, without gradient; every NaN is one of its own."""

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

    def clone(self) -> Tensor:
        """A copy in new memory, in the graph."""

    def to(self, dtype: Any) -> Tensor:
        """x with another dtype; its gradient is cast back."""

    def float(self) -> Tensor: ...

    def double(self) -> Tensor: ...

    def long(self) -> Tensor: ...

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
