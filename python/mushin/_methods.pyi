# Made by tools/generate_stubs.py; do not edit.

import builtins
from collections.abc import Callable
from typing import Any

from mushin.autograd import RemovableHandle, Tensor

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

    def softmax(self, dim: int | None = None, *, axis: int = -1) -> Tensor:
        """exp(x_i) / sum of exp(x_j) along an axis, computed from x minus its maximum."""

    def sum(self, dim: Any = None, keepdim: bool = False, *, axis: Any = None, keepdims: bool = False) -> Tensor:
        """Sum over axes."""

    def mean(self, dim: Any = None, keepdim: bool = False, *, axis: Any = None, keepdims: bool = False) -> Tensor:
        """Mean over axes, as `sum`; NaN over no elements."""

    def max(self, dim: int | None = None, keepdim: bool = False, *, axis: Any = None, keepdims: bool = False) -> Any:
        """Maximum: along `dim` the values and their indices, as PyTorch's; over `axis`, or over all, only the values."""

    def argmax(self, dim: Any = None, keepdim: bool = False, *, axis: Any = None, keepdims: bool = False) -> Tensor:
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

    def register_hook(self, hook: Callable[[Tensor], Any]) -> RemovableHandle:
        """Calls `hook(gradient)` in every `backward`, as soon as this tensor's gradient is whole."""

    def retain_grad(self) -> None:
        """Keeps the gradient of a tensor that an op computed in its `grad`, after its hooks; leaves keep theirs anyway."""

    @property
    def retains_grad(self) -> bool:
        """Whether `retain_grad` has been called of a tensor that an op computed."""
