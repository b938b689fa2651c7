# Made by tools/generate_stubs.py; do not edit.

import weakref
from typing import Any, TypeAlias, overload

import numpy as np

# Where an output goes: True makes a new array, an array is overwritten, a tuple that holds an array is added to, and
# None says that nobody wants it. What went where is returned.
Destination: TypeAlias = bool | np.ndarray | tuple[np.ndarray]
Into: TypeAlias = Destination | None
Arrays: TypeAlias = list[np.ndarray] | tuple[np.ndarray, ...]

def adam(
    parameter: Arrays,
    average: Arrays,
    square: Arrays,
    largest: Arrays,
    step: Arrays,
    gradient: Arrays,
    hyper: np.ndarray,
    decoupled: int,
    maximize: int,
    keras: int,
    /,
) -> None:
    """parameter[k] average[k] square[k] largest[k]? step[k] = gradient[k] hyper(5) decoupled maximize keras"""

def add_agreeing(
    total: np.ndarray,
    outputs: np.ndarray,
    target: np.ndarray,
    weights: np.ndarray | None,
    threshold: float,
    /,
) -> np.ndarray:
    """total(2) rows(r) = outputs(r,n) target(r,n) weights(g)? threshold"""

def add_backward(
    da: Into,
    db: Into,
    dy: np.ndarray,
    a: np.ndarray,
    b: np.ndarray,
    /,
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """da(~)& db(~)& = dy(~) a(~) b(~)"""

def add_confusion(
    counts: np.ndarray,
    scores: np.ndarray,
    target: np.ndarray,
    weights: np.ndarray | None,
    /,
) -> np.ndarray:
    """counts(n,n) bad!target picked(r) = scores(r,n) target(r) weights(g)?"""

def add_correct(
    total: np.ndarray,
    scores: np.ndarray,
    target: np.ndarray,
    weights: np.ndarray | None,
    among: int,
    /,
) -> np.ndarray:
    """total(2) rows(r) = scores(r,n) target(r) weights(g)? among"""

def add_counts(
    counts: np.ndarray,
    outputs: np.ndarray,
    target: np.ndarray,
    thresholds: np.ndarray,
    weights: np.ndarray | None,
    among: int,
    /,
) -> np.ndarray:
    """counts(n,b,2) buckets(r,n) = outputs(r,n) target(r,n) thresholds(b) weights(g)? among"""

def add_forward(a: np.ndarray, b: np.ndarray, /) -> np.ndarray:
    """y(~) = a(~) b(~)"""

def add_moments(sums: np.ndarray, outputs: np.ndarray, target: np.ndarray, weights: np.ndarray | None, /) -> None:
    """sums(4,n) = outputs(r,n) target(r,n) weights(g)?"""

def add_weighted(total: np.ndarray, values: np.ndarray, weights: np.ndarray | None, factor: float, /) -> np.ndarray:
    """total(2) rows(r) = values(r,n) weights(g)? factor"""

@overload
def clip_backward(dx: Destination, dy: np.ndarray, x: np.ndarray, low: float, high: float, /) -> np.ndarray:
    """dx(*s)& = dy(*s) x(*s) low high"""
@overload
def clip_backward(dx: None, dy: np.ndarray, x: np.ndarray, low: float, high: float, /) -> None: ...

def clip_by_norm(
    arrays: Arrays,
    squared_norms: np.ndarray,
    limit: np.ndarray,
    epsilon: float,
    together: int,
    /,
) -> np.ndarray:
    """total_norm() arrays[k] = squared_norms(k) limit() epsilon together"""

def clip_by_value(arrays: Arrays, limit: np.ndarray, /) -> None:
    """arrays[] = limit()"""

def clip_forward(x: np.ndarray, low: float, high: float, /) -> np.ndarray:
    """y(*s) = x(*s) low high"""

@overload
def copy(y: Destination, x: np.ndarray, /) -> np.ndarray:
    """y(*s)& = x(*s)"""
@overload
def copy(y: None, x: np.ndarray, /) -> None: ...

@overload
def cos_backward(dx: Destination, dy: np.ndarray, s: np.ndarray, /) -> np.ndarray:
    """dx(*s)& = dy(*s) s(*s)"""
@overload
def cos_backward(dx: None, dy: np.ndarray, s: np.ndarray, /) -> None: ...

def cos_forward(x: np.ndarray, /) -> np.ndarray:
    """y(*s) = x(*s)"""

@overload
def cross_entropy_backward(
    dlogits: Destination,
    dy: np.ndarray,
    logits: np.ndarray,
    saved: np.ndarray,
    scale: np.ndarray,
    target: np.ndarray,
    ignore_index: int,
    /,
) -> np.ndarray:
    """dlogits(r,n)& = dy(r|) logits(r,n) saved(r,2) scale() target(r) ignore_index"""
@overload
def cross_entropy_backward(
    dlogits: None,
    dy: np.ndarray,
    logits: np.ndarray,
    saved: np.ndarray,
    scale: np.ndarray,
    target: np.ndarray,
    ignore_index: int,
    /,
) -> None: ...

def cross_entropy_forward(
    logits: np.ndarray,
    target: np.ndarray,
    ignore_index: int,
    mean: int,
    /,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """losses(r) total() saved(r,2) scale() bad!target = logits(r,n) target(r) ignore_index mean"""

@overload
def cross_entropy_rows_backward(
    dlogits: Destination,
    dy: np.ndarray,
    logits: np.ndarray,
    saved: np.ndarray,
    scale: np.ndarray,
    target: np.ndarray,
    /,
) -> np.ndarray:
    """dlogits(r,n)& = dy(r|) logits(r,n) saved(r,2) scale() target(r,n)"""
@overload
def cross_entropy_rows_backward(
    dlogits: None,
    dy: np.ndarray,
    logits: np.ndarray,
    saved: np.ndarray,
    scale: np.ndarray,
    target: np.ndarray,
    /,
) -> None: ...

def cross_entropy_rows_forward(
    logits: np.ndarray,
    target: np.ndarray,
    mean: int,
    /,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """losses(r) total() saved(r,2) scale() = logits(r,n) target(r,n) mean"""

def div_backward(
    da: Into,
    db: Into,
    dy: np.ndarray,
    a: np.ndarray,
    b: np.ndarray,
    /,
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """da(~)& db(~)& = dy(~) a(~) b(~)"""

def div_forward(a: np.ndarray, b: np.ndarray, /) -> np.ndarray:
    """y(~) = a(~) b(~)"""

@overload
def dropout_backward(dx: Destination, dy: np.ndarray, stream: np.ndarray, p: float, /) -> np.ndarray:
    """dx(*s)& = dy(*s) stream(2) p"""
@overload
def dropout_backward(dx: None, dy: np.ndarray, stream: np.ndarray, p: float, /) -> None: ...

def dropout_forward(generator: np.ndarray, x: np.ndarray, p: float, /) -> tuple[np.ndarray, np.ndarray]:
    """y(*s) stream(2) = generator(2) x(*s) p"""

@overload
def erf_backward(dx: Destination, dy: np.ndarray, s: np.ndarray, /) -> np.ndarray:
    """dx(*s)& = dy(*s) s(*s)"""
@overload
def erf_backward(dx: None, dy: np.ndarray, s: np.ndarray, /) -> None: ...

def erf_forward(x: np.ndarray, /) -> np.ndarray:
    """y(*s) = x(*s)"""

@overload
def exp_backward(dx: Destination, dy: np.ndarray, s: np.ndarray, /) -> np.ndarray:
    """dx(*s)& = dy(*s) s(*s)"""
@overload
def exp_backward(dx: None, dy: np.ndarray, s: np.ndarray, /) -> None: ...

def exp_forward(x: np.ndarray, /) -> np.ndarray:
    """y(*s) = x(*s)"""

@overload
def fill(y: Destination, value: float, /) -> np.ndarray:
    """y(*s)& = value"""
@overload
def fill(y: None, value: float, /) -> None: ...

@overload
def fill_normal(y: Destination, generator: np.ndarray, mean: float, deviation: float, /) -> np.ndarray:
    """y(*s)& = generator(2) mean deviation"""
@overload
def fill_normal(y: None, generator: np.ndarray, mean: float, deviation: float, /) -> None: ...

@overload
def fill_uniform(y: Destination, generator: np.ndarray, low: float, high: float, /) -> np.ndarray:
    """y(*s)& = generator(2) low high"""
@overload
def fill_uniform(y: None, generator: np.ndarray, low: float, high: float, /) -> None: ...

@overload
def gather_rows(y: Destination, table: np.ndarray, ids: np.ndarray, /) -> np.ndarray:
    """bad!ids y(*i,*r)& = table(v,*r) ids(*i)"""
@overload
def gather_rows(y: None, table: np.ndarray, ids: np.ndarray, /) -> None: ...

@overload
def gelu_backward(dx: Destination, dy: np.ndarray, s: np.ndarray, /) -> np.ndarray:
    """dx(*s)& = dy(*s) s(*s)"""
@overload
def gelu_backward(dx: None, dy: np.ndarray, s: np.ndarray, /) -> None: ...

def gelu_forward(x: np.ndarray, /) -> np.ndarray:
    """y(*s) = x(*s)"""

@overload
def gelu_tanh_backward(dx: Destination, dy: np.ndarray, s: np.ndarray, /) -> np.ndarray:
    """dx(*s)& = dy(*s) s(*s)"""
@overload
def gelu_tanh_backward(dx: None, dy: np.ndarray, s: np.ndarray, /) -> None: ...

def gelu_tanh_forward(x: np.ndarray, /) -> np.ndarray:
    """y(*s) = x(*s)"""

@overload
def gemm(c: Destination, a: np.ndarray, b: np.ndarray, bias: np.ndarray | None, activation: int, /) -> np.ndarray:
    """c(*b,m,n)& = a(*b,m,k) b(*b,k,n) bias(n)? activation"""
@overload
def gemm(c: None, a: np.ndarray, b: np.ndarray, bias: np.ndarray | None, activation: int, /) -> None: ...

@overload
def gemm_with_packing(
    c: Destination,
    packed: np.ndarray,
    packed_in: np.ndarray,
    a: np.ndarray,
    b: np.ndarray,
    bias: np.ndarray | None,
    block: np.ndarray,
    activation: int,
    /,
) -> np.ndarray:
    """c(m,n)& packed(k,l) packed_in() = a(m,k) b(k,n) bias(n)? block() activation"""
@overload
def gemm_with_packing(
    c: None,
    packed: np.ndarray,
    packed_in: np.ndarray,
    a: np.ndarray,
    b: np.ndarray,
    bias: np.ndarray | None,
    block: np.ndarray,
    activation: int,
    /,
) -> None: ...

def layer_norm_backward(
    dx: Into,
    dweight: Into,
    dbias: Into,
    dy: np.ndarray,
    x: np.ndarray,
    weight: np.ndarray | None,
    mean: np.ndarray,
    rstd: np.ndarray,
    /,
) -> tuple[np.ndarray | None, np.ndarray | None, np.ndarray | None]:
    """dx(*r,n)& dweight(n)& dbias(n)& = dy(*r,n) x(*r,n) weight(n)? mean(*r) rstd(*r)"""

def layer_norm_forward(
    x: np.ndarray,
    weight: np.ndarray | None,
    bias: np.ndarray | None,
    eps: float,
    /,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """y(*r,n) mean(*r) rstd(*r) = x(*r,n) weight(n)? bias(n)? eps"""

@overload
def log_backward(dx: Destination, dy: np.ndarray, s: np.ndarray, /) -> np.ndarray:
    """dx(*s)& = dy(*s) s(*s)"""
@overload
def log_backward(dx: None, dy: np.ndarray, s: np.ndarray, /) -> None: ...

def log_forward(x: np.ndarray, /) -> np.ndarray:
    """y(*s) = x(*s)"""

def maximum_backward(
    da: Into,
    db: Into,
    dy: np.ndarray,
    a: np.ndarray,
    b: np.ndarray,
    /,
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """da(~)& db(~)& = dy(~) a(~) b(~)"""

def maximum_forward(a: np.ndarray, b: np.ndarray, /) -> np.ndarray:
    """y(~) = a(~) b(~)"""

def minimum_backward(
    da: Into,
    db: Into,
    dy: np.ndarray,
    a: np.ndarray,
    b: np.ndarray,
    /,
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """da(~)& db(~)& = dy(~) a(~) b(~)"""

def minimum_forward(a: np.ndarray, b: np.ndarray, /) -> np.ndarray:
    """y(~) = a(~) b(~)"""

def mul_backward(
    da: Into,
    db: Into,
    dy: np.ndarray,
    a: np.ndarray,
    b: np.ndarray,
    /,
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """da(~)& db(~)& = dy(~) a(~) b(~)"""

def mul_forward(a: np.ndarray, b: np.ndarray, /) -> np.ndarray:
    """y(~) = a(~) b(~)"""

@overload
def neg_backward(dx: Destination, dy: np.ndarray, s: np.ndarray, /) -> np.ndarray:
    """dx(*s)& = dy(*s) s(*s)"""
@overload
def neg_backward(dx: None, dy: np.ndarray, s: np.ndarray, /) -> None: ...

def neg_forward(x: np.ndarray, /) -> np.ndarray:
    """y(*s) = x(*s)"""

def reduce_max(x: np.ndarray, /) -> tuple[np.ndarray, np.ndarray]:
    """y(o,i) index(o,i) = x(o,n,i)"""

@overload
def reduce_max_backward(dx: Destination, dy: np.ndarray, index: np.ndarray, n: int, /) -> np.ndarray:
    """dx(o,n,i)& = dy(o,i) index(o,i) n"""
@overload
def reduce_max_backward(dx: None, dy: np.ndarray, index: np.ndarray, n: int, /) -> None: ...

@overload
def reduce_sum(y: Destination, x: np.ndarray, scale: float, /) -> np.ndarray:
    """y(o,i)& = x(o,n,i) scale"""
@overload
def reduce_sum(y: None, x: np.ndarray, scale: float, /) -> None: ...

@overload
def relu_backward(dx: Destination, dy: np.ndarray, s: np.ndarray, /) -> np.ndarray:
    """dx(*s)& = dy(*s) s(*s)"""
@overload
def relu_backward(dx: None, dy: np.ndarray, s: np.ndarray, /) -> None: ...

def relu_forward(x: np.ndarray, /) -> np.ndarray:
    """y(*s) = x(*s)"""

@overload
def scatter_add_rows(dtable: Destination, dy: np.ndarray, ids: np.ndarray, v: int, /) -> np.ndarray:
    """bad!ids dtable(v,*r)& = dy(*i,*r) ids(*i) v"""
@overload
def scatter_add_rows(dtable: None, dy: np.ndarray, ids: np.ndarray, v: int, /) -> None: ...

def sgd(
    parameter: Arrays,
    velocity: Arrays,
    step: Arrays,
    gradient: Arrays,
    hyper: np.ndarray,
    nesterov: int,
    maximize: int,
    keras: int,
    /,
) -> None:
    """parameter[k] velocity[k]? step[k] = gradient[k] hyper(4) nesterov maximize keras"""

@overload
def sigmoid_backward(dx: Destination, dy: np.ndarray, s: np.ndarray, /) -> np.ndarray:
    """dx(*s)& = dy(*s) s(*s)"""
@overload
def sigmoid_backward(dx: None, dy: np.ndarray, s: np.ndarray, /) -> None: ...

def sigmoid_forward(x: np.ndarray, /) -> np.ndarray:
    """y(*s) = x(*s)"""

@overload
def sin_backward(dx: Destination, dy: np.ndarray, s: np.ndarray, /) -> np.ndarray:
    """dx(*s)& = dy(*s) s(*s)"""
@overload
def sin_backward(dx: None, dy: np.ndarray, s: np.ndarray, /) -> None: ...

def sin_forward(x: np.ndarray, /) -> np.ndarray:
    """y(*s) = x(*s)"""

@overload
def softmax_backward(dx: Destination, dy: np.ndarray, y: np.ndarray, /) -> np.ndarray:
    """dx(*r,n)& = dy(*r,n) y(*r,n)"""
@overload
def softmax_backward(dx: None, dy: np.ndarray, y: np.ndarray, /) -> None: ...

def softmax_forward(x: np.ndarray, /) -> np.ndarray:
    """y(*r,n) = x(*r,n)"""

@overload
def spread(dx: Destination, dy: np.ndarray, n: int, scale: float, /) -> np.ndarray:
    """dx(o,n,i)& = dy(o,i) n scale"""
@overload
def spread(dx: None, dy: np.ndarray, n: int, scale: float, /) -> None: ...

@overload
def squared_norms(norms: Destination, arrays: Arrays, /) -> np.ndarray:
    """norms(k)& = arrays[k]"""
@overload
def squared_norms(norms: None, arrays: Arrays, /) -> None: ...

def sub_backward(
    da: Into,
    db: Into,
    dy: np.ndarray,
    a: np.ndarray,
    b: np.ndarray,
    /,
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """da(~)& db(~)& = dy(~) a(~) b(~)"""

def sub_forward(a: np.ndarray, b: np.ndarray, /) -> np.ndarray:
    """y(~) = a(~) b(~)"""

@overload
def tanh_backward(dx: Destination, dy: np.ndarray, s: np.ndarray, /) -> np.ndarray:
    """dx(*s)& = dy(*s) s(*s)"""
@overload
def tanh_backward(dx: None, dy: np.ndarray, s: np.ndarray, /) -> None: ...

def tanh_forward(x: np.ndarray, /) -> np.ndarray:
    """y(*s) = x(*s)"""

def adjacent(first: np.ndarray, second: np.ndarray) -> bool:
    """Whether the second array begins where the first ends, in one memory."""

def available_isas() -> list[str]:
    """The instruction sets that this processor runs, best first."""

def compiler() -> str:
    """The compiler that built the kernels."""

def digest(arrays: list[np.ndarray]) -> int:
    """A number that stands for the bytes of arrays without gaps: others have another, but for one in 2^64."""

def empty(shape: tuple[int, ...], dtype: Any, lasting: bool = False) -> np.ndarray:
    """An uninitialised array from the pool; a lasting one never from a plan's memory."""

def empty_passing(shape: tuple[int, ...], dtype: Any) -> np.ndarray:
    """An uninitialised array whose memory goes back to the system: for copies that are rarely made."""

def gradient_places(leaves: list[weakref.ref[Any]]) -> tuple[Any, ...]:
    """For each of the leaves, weak references, a constant for where its gradient is: None, True at its home."""

def isa() -> str:
    """The instruction set of the kernels in use."""

def join(first: np.ndarray, last: np.ndarray) -> np.ndarray:
    """All elements from the first array's to the last's, as one axis."""

def launches_recorded() -> int:
    """How many launches this thread has recorded so far."""

def num_threads() -> int:
    """How many threads kernels share their work among."""

def pool_clear() -> None:
    """Gives the pool's unused memory back to the system."""

def pool_reset_peak() -> None:
    """Lets the peak begin anew at what is in use."""

def pool_statistics() -> dict[str, int]:
    """Bytes in use, their peak, and bytes that wait to be used again."""

def quota_processors(folder: str) -> int:
    """How many processors a container's quota is worth, by the cgroup files in a folder; 256 without one."""

def recording() -> bool:
    """Whether this thread records a plan."""

def segment(array: np.ndarray, offset: int, shape: tuple[int, ...]) -> np.ndarray:
    """A dense part of a dense array, from an element on, whose base is the memory itself."""

def set_num_threads(count: int) -> None:
    """Sets how many threads kernels share their work among; results do not depend on it."""

def thread_runtime() -> str:
    """'OpenMP' or 'std::thread'."""

class Arena:
    """The memory of one step's plans."""

    def __init__(self) -> None: ...

class Gradients:
    """Where leaves' values are, and which gradients they have."""

    def __init__(self, leaves: list[weakref.ref[Any]]) -> None: ...

    def have_moved(self) -> bool:
        """Whether some leaf's values are elsewhere now."""

    def are_at_home(self) -> bool:
        """Whether all homes are where they were, and nobody else holds one."""

    def are_as_they_were(self) -> bool:
        """Whether each leaf lives, its values, home and gradient are where they were, and nobody else holds the home."""

    def bind(self) -> None:
        """Gives the leaves the gradients that they had."""

class Plan:
    """A recorded step: the launches of one run, to be run again."""

    def __init__(self, arena: Arena) -> None: ...

    def begin(self, saved: list[np.ndarray] = ...) -> None:
        """Starts recording this thread's launches; `written` saves no copies of the arrays `saved`."""

    def end(self) -> None:
        """Stops recording."""

    def replay(self) -> None:
        """Runs the recorded launches."""

    def empty(self, shape: tuple[int, ...], dtype: Any) -> np.ndarray:
        """An uninitialised array in the plan's memory, for an argument."""

    def uncounted_view(self, array: np.ndarray) -> np.ndarray:
        """An array over the same memory that does not count as a use of it."""

    def written(self) -> list[tuple[np.ndarray, np.ndarray | None]]:
        """(array, what it held before) for all memory outside the plan that it writes."""

    def only_read(self) -> list[np.ndarray]:
        """The arrays outside the plan's memory that it reads and does not write."""

    def forget_saved(self) -> None:
        """Lets go of what `written` saved."""

    def still_in_use(self) -> list[str]:
        """Buffers of the plan's memory that are still referenced, in words."""

    @property
    def failed_at(self) -> int:
        """The launch that the last replay failed at, or -1."""

    @property
    def launches(self) -> int:
        """How many launches a replay makes."""

    @property
    def memory(self) -> int:
        """Bytes of the memory that this step's plans share."""
