# Made by tools/generate_stubs.py; do not edit.

import weakref
from typing import Any, TypeAlias, overload

import numpy as np

# Where an output goes: True makes a new array, an array is overwritten, a tuple that holds an array is added to, and
# None says that nobody wants it. What went where is returned.
Destination: TypeAlias = bool | np.ndarray | tuple[np.ndarray]
Into: TypeAlias = Destination | None
Arrays: TypeAlias = list[np.ndarray] | tuple[np.ndarray, ...]

@overload
def abs_backward(dx: Destination, dy: np.ndarray, x: np.ndarray, /) -> np.ndarray:
    """dx(*s)& = dy(*s) x(*s)"""
@overload
def abs_backward(dx: None, dy: np.ndarray, x: np.ndarray, /) -> None: ...

def abs_forward(x: np.ndarray, /) -> np.ndarray:
    """y(*s) = x(*s)"""

@overload
def acos_backward(dx: Destination, dy: np.ndarray, x: np.ndarray, /) -> np.ndarray:
    """dx(*s)& = dy(*s) x(*s)"""
@overload
def acos_backward(dx: None, dy: np.ndarray, x: np.ndarray, /) -> None: ...

def acos_forward(x: np.ndarray, /) -> np.ndarray:
    """y(*s) = x(*s)"""

@overload
def acosh_backward(dx: Destination, dy: np.ndarray, x: np.ndarray, /) -> np.ndarray:
    """dx(*s)& = dy(*s) x(*s)"""
@overload
def acosh_backward(dx: None, dy: np.ndarray, x: np.ndarray, /) -> None: ...

def acosh_forward(x: np.ndarray, /) -> np.ndarray:
    """y(*s) = x(*s)"""

def adadelta(
    parameter: Arrays,
    square: Arrays,
    delta: Arrays,
    step: Arrays,
    gradient: Arrays,
    hyper: np.ndarray,
    maximize: int,
    keras: int,
    /,
) -> None:
    """parameter[k] square[k] delta[k] step[k] = gradient[k] hyper(4) maximize keras"""

def adafactor(
    parameter: np.ndarray,
    row: np.ndarray | None,
    column: np.ndarray,
    step: np.ndarray,
    gradient: np.ndarray,
    hyper: np.ndarray,
    maximize: int,
    keras: int,
    /,
) -> None:
    """parameter(*b,m,n) row(*b,m)? column(*b,n) step() = gradient(*b,m,n) hyper(6) maximize keras"""

def adagrad(
    parameter: Arrays,
    sum: Arrays,
    step: Arrays,
    gradient: Arrays,
    hyper: np.ndarray,
    maximize: int,
    keras: int,
    /,
) -> None:
    """parameter[k] sum[k] step[k] = gradient[k] hyper(4) maximize keras"""

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

def adamax(
    parameter: Arrays,
    average: Arrays,
    largest: Arrays,
    step: Arrays,
    gradient: Arrays,
    hyper: np.ndarray,
    maximize: int,
    keras: int,
    /,
) -> None:
    """parameter[k] average[k] largest[k] step[k] = gradient[k] hyper(5) maximize keras"""

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

def asgd(
    parameter: Arrays,
    average: Arrays,
    step: Arrays,
    eta: Arrays,
    mu: Arrays,
    gradient: Arrays,
    hyper: np.ndarray,
    maximize: int,
    /,
) -> None:
    """parameter[k] average[k] step[k] eta[k] mu[k] = gradient[k] hyper(5) maximize"""

@overload
def asin_backward(dx: Destination, dy: np.ndarray, x: np.ndarray, /) -> np.ndarray:
    """dx(*s)& = dy(*s) x(*s)"""
@overload
def asin_backward(dx: None, dy: np.ndarray, x: np.ndarray, /) -> None: ...

def asin_forward(x: np.ndarray, /) -> np.ndarray:
    """y(*s) = x(*s)"""

@overload
def asinh_backward(dx: Destination, dy: np.ndarray, x: np.ndarray, /) -> np.ndarray:
    """dx(*s)& = dy(*s) x(*s)"""
@overload
def asinh_backward(dx: None, dy: np.ndarray, x: np.ndarray, /) -> None: ...

def asinh_forward(x: np.ndarray, /) -> np.ndarray:
    """y(*s) = x(*s)"""

def atan2_backward(
    da: Into,
    db: Into,
    dy: np.ndarray,
    a: np.ndarray,
    b: np.ndarray,
    /,
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """da(~)& db(~)& = dy(~) a(~) b(~)"""

def atan2_forward(a: np.ndarray, b: np.ndarray, /) -> np.ndarray:
    """y(~) = a(~) b(~)"""

@overload
def atan_backward(dx: Destination, dy: np.ndarray, x: np.ndarray, /) -> np.ndarray:
    """dx(*s)& = dy(*s) x(*s)"""
@overload
def atan_backward(dx: None, dy: np.ndarray, x: np.ndarray, /) -> None: ...

def atan_forward(x: np.ndarray, /) -> np.ndarray:
    """y(*s) = x(*s)"""

@overload
def atanh_backward(dx: Destination, dy: np.ndarray, x: np.ndarray, /) -> np.ndarray:
    """dx(*s)& = dy(*s) x(*s)"""
@overload
def atanh_backward(dx: None, dy: np.ndarray, x: np.ndarray, /) -> None: ...

def atanh_forward(x: np.ndarray, /) -> np.ndarray:
    """y(*s) = x(*s)"""

def batch_norm_backward(
    dx: Into,
    dweight: Into,
    dbias: Into,
    dy: np.ndarray,
    x: np.ndarray,
    weight: np.ndarray | None,
    mean: np.ndarray,
    rstd: np.ndarray,
    of_batch: int,
    /,
) -> tuple[np.ndarray | None, np.ndarray | None, np.ndarray | None]:
    """dx(o,c,i)& dweight(c)& dbias(c)& = dy(o,c,i) x(o,c,i) weight(c)? mean(c) rstd(c) of_batch"""

def batch_norm_evaluate(
    x: np.ndarray,
    running_mean: np.ndarray,
    running_var: np.ndarray,
    weight: np.ndarray | None,
    bias: np.ndarray | None,
    eps: float,
    /,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """y(o,c,i) mean(c) rstd(c) = x(o,c,i) running_mean(c) running_var(c) weight(c)? bias(c)? eps"""

def batch_norm_forward(
    running_mean: np.ndarray | None,
    running_var: np.ndarray | None,
    batches: np.ndarray | None,
    x: np.ndarray,
    weight: np.ndarray | None,
    bias: np.ndarray | None,
    momentum: float,
    cumulative: int,
    correction: float,
    eps: float,
    /,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """y(o,c,i) mean(c) rstd(c) = running_mean(c)? running_var(c)? batches()? x(o,c,i) weight(c)? bias(c)? momentum cumulative correction eps"""

def bernoulli(generator: np.ndarray, p: np.ndarray, /) -> np.ndarray:
    """y(*s) = generator(2) p(*s)"""

def binary_cross_entropy_backward(
    dinput: Into,
    dtarget: Into,
    dy: np.ndarray,
    input: np.ndarray,
    target: np.ndarray,
    weight: np.ndarray | None,
    p: float,
    q: float,
    r: float,
    scale: float,
    /,
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """dinput(*s)& dtarget(*s)& = dy(*s|) input(*s) target(*s) weight(*s)? p q r scale"""

def binary_cross_entropy_forward(
    losses: Into,
    total: Into,
    input: np.ndarray,
    target: np.ndarray,
    weight: np.ndarray | None,
    p: float,
    q: float,
    r: float,
    scale: float,
    /,
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """losses(*s)& total()& = input(*s) target(*s) weight(*s)? p q r scale"""

def binary_cross_entropy_with_logits_backward(
    dinput: Into,
    dtarget: Into,
    dother: Into,
    dy: np.ndarray,
    input: np.ndarray,
    target: np.ndarray,
    other: np.ndarray | None,
    weight: np.ndarray | None,
    p: float,
    q: float,
    scale: float,
    /,
) -> tuple[np.ndarray | None, np.ndarray | None, np.ndarray | None]:
    """dinput(*s)& dtarget(*s)& dother(*s)& = dy(*s|) input(*s) target(*s) other(*s)? weight(*s)? p q scale"""

def binary_cross_entropy_with_logits_forward(
    losses: Into,
    total: Into,
    input: np.ndarray,
    target: np.ndarray,
    other: np.ndarray | None,
    weight: np.ndarray | None,
    p: float,
    q: float,
    scale: float,
    /,
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """losses(*s)& total()& = input(*s) target(*s) other(*s)? weight(*s)? p q scale"""

def binary_focal_crossentropy_backward(
    dinput: Into,
    dtarget: Into,
    dy: np.ndarray,
    input: np.ndarray,
    target: np.ndarray,
    weight: np.ndarray | None,
    p: float,
    q: float,
    r: float,
    scale: float,
    /,
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """dinput(*s)& dtarget(*s)& = dy(*s|) input(*s) target(*s) weight(*s)? p q r scale"""

def binary_focal_crossentropy_forward(
    losses: Into,
    total: Into,
    input: np.ndarray,
    target: np.ndarray,
    weight: np.ndarray | None,
    p: float,
    q: float,
    r: float,
    scale: float,
    /,
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """losses(*s)& total()& = input(*s) target(*s) weight(*s)? p q r scale"""

@overload
def ceil_backward(dx: Destination, dy: np.ndarray, /) -> np.ndarray:
    """dx(*s)& = dy(*s)"""
@overload
def ceil_backward(dx: None, dy: np.ndarray, /) -> None: ...

def ceil_forward(x: np.ndarray, /) -> np.ndarray:
    """y(*s) = x(*s)"""

@overload
def celu_backward(dx: Destination, dy: np.ndarray, x: np.ndarray, alpha: float, /) -> np.ndarray:
    """dx(*s)& = dy(*s) x(*s) alpha"""
@overload
def celu_backward(dx: None, dy: np.ndarray, x: np.ndarray, alpha: float, /) -> None: ...

def celu_forward(x: np.ndarray, alpha: float, /) -> np.ndarray:
    """y(*s) = x(*s) alpha"""

@overload
def clip_backward(dx: Destination, dy: np.ndarray, x: np.ndarray, low: float, high: float, /) -> np.ndarray:
    """dx(*s)& = dy(*s) x(*s) low high"""
@overload
def clip_backward(dx: None, dy: np.ndarray, x: np.ndarray, low: float, high: float, /) -> None: ...

def clip_by_norm(arrays: Arrays, norms: np.ndarray, limit: np.ndarray, epsilon: float, /) -> None:
    """arrays[k] = norms(k|) limit() epsilon"""

def clip_by_value(arrays: Arrays, limit: np.ndarray, /) -> None:
    """arrays[] = limit()"""

def clip_forward(x: np.ndarray, low: float, high: float, /) -> np.ndarray:
    """y(*s) = x(*s) low high"""

def compare(a: np.ndarray, b: np.ndarray, relation: int, /) -> np.ndarray:
    """y(~) = a(~) b(~) relation"""

def compare_integers(a: np.ndarray, b: np.ndarray, relation: int, /) -> np.ndarray:
    """y(~) = a(~) b(~) relation"""

@overload
def copy(y: Destination, x: np.ndarray, /) -> np.ndarray:
    """y(*s)& = x(*s)"""
@overload
def copy(y: None, x: np.ndarray, /) -> None: ...

def copysign_backward(
    da: Into,
    db: Into,
    dy: np.ndarray,
    a: np.ndarray,
    b: np.ndarray,
    /,
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """da(~)& db(~)& = dy(~) a(~) b(~)"""

def copysign_forward(a: np.ndarray, b: np.ndarray, /) -> np.ndarray:
    """y(~) = a(~) b(~)"""

@overload
def cos_backward(dx: Destination, dy: np.ndarray, x: np.ndarray, /) -> np.ndarray:
    """dx(*s)& = dy(*s) x(*s)"""
@overload
def cos_backward(dx: None, dy: np.ndarray, x: np.ndarray, /) -> None: ...

def cos_forward(x: np.ndarray, /) -> np.ndarray:
    """y(*s) = x(*s)"""

@overload
def cosh_backward(dx: Destination, dy: np.ndarray, x: np.ndarray, /) -> np.ndarray:
    """dx(*s)& = dy(*s) x(*s)"""
@overload
def cosh_backward(dx: None, dy: np.ndarray, x: np.ndarray, /) -> None: ...

def cosh_forward(x: np.ndarray, /) -> np.ndarray:
    """y(*s) = x(*s)"""

def cosine_embedding_loss_backward(
    dinput: Into,
    dtarget: Into,
    dy: np.ndarray,
    input: np.ndarray,
    target: np.ndarray,
    weight: np.ndarray | None,
    p: float,
    q: float,
    r: float,
    scale: float,
    /,
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """dinput(*s)& dtarget(*s)& = dy(*s|) input(*s) target(*s) weight(*s)? p q r scale"""

def cosine_embedding_loss_forward(
    losses: Into,
    total: Into,
    input: np.ndarray,
    target: np.ndarray,
    weight: np.ndarray | None,
    p: float,
    q: float,
    r: float,
    scale: float,
    /,
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """losses(*s)& total()& = input(*s) target(*s) weight(*s)? p q r scale"""

def cosine_similarity_backward(
    da: Into,
    db: Into,
    dy: np.ndarray,
    a: np.ndarray,
    b: np.ndarray,
    saved: np.ndarray,
    /,
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """da(r,n)& db(r,n)& = dy(r) a(r,n) b(r,n) saved(r,3)"""

def cosine_similarity_forward(
    a: np.ndarray,
    b: np.ndarray,
    eps: float,
    adds: int,
    /,
) -> tuple[np.ndarray, np.ndarray]:
    """y(r) saved(r,3) = a(r,n) b(r,n) eps adds"""

@overload
def cross_entropy_backward(
    dlogits: Destination,
    dy: np.ndarray,
    logits: np.ndarray,
    saved: np.ndarray,
    scale: np.ndarray,
    target: np.ndarray,
    weight: np.ndarray | None,
    row_weight: np.ndarray | None,
    ignore_index: int,
    label_smoothing: float,
    /,
) -> np.ndarray:
    """dlogits(r,n)& = dy(r|) logits(r,n) saved(r,2) scale() target(r) weight(n)? row_weight(r)? ignore_index label_smoothing"""
@overload
def cross_entropy_backward(
    dlogits: None,
    dy: np.ndarray,
    logits: np.ndarray,
    saved: np.ndarray,
    scale: np.ndarray,
    target: np.ndarray,
    weight: np.ndarray | None,
    row_weight: np.ndarray | None,
    ignore_index: int,
    label_smoothing: float,
    /,
) -> None: ...

def cross_entropy_forward(
    logits: np.ndarray,
    target: np.ndarray,
    weight: np.ndarray | None,
    row_weight: np.ndarray | None,
    ignore_index: int,
    label_smoothing: float,
    divisor: int,
    /,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """losses(r) total() saved(r,2) scale() bad!target = logits(r,n) target(r) weight(n)? row_weight(r)? ignore_index label_smoothing divisor"""

def cross_entropy_rows_backward(
    dlogits: Into,
    dtarget: Into,
    dy: np.ndarray,
    logits: np.ndarray,
    saved: np.ndarray,
    scale: np.ndarray,
    target: np.ndarray,
    weight: np.ndarray | None,
    row_weight: np.ndarray | None,
    label_smoothing: float,
    /,
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """dlogits(r,n)& dtarget(r,n)& = dy(r|) logits(r,n) saved(r,2) scale() target(r,n) weight(n)? row_weight(r)? label_smoothing"""

def cross_entropy_rows_forward(
    logits: np.ndarray,
    target: np.ndarray,
    weight: np.ndarray | None,
    row_weight: np.ndarray | None,
    label_smoothing: float,
    divisor: int,
    /,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """losses(r) total() saved(r,2) scale() = logits(r,n) target(r,n) weight(n)? row_weight(r)? label_smoothing divisor"""

@overload
def ctc_loss_backward(
    dlog_probs: Destination,
    dy: np.ndarray,
    log_probs: np.ndarray,
    sums: np.ndarray,
    starts: np.ndarray,
    targets: np.ndarray,
    input_lengths: np.ndarray,
    target_lengths: np.ndarray,
    blank: int,
    zero_infinity: int,
    mean: int,
    /,
) -> np.ndarray:
    """dlog_probs(t,n,c)& = dy(n|) log_probs(t,n,c) sums(w) starts(n) targets(*s) input_lengths(n) target_lengths(n) blank zero_infinity mean"""
@overload
def ctc_loss_backward(
    dlog_probs: None,
    dy: np.ndarray,
    log_probs: np.ndarray,
    sums: np.ndarray,
    starts: np.ndarray,
    targets: np.ndarray,
    input_lengths: np.ndarray,
    target_lengths: np.ndarray,
    blank: int,
    zero_infinity: int,
    mean: int,
    /,
) -> None: ...

def ctc_loss_forward(
    log_probs: np.ndarray,
    targets: np.ndarray,
    input_lengths: np.ndarray,
    target_lengths: np.ndarray,
    w: int,
    blank: int,
    zero_infinity: int,
    mean: int,
    /,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """losses(n) total() sums(w) starts(n) bad!input_lengths bad!target_lengths bad!targets = log_probs(t,n,c) targets(*s) input_lengths(n) target_lengths(n) w blank zero_infinity mean"""

@overload
def cumprod_backward(dx: Destination, dy: np.ndarray, x: np.ndarray, y: np.ndarray, /) -> np.ndarray:
    """dx(o,n,i)& = dy(o,n,i) x(o,n,i) y(o,n,i)"""
@overload
def cumprod_backward(dx: None, dy: np.ndarray, x: np.ndarray, y: np.ndarray, /) -> None: ...

def cumprod_forward(x: np.ndarray, /) -> np.ndarray:
    """y(o,n,i) = x(o,n,i)"""

@overload
def cumsum(y: Destination, x: np.ndarray, reverse: int, /) -> np.ndarray:
    """y(o,n,i)& = x(o,n,i) reverse"""
@overload
def cumsum(y: None, x: np.ndarray, reverse: int, /) -> None: ...

def cumsum_of_integers(x: np.ndarray, /) -> np.ndarray:
    """y(o,n,i) = x(o,n,i)"""

def cumulative_extreme(x: np.ndarray, smallest: int, /) -> tuple[np.ndarray, np.ndarray]:
    """y(o,n,i) index(o,n,i) = x(o,n,i) smallest"""

@overload
def deg2rad_backward(dx: Destination, dy: np.ndarray, /) -> np.ndarray:
    """dx(*s)& = dy(*s)"""
@overload
def deg2rad_backward(dx: None, dy: np.ndarray, /) -> None: ...

def deg2rad_forward(x: np.ndarray, /) -> np.ndarray:
    """y(*s) = x(*s)"""

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
def elu_backward(dx: Destination, dy: np.ndarray, x: np.ndarray, alpha: float, /) -> np.ndarray:
    """dx(*s)& = dy(*s) x(*s) alpha"""
@overload
def elu_backward(dx: None, dy: np.ndarray, x: np.ndarray, alpha: float, /) -> None: ...

def elu_forward(x: np.ndarray, alpha: float, /) -> np.ndarray:
    """y(*s) = x(*s) alpha"""

@overload
def embedding_backward(
    dweight: Destination,
    touched: np.ndarray | None,
    count: np.ndarray | None,
    dy: np.ndarray,
    input: np.ndarray,
    padding: int,
    v: int,
    /,
) -> np.ndarray:
    """bad!!input dweight(v,d)& touched(v)? count()? = dy(*i,d) input(*i) padding v"""
@overload
def embedding_backward(
    dweight: None,
    touched: np.ndarray | None,
    count: np.ndarray | None,
    dy: np.ndarray,
    input: np.ndarray,
    padding: int,
    v: int,
    /,
) -> None: ...

def embedding_forward(weight: np.ndarray, input: np.ndarray, /) -> np.ndarray:
    """bad!!input y(*i,d) = weight(v,d) input(*i)"""

@overload
def erf_backward(dx: Destination, dy: np.ndarray, x: np.ndarray, /) -> np.ndarray:
    """dx(*s)& = dy(*s) x(*s)"""
@overload
def erf_backward(dx: None, dy: np.ndarray, x: np.ndarray, /) -> None: ...

def erf_forward(x: np.ndarray, /) -> np.ndarray:
    """y(*s) = x(*s)"""

@overload
def erfc_backward(dx: Destination, dy: np.ndarray, x: np.ndarray, /) -> np.ndarray:
    """dx(*s)& = dy(*s) x(*s)"""
@overload
def erfc_backward(dx: None, dy: np.ndarray, x: np.ndarray, /) -> None: ...

def erfc_forward(x: np.ndarray, /) -> np.ndarray:
    """y(*s) = x(*s)"""

@overload
def erfinv_backward(dx: Destination, dy: np.ndarray, y: np.ndarray, /) -> np.ndarray:
    """dx(*s)& = dy(*s) y(*s)"""
@overload
def erfinv_backward(dx: None, dy: np.ndarray, y: np.ndarray, /) -> None: ...

def erfinv_forward(x: np.ndarray, /) -> np.ndarray:
    """y(*s) = x(*s)"""

@overload
def exp2_backward(dx: Destination, dy: np.ndarray, y: np.ndarray, /) -> np.ndarray:
    """dx(*s)& = dy(*s) y(*s)"""
@overload
def exp2_backward(dx: None, dy: np.ndarray, y: np.ndarray, /) -> None: ...

def exp2_forward(x: np.ndarray, /) -> np.ndarray:
    """y(*s) = x(*s)"""

@overload
def exp_backward(dx: Destination, dy: np.ndarray, y: np.ndarray, /) -> np.ndarray:
    """dx(*s)& = dy(*s) y(*s)"""
@overload
def exp_backward(dx: None, dy: np.ndarray, y: np.ndarray, /) -> None: ...

def exp_forward(x: np.ndarray, /) -> np.ndarray:
    """y(*s) = x(*s)"""

@overload
def expm1_backward(dx: Destination, dy: np.ndarray, y: np.ndarray, /) -> np.ndarray:
    """dx(*s)& = dy(*s) y(*s)"""
@overload
def expm1_backward(dx: None, dy: np.ndarray, y: np.ndarray, /) -> None: ...

def expm1_forward(x: np.ndarray, /) -> np.ndarray:
    """y(*s) = x(*s)"""

@overload
def fill(y: Destination, value: float, /) -> np.ndarray:
    """y(*s)& = value"""
@overload
def fill(y: None, value: float, /) -> None: ...

@overload
def fill_integers(y: Destination, generator: np.ndarray, low: int, high: int, /) -> np.ndarray:
    """y(*s)& = generator(2) low high"""
@overload
def fill_integers(y: None, generator: np.ndarray, low: int, high: int, /) -> None: ...

@overload
def fill_normal(y: Destination, generator: np.ndarray, mean: float, deviation: float, /) -> np.ndarray:
    """y(*s)& = generator(2) mean deviation"""
@overload
def fill_normal(y: None, generator: np.ndarray, mean: float, deviation: float, /) -> None: ...

@overload
def fill_permutation(y: Destination, generator: np.ndarray, /) -> np.ndarray:
    """y(n)& = generator(2)"""
@overload
def fill_permutation(y: None, generator: np.ndarray, /) -> None: ...

@overload
def fill_uniform(y: Destination, generator: np.ndarray, low: float, high: float, /) -> np.ndarray:
    """y(*s)& = generator(2) low high"""
@overload
def fill_uniform(y: None, generator: np.ndarray, low: float, high: float, /) -> None: ...

@overload
def floor_backward(dx: Destination, dy: np.ndarray, /) -> np.ndarray:
    """dx(*s)& = dy(*s)"""
@overload
def floor_backward(dx: None, dy: np.ndarray, /) -> None: ...

def floor_divide_backward(
    da: Into,
    db: Into,
    dy: np.ndarray,
    a: np.ndarray,
    b: np.ndarray,
    /,
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """da(~)& db(~)& = dy(~) a(~) b(~)"""

def floor_divide_forward(a: np.ndarray, b: np.ndarray, /) -> np.ndarray:
    """y(~) = a(~) b(~)"""

def floor_forward(x: np.ndarray, /) -> np.ndarray:
    """y(*s) = x(*s)"""

def fmax_backward(
    da: Into,
    db: Into,
    dy: np.ndarray,
    a: np.ndarray,
    b: np.ndarray,
    /,
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """da(~)& db(~)& = dy(~) a(~) b(~)"""

def fmax_forward(a: np.ndarray, b: np.ndarray, /) -> np.ndarray:
    """y(~) = a(~) b(~)"""

def fmin_backward(
    da: Into,
    db: Into,
    dy: np.ndarray,
    a: np.ndarray,
    b: np.ndarray,
    /,
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """da(~)& db(~)& = dy(~) a(~) b(~)"""

def fmin_forward(a: np.ndarray, b: np.ndarray, /) -> np.ndarray:
    """y(~) = a(~) b(~)"""

def fmod_backward(
    da: Into,
    db: Into,
    dy: np.ndarray,
    a: np.ndarray,
    b: np.ndarray,
    /,
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """da(~)& db(~)& = dy(~) a(~) b(~)"""

def fmod_forward(a: np.ndarray, b: np.ndarray, /) -> np.ndarray:
    """y(~) = a(~) b(~)"""

@overload
def frac_backward(dx: Destination, dy: np.ndarray, /) -> np.ndarray:
    """dx(*s)& = dy(*s)"""
@overload
def frac_backward(dx: None, dy: np.ndarray, /) -> None: ...

def frac_forward(x: np.ndarray, /) -> np.ndarray:
    """y(*s) = x(*s)"""

def gather(x: np.ndarray, ids: np.ndarray, from_end: int, /) -> np.ndarray:
    """bad!!ids y(o,i,r) = x(o,v,r) ids(o,i,r) from_end"""

@overload
def gather_rows(y: Destination, table: np.ndarray, ids: np.ndarray, /) -> np.ndarray:
    """bad!ids y(*i,*r)& = table(v,*r) ids(*i)"""
@overload
def gather_rows(y: None, table: np.ndarray, ids: np.ndarray, /) -> None: ...

def gaussian_nll_loss_backward(
    dinput: Into,
    dtarget: Into,
    dother: Into,
    dy: np.ndarray,
    input: np.ndarray,
    target: np.ndarray,
    other: np.ndarray | None,
    weight: np.ndarray | None,
    p: float,
    q: float,
    scale: float,
    /,
) -> tuple[np.ndarray | None, np.ndarray | None, np.ndarray | None]:
    """dinput(*s)& dtarget(*s)& dother(*s)& = dy(*s|) input(*s) target(*s) other(*s)? weight(*s)? p q scale"""

def gaussian_nll_loss_forward(
    losses: Into,
    total: Into,
    input: np.ndarray,
    target: np.ndarray,
    other: np.ndarray | None,
    weight: np.ndarray | None,
    p: float,
    q: float,
    scale: float,
    /,
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """losses(*s)& total()& = input(*s) target(*s) other(*s)? weight(*s)? p q scale"""

@overload
def gelu_erf_backward(dx: Destination, dy: np.ndarray, x: np.ndarray, /) -> np.ndarray:
    """dx(*s)& = dy(*s) x(*s)"""
@overload
def gelu_erf_backward(dx: None, dy: np.ndarray, x: np.ndarray, /) -> None: ...

def gelu_erf_forward(x: np.ndarray, /) -> np.ndarray:
    """y(*s) = x(*s)"""

@overload
def gelu_tanh_backward(dx: Destination, dy: np.ndarray, x: np.ndarray, /) -> np.ndarray:
    """dx(*s)& = dy(*s) x(*s)"""
@overload
def gelu_tanh_backward(dx: None, dy: np.ndarray, x: np.ndarray, /) -> None: ...

def gelu_tanh_forward(x: np.ndarray, /) -> np.ndarray:
    """y(*s) = x(*s)"""

@overload
def gemm(c: Destination, a: np.ndarray, b: np.ndarray, bias: np.ndarray | None, activation: int, /) -> np.ndarray:
    """c(*b,m,n)& = a(*b,m,k) b(*b,k,n) bias(n)? activation"""
@overload
def gemm(c: None, a: np.ndarray, b: np.ndarray, bias: np.ndarray | None, activation: int, /) -> None: ...

@overload
def gemm_of_known(
    c: Destination,
    a: np.ndarray,
    b: np.ndarray,
    bias: np.ndarray | None,
    count: np.ndarray,
    of_depth: int,
    /,
) -> np.ndarray:
    """c(m,n)& = a(m,k) b(k,n) bias(n)? count(1) of_depth"""
@overload
def gemm_of_known(
    c: None,
    a: np.ndarray,
    b: np.ndarray,
    bias: np.ndarray | None,
    count: np.ndarray,
    of_depth: int,
    /,
) -> None: ...

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

def group_norm_backward(
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
    """dx(o,c,i)& dweight(c)& dbias(c)& = dy(o,c,i) x(o,c,i) weight(c)? mean(o,g) rstd(o,g)"""

def group_norm_forward(
    x: np.ndarray,
    weight: np.ndarray | None,
    bias: np.ndarray | None,
    g: int,
    eps: float,
    /,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """y(o,c,i) mean(o,g) rstd(o,g) = x(o,c,i) weight(c)? bias(c)? g eps"""

def gru_backward(
    dsums: Into,
    dfirst_hidden: Into,
    dinput_bias: Into,
    dbias: Into,
    dhidden: np.ndarray | None,
    dlast_hidden: np.ndarray | None,
    gates: np.ndarray,
    product: np.ndarray,
    hidden: np.ndarray,
    begins: np.ndarray,
    order: np.ndarray,
    first_hidden: np.ndarray | None,
    weight: np.ndarray,
    update_first: int,
    /,
) -> tuple[np.ndarray, np.ndarray | None, np.ndarray | None, np.ndarray | None, np.ndarray | None]:
    """bad!begins bad!order dgates(n,3h) dsums(n,3h)& dfirst_hidden(b,h)& dinput_bias(3h)& dbias(3h)& = dhidden(n,h)? dlast_hidden(b,h)? gates(n,3h) product(n,h) hidden(n,h) begins(e) order(b) first_hidden(b,h)? weight(3h,h) update_first"""

def gru_forward(
    gates: np.ndarray,
    begins: np.ndarray,
    order: np.ndarray,
    first_hidden: np.ndarray | None,
    weight: np.ndarray,
    bias: np.ndarray | None,
    reset_after: int,
    update_first: int,
    /,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """bad!begins bad!order hidden(n,h) product(n,h) last_hidden(b,h) gates(n,3h) = begins(e) order(b) first_hidden(b,h)? weight(3h,h) bias(3h)? reset_after update_first"""

@overload
def hard_sigmoid_backward(dx: Destination, dy: np.ndarray, x: np.ndarray, /) -> np.ndarray:
    """dx(*s)& = dy(*s) x(*s)"""
@overload
def hard_sigmoid_backward(dx: None, dy: np.ndarray, x: np.ndarray, /) -> None: ...

def hard_sigmoid_forward(x: np.ndarray, /) -> np.ndarray:
    """y(*s) = x(*s)"""

@overload
def hard_swish_backward(dx: Destination, dy: np.ndarray, x: np.ndarray, /) -> np.ndarray:
    """dx(*s)& = dy(*s) x(*s)"""
@overload
def hard_swish_backward(dx: None, dy: np.ndarray, x: np.ndarray, /) -> None: ...

def hard_swish_forward(x: np.ndarray, /) -> np.ndarray:
    """y(*s) = x(*s)"""

@overload
def hardshrink_backward(dx: Destination, dy: np.ndarray, x: np.ndarray, bound: float, /) -> np.ndarray:
    """dx(*s)& = dy(*s) x(*s) bound"""
@overload
def hardshrink_backward(dx: None, dy: np.ndarray, x: np.ndarray, bound: float, /) -> None: ...

def hardshrink_forward(x: np.ndarray, bound: float, /) -> np.ndarray:
    """y(*s) = x(*s) bound"""

@overload
def hardtanh_backward(dx: Destination, dy: np.ndarray, x: np.ndarray, low: float, high: float, /) -> np.ndarray:
    """dx(*s)& = dy(*s) x(*s) low high"""
@overload
def hardtanh_backward(dx: None, dy: np.ndarray, x: np.ndarray, low: float, high: float, /) -> None: ...

def hardtanh_forward(x: np.ndarray, low: float, high: float, /) -> np.ndarray:
    """y(*s) = x(*s) low high"""

def heaviside_backward(
    da: Into,
    db: Into,
    dy: np.ndarray,
    a: np.ndarray,
    b: np.ndarray,
    /,
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """da(~)& db(~)& = dy(~) a(~) b(~)"""

def heaviside_forward(a: np.ndarray, b: np.ndarray, /) -> np.ndarray:
    """y(~) = a(~) b(~)"""

def hinge_backward(
    dinput: Into,
    dtarget: Into,
    dy: np.ndarray,
    input: np.ndarray,
    target: np.ndarray,
    weight: np.ndarray | None,
    p: float,
    q: float,
    r: float,
    scale: float,
    /,
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """dinput(*s)& dtarget(*s)& = dy(*s|) input(*s) target(*s) weight(*s)? p q r scale"""

def hinge_embedding_loss_backward(
    dinput: Into,
    dtarget: Into,
    dy: np.ndarray,
    input: np.ndarray,
    target: np.ndarray,
    weight: np.ndarray | None,
    p: float,
    q: float,
    r: float,
    scale: float,
    /,
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """dinput(*s)& dtarget(*s)& = dy(*s|) input(*s) target(*s) weight(*s)? p q r scale"""

def hinge_embedding_loss_forward(
    losses: Into,
    total: Into,
    input: np.ndarray,
    target: np.ndarray,
    weight: np.ndarray | None,
    p: float,
    q: float,
    r: float,
    scale: float,
    /,
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """losses(*s)& total()& = input(*s) target(*s) weight(*s)? p q r scale"""

def hinge_forward(
    losses: Into,
    total: Into,
    input: np.ndarray,
    target: np.ndarray,
    weight: np.ndarray | None,
    p: float,
    q: float,
    r: float,
    scale: float,
    /,
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """losses(*s)& total()& = input(*s) target(*s) weight(*s)? p q r scale"""

def huber_loss_backward(
    dinput: Into,
    dtarget: Into,
    dy: np.ndarray,
    input: np.ndarray,
    target: np.ndarray,
    weight: np.ndarray | None,
    p: float,
    q: float,
    r: float,
    scale: float,
    /,
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """dinput(*s)& dtarget(*s)& = dy(*s|) input(*s) target(*s) weight(*s)? p q r scale"""

def huber_loss_forward(
    losses: Into,
    total: Into,
    input: np.ndarray,
    target: np.ndarray,
    weight: np.ndarray | None,
    p: float,
    q: float,
    r: float,
    scale: float,
    /,
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """losses(*s)& total()& = input(*s) target(*s) weight(*s)? p q r scale"""

def hypot_backward(
    da: Into,
    db: Into,
    dy: np.ndarray,
    a: np.ndarray,
    b: np.ndarray,
    /,
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """da(~)& db(~)& = dy(~) a(~) b(~)"""

def hypot_forward(a: np.ndarray, b: np.ndarray, /) -> np.ndarray:
    """y(~) = a(~) b(~)"""

def index(earlier: np.ndarray, ids: np.ndarray, length: int, /) -> np.ndarray:
    """bad!!ids flat(~) = earlier(~) ids(~) length"""

def integers(a: np.ndarray, b: np.ndarray, operation: int, /) -> np.ndarray:
    """y(~) = a(~) b(~) operation"""

def kl_div_backward(
    dinput: Into,
    dtarget: Into,
    dy: np.ndarray,
    input: np.ndarray,
    target: np.ndarray,
    weight: np.ndarray | None,
    p: float,
    q: float,
    r: float,
    scale: float,
    /,
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """dinput(*s)& dtarget(*s)& = dy(*s|) input(*s) target(*s) weight(*s)? p q r scale"""

def kl_div_forward(
    losses: Into,
    total: Into,
    input: np.ndarray,
    target: np.ndarray,
    weight: np.ndarray | None,
    p: float,
    q: float,
    r: float,
    scale: float,
    /,
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """losses(*s)& total()& = input(*s) target(*s) weight(*s)? p q r scale"""

def kl_divergence_backward(
    dinput: Into,
    dtarget: Into,
    dy: np.ndarray,
    input: np.ndarray,
    target: np.ndarray,
    weight: np.ndarray | None,
    p: float,
    q: float,
    r: float,
    scale: float,
    /,
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """dinput(*s)& dtarget(*s)& = dy(*s|) input(*s) target(*s) weight(*s)? p q r scale"""

def kl_divergence_forward(
    losses: Into,
    total: Into,
    input: np.ndarray,
    target: np.ndarray,
    weight: np.ndarray | None,
    p: float,
    q: float,
    r: float,
    scale: float,
    /,
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """losses(*s)& total()& = input(*s) target(*s) weight(*s)? p q r scale"""

def kth_value(x: np.ndarray, k: int, nan_first: int, /) -> tuple[np.ndarray, np.ndarray]:
    """values(o) index(o) = x(o,n) k nan_first"""

def l1_loss_backward(
    dinput: Into,
    dtarget: Into,
    dy: np.ndarray,
    input: np.ndarray,
    target: np.ndarray,
    weight: np.ndarray | None,
    p: float,
    q: float,
    r: float,
    scale: float,
    /,
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """dinput(*s)& dtarget(*s)& = dy(*s|) input(*s) target(*s) weight(*s)? p q r scale"""

def l1_loss_forward(
    losses: Into,
    total: Into,
    input: np.ndarray,
    target: np.ndarray,
    weight: np.ndarray | None,
    p: float,
    q: float,
    r: float,
    scale: float,
    /,
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """losses(*s)& total()& = input(*s) target(*s) weight(*s)? p q r scale"""

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
def leaky_relu_backward(dx: Destination, dy: np.ndarray, x: np.ndarray, slope: float, /) -> np.ndarray:
    """dx(*s)& = dy(*s) x(*s) slope"""
@overload
def leaky_relu_backward(dx: None, dy: np.ndarray, x: np.ndarray, slope: float, /) -> None: ...

def leaky_relu_forward(x: np.ndarray, slope: float, /) -> np.ndarray:
    """y(*s) = x(*s) slope"""

def lion(
    parameter: Arrays,
    average: Arrays,
    step: Arrays,
    gradient: Arrays,
    hyper: np.ndarray,
    maximize: int,
    /,
) -> None:
    """parameter[k] average[k] step[k] = gradient[k] hyper(4) maximize"""

@overload
def log10_backward(dx: Destination, dy: np.ndarray, x: np.ndarray, /) -> np.ndarray:
    """dx(*s)& = dy(*s) x(*s)"""
@overload
def log10_backward(dx: None, dy: np.ndarray, x: np.ndarray, /) -> None: ...

def log10_forward(x: np.ndarray, /) -> np.ndarray:
    """y(*s) = x(*s)"""

@overload
def log1p_backward(dx: Destination, dy: np.ndarray, x: np.ndarray, /) -> np.ndarray:
    """dx(*s)& = dy(*s) x(*s)"""
@overload
def log1p_backward(dx: None, dy: np.ndarray, x: np.ndarray, /) -> None: ...

def log1p_forward(x: np.ndarray, /) -> np.ndarray:
    """y(*s) = x(*s)"""

@overload
def log2_backward(dx: Destination, dy: np.ndarray, x: np.ndarray, /) -> np.ndarray:
    """dx(*s)& = dy(*s) x(*s)"""
@overload
def log2_backward(dx: None, dy: np.ndarray, x: np.ndarray, /) -> None: ...

def log2_forward(x: np.ndarray, /) -> np.ndarray:
    """y(*s) = x(*s)"""

@overload
def log_backward(dx: Destination, dy: np.ndarray, x: np.ndarray, /) -> np.ndarray:
    """dx(*s)& = dy(*s) x(*s)"""
@overload
def log_backward(dx: None, dy: np.ndarray, x: np.ndarray, /) -> None: ...

def log_cosh_backward(
    dinput: Into,
    dtarget: Into,
    dy: np.ndarray,
    input: np.ndarray,
    target: np.ndarray,
    weight: np.ndarray | None,
    p: float,
    q: float,
    r: float,
    scale: float,
    /,
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """dinput(*s)& dtarget(*s)& = dy(*s|) input(*s) target(*s) weight(*s)? p q r scale"""

def log_cosh_forward(
    losses: Into,
    total: Into,
    input: np.ndarray,
    target: np.ndarray,
    weight: np.ndarray | None,
    p: float,
    q: float,
    r: float,
    scale: float,
    /,
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """losses(*s)& total()& = input(*s) target(*s) weight(*s)? p q r scale"""

def log_forward(x: np.ndarray, /) -> np.ndarray:
    """y(*s) = x(*s)"""

@overload
def log_sigmoid_backward(dx: Destination, dy: np.ndarray, x: np.ndarray, /) -> np.ndarray:
    """dx(*s)& = dy(*s) x(*s)"""
@overload
def log_sigmoid_backward(dx: None, dy: np.ndarray, x: np.ndarray, /) -> None: ...

def log_sigmoid_forward(x: np.ndarray, /) -> np.ndarray:
    """y(*s) = x(*s)"""

@overload
def log_softmax_backward(dx: Destination, dy: np.ndarray, y: np.ndarray, /) -> np.ndarray:
    """dx(*r,n)& = dy(*r,n) y(*r,n)"""
@overload
def log_softmax_backward(dx: None, dy: np.ndarray, y: np.ndarray, /) -> None: ...

def log_softmax_forward(x: np.ndarray, /) -> np.ndarray:
    """y(*r,n) = x(*r,n)"""

def logaddexp2_backward(
    da: Into,
    db: Into,
    dy: np.ndarray,
    a: np.ndarray,
    b: np.ndarray,
    /,
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """da(~)& db(~)& = dy(~) a(~) b(~)"""

def logaddexp2_forward(a: np.ndarray, b: np.ndarray, /) -> np.ndarray:
    """y(~) = a(~) b(~)"""

def logaddexp_backward(
    da: Into,
    db: Into,
    dy: np.ndarray,
    a: np.ndarray,
    b: np.ndarray,
    /,
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """da(~)& db(~)& = dy(~) a(~) b(~)"""

def logaddexp_forward(a: np.ndarray, b: np.ndarray, /) -> np.ndarray:
    """y(~) = a(~) b(~)"""

@overload
def logsumexp_backward(dx: Destination, dy: np.ndarray, x: np.ndarray, y: np.ndarray, /) -> np.ndarray:
    """dx(o,n,i)& = dy(o,i) x(o,n,i) y(o,i)"""
@overload
def logsumexp_backward(dx: None, dy: np.ndarray, x: np.ndarray, y: np.ndarray, /) -> None: ...

def logsumexp_forward(x: np.ndarray, /) -> np.ndarray:
    """y(o,i) = x(o,n,i)"""

def lstm_backward(
    dfirst_hidden: Into,
    dfirst_cell: Into,
    dbias: Into,
    dhidden: np.ndarray | None,
    dlast_hidden: np.ndarray | None,
    dlast_cell: np.ndarray | None,
    gates: np.ndarray,
    cells: np.ndarray,
    begins: np.ndarray,
    order: np.ndarray,
    first_cell: np.ndarray | None,
    weight: np.ndarray,
    /,
) -> tuple[np.ndarray, np.ndarray | None, np.ndarray | None, np.ndarray | None]:
    """bad!begins bad!order dgates(n,4h) dfirst_hidden(b,h)& dfirst_cell(b,h)& dbias(4h)& = dhidden(n,h)? dlast_hidden(b,h)? dlast_cell(b,h)? gates(n,4h) cells(n,h) begins(e) order(b) first_cell(b,h)? weight(4h,h)"""

def lstm_forward(
    gates: np.ndarray,
    begins: np.ndarray,
    order: np.ndarray,
    first_hidden: np.ndarray | None,
    first_cell: np.ndarray | None,
    weight: np.ndarray,
    bias: np.ndarray | None,
    /,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """bad!begins bad!order hidden(n,h) cells(n,h) last_hidden(b,h) last_cell(b,h) gates(n,4h) = begins(e) order(b) first_hidden(b,h)? first_cell(b,h)? weight(4h,h) bias(4h)?"""

def margin_ranking_loss_backward(
    dinput: Into,
    dtarget: Into,
    dother: Into,
    dy: np.ndarray,
    input: np.ndarray,
    target: np.ndarray,
    other: np.ndarray | None,
    weight: np.ndarray | None,
    p: float,
    q: float,
    scale: float,
    /,
) -> tuple[np.ndarray | None, np.ndarray | None, np.ndarray | None]:
    """dinput(*s)& dtarget(*s)& dother(*s)& = dy(*s|) input(*s) target(*s) other(*s)? weight(*s)? p q scale"""

def margin_ranking_loss_forward(
    losses: Into,
    total: Into,
    input: np.ndarray,
    target: np.ndarray,
    other: np.ndarray | None,
    weight: np.ndarray | None,
    p: float,
    q: float,
    scale: float,
    /,
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """losses(*s)& total()& = input(*s) target(*s) other(*s)? weight(*s)? p q scale"""

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

def mean_absolute_percentage_error_backward(
    dinput: Into,
    dtarget: Into,
    dy: np.ndarray,
    input: np.ndarray,
    target: np.ndarray,
    weight: np.ndarray | None,
    p: float,
    q: float,
    r: float,
    scale: float,
    /,
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """dinput(*s)& dtarget(*s)& = dy(*s|) input(*s) target(*s) weight(*s)? p q r scale"""

def mean_absolute_percentage_error_forward(
    losses: Into,
    total: Into,
    input: np.ndarray,
    target: np.ndarray,
    weight: np.ndarray | None,
    p: float,
    q: float,
    r: float,
    scale: float,
    /,
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """losses(*s)& total()& = input(*s) target(*s) weight(*s)? p q r scale"""

def mean_squared_logarithmic_error_backward(
    dinput: Into,
    dtarget: Into,
    dy: np.ndarray,
    input: np.ndarray,
    target: np.ndarray,
    weight: np.ndarray | None,
    p: float,
    q: float,
    r: float,
    scale: float,
    /,
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """dinput(*s)& dtarget(*s)& = dy(*s|) input(*s) target(*s) weight(*s)? p q r scale"""

def mean_squared_logarithmic_error_forward(
    losses: Into,
    total: Into,
    input: np.ndarray,
    target: np.ndarray,
    weight: np.ndarray | None,
    p: float,
    q: float,
    r: float,
    scale: float,
    /,
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """losses(*s)& total()& = input(*s) target(*s) weight(*s)? p q r scale"""

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

@overload
def mish_backward(dx: Destination, dy: np.ndarray, x: np.ndarray, /) -> np.ndarray:
    """dx(*s)& = dy(*s) x(*s)"""
@overload
def mish_backward(dx: None, dy: np.ndarray, x: np.ndarray, /) -> None: ...

def mish_forward(x: np.ndarray, /) -> np.ndarray:
    """y(*s) = x(*s)"""

def mse_loss_backward(
    dinput: Into,
    dtarget: Into,
    dy: np.ndarray,
    input: np.ndarray,
    target: np.ndarray,
    weight: np.ndarray | None,
    p: float,
    q: float,
    r: float,
    scale: float,
    /,
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """dinput(*s)& dtarget(*s)& = dy(*s|) input(*s) target(*s) weight(*s)? p q r scale"""

def mse_loss_forward(
    losses: Into,
    total: Into,
    input: np.ndarray,
    target: np.ndarray,
    weight: np.ndarray | None,
    p: float,
    q: float,
    r: float,
    scale: float,
    /,
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """losses(*s)& total()& = input(*s) target(*s) weight(*s)? p q r scale"""

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
def multi_margin_loss_backward(
    dinput: Destination,
    dy: np.ndarray,
    input: np.ndarray,
    target: np.ndarray,
    weight: np.ndarray | None,
    p: int,
    margin: float,
    scale: float,
    /,
) -> np.ndarray:
    """dinput(r,n)& = dy(r|) input(r,n) target(r) weight(n)? p margin scale"""
@overload
def multi_margin_loss_backward(
    dinput: None,
    dy: np.ndarray,
    input: np.ndarray,
    target: np.ndarray,
    weight: np.ndarray | None,
    p: int,
    margin: float,
    scale: float,
    /,
) -> None: ...

def multi_margin_loss_forward(
    input: np.ndarray,
    target: np.ndarray,
    weight: np.ndarray | None,
    p: int,
    margin: float,
    scale: float,
    /,
) -> tuple[np.ndarray, np.ndarray]:
    """losses(r) total() bad!target = input(r,n) target(r) weight(n)? p margin scale"""

@overload
def multinomial(y: Destination, generator: np.ndarray, weights: np.ndarray, replacement: int, /) -> np.ndarray:
    """y(r,k)& = generator(2) weights(r,n) replacement"""
@overload
def multinomial(y: None, generator: np.ndarray, weights: np.ndarray, replacement: int, /) -> None: ...

def nadam(
    parameter: Arrays,
    average: Arrays,
    square: Arrays,
    step: Arrays,
    mu_product: Arrays,
    gradient: Arrays,
    hyper: np.ndarray,
    decoupled: int,
    maximize: int,
    /,
) -> None:
    """parameter[k] average[k] square[k] step[k] mu_product[k] = gradient[k] hyper(6) decoupled maximize"""

@overload
def neg_backward(dx: Destination, dy: np.ndarray, /) -> np.ndarray:
    """dx(*s)& = dy(*s)"""
@overload
def neg_backward(dx: None, dy: np.ndarray, /) -> None: ...

def neg_forward(x: np.ndarray, /) -> np.ndarray:
    """y(*s) = x(*s)"""

@overload
def nll_loss_backward(
    dinput: Destination,
    dy: np.ndarray,
    scale: np.ndarray,
    target: np.ndarray,
    weight: np.ndarray | None,
    n: int,
    ignore_index: int,
    /,
) -> np.ndarray:
    """dinput(o,n,i)& = dy(o,i|) scale() target(o,i) weight(n)? n ignore_index"""
@overload
def nll_loss_backward(
    dinput: None,
    dy: np.ndarray,
    scale: np.ndarray,
    target: np.ndarray,
    weight: np.ndarray | None,
    n: int,
    ignore_index: int,
    /,
) -> None: ...

def nll_loss_forward(
    input: np.ndarray,
    target: np.ndarray,
    weight: np.ndarray | None,
    ignore_index: int,
    divisor: int,
    /,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """losses(o,i) total() scale() bad!target = input(o,n,i) target(o,i) weight(n)? ignore_index divisor"""

@overload
def norm_backward(dx: Destination, dy: np.ndarray, x: np.ndarray, y: np.ndarray, p: float, /) -> np.ndarray:
    """dx(o,n,i)& = dy(o,i) x(o,n,i) y(o,i) p"""
@overload
def norm_backward(dx: None, dy: np.ndarray, x: np.ndarray, y: np.ndarray, p: float, /) -> None: ...

def norm_forward(x: np.ndarray, p: float, /) -> np.ndarray:
    """y(o,i) = x(o,n,i) p"""

def norm_of_norms(norms: np.ndarray, order: float, /) -> np.ndarray:
    """total() = norms(k) order"""

@overload
def norms(norms: Destination, arrays: Arrays, order: float, /) -> np.ndarray:
    """norms(k)& = arrays[k] order"""
@overload
def norms(norms: None, arrays: Arrays, order: float, /) -> None: ...

def one_hot(tensor: np.ndarray, n: int, /) -> np.ndarray:
    """bad!tensor y(*i,n) = tensor(*i) n"""

def pack_rows(x: np.ndarray, tokens: np.ndarray, count: np.ndarray, places: np.ndarray | None, /) -> np.ndarray:
    """bad!tokens bad!places packed(n,f) = x(n,f) tokens(n) count(1) places(n)?"""

def pairwise_distance_backward(
    da: Into,
    db: Into,
    dy: np.ndarray,
    a: np.ndarray,
    b: np.ndarray,
    y: np.ndarray,
    p: float,
    eps: float,
    /,
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """da(r,n)& db(r,n)& = dy(r) a(r,n) b(r,n) y(r) p eps"""

def pairwise_distance_forward(a: np.ndarray, b: np.ndarray, p: float, eps: float, /) -> np.ndarray:
    """y(r) = a(r,n) b(r,n) p eps"""

def poisson_nll_loss_backward(
    dinput: Into,
    dtarget: Into,
    dy: np.ndarray,
    input: np.ndarray,
    target: np.ndarray,
    weight: np.ndarray | None,
    p: float,
    q: float,
    r: float,
    scale: float,
    /,
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """dinput(*s)& dtarget(*s)& = dy(*s|) input(*s) target(*s) weight(*s)? p q r scale"""

def poisson_nll_loss_forward(
    losses: Into,
    total: Into,
    input: np.ndarray,
    target: np.ndarray,
    weight: np.ndarray | None,
    p: float,
    q: float,
    r: float,
    scale: float,
    /,
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """losses(*s)& total()& = input(*s) target(*s) weight(*s)? p q r scale"""

def pow_backward(
    da: Into,
    db: Into,
    dy: np.ndarray,
    a: np.ndarray,
    b: np.ndarray,
    /,
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """da(~)& db(~)& = dy(~) a(~) b(~)"""

def pow_forward(a: np.ndarray, b: np.ndarray, /) -> np.ndarray:
    """y(~) = a(~) b(~)"""

def prelu_backward(
    da: Into,
    db: Into,
    dy: np.ndarray,
    a: np.ndarray,
    b: np.ndarray,
    /,
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """da(~)& db(~)& = dy(~) a(~) b(~)"""

def prelu_forward(a: np.ndarray, b: np.ndarray, /) -> np.ndarray:
    """y(~) = a(~) b(~)"""

@overload
def prod_backward(dx: Destination, dy: np.ndarray, x: np.ndarray, /) -> np.ndarray:
    """dx(o,n,i)& = dy(o,i) x(o,n,i)"""
@overload
def prod_backward(dx: None, dy: np.ndarray, x: np.ndarray, /) -> None: ...

def prod_forward(x: np.ndarray, /) -> np.ndarray:
    """y(o,i) = x(o,n,i)"""

@overload
def put_back(dx: Destination, dy: np.ndarray, index: np.ndarray, n: int, /) -> np.ndarray:
    """dx(o,n,i)& = dy(o,k,i) index(o,k,i) n"""
@overload
def put_back(dx: None, dy: np.ndarray, index: np.ndarray, n: int, /) -> None: ...

@overload
def rad2deg_backward(dx: Destination, dy: np.ndarray, /) -> np.ndarray:
    """dx(*s)& = dy(*s)"""
@overload
def rad2deg_backward(dx: None, dy: np.ndarray, /) -> None: ...

def rad2deg_forward(x: np.ndarray, /) -> np.ndarray:
    """y(*s) = x(*s)"""

def radam(
    parameter: Arrays,
    average: Arrays,
    square: Arrays,
    step: Arrays,
    gradient: Arrays,
    hyper: np.ndarray,
    decoupled: int,
    maximize: int,
    /,
) -> None:
    """parameter[k] average[k] square[k] step[k] = gradient[k] hyper(5) decoupled maximize"""

@overload
def reciprocal_backward(dx: Destination, dy: np.ndarray, y: np.ndarray, /) -> np.ndarray:
    """dx(*s)& = dy(*s) y(*s)"""
@overload
def reciprocal_backward(dx: None, dy: np.ndarray, y: np.ndarray, /) -> None: ...

def reciprocal_forward(x: np.ndarray, /) -> np.ndarray:
    """y(*s) = x(*s)"""

def reduce_count(x: np.ndarray, /) -> np.ndarray:
    """y(o,i) = x(o,n,i)"""

def reduce_extreme(x: np.ndarray, smallest: int, /) -> np.ndarray:
    """y(o,i) = x(o,n,i) smallest"""

def reduce_max(x: np.ndarray, /) -> tuple[np.ndarray, np.ndarray]:
    """y(o,i) index(o,i) = x(o,n,i)"""

def reduce_min(x: np.ndarray, /) -> tuple[np.ndarray, np.ndarray]:
    """y(o,i) index(o,i) = x(o,n,i)"""

@overload
def reduce_sum(y: Destination, x: np.ndarray, scale: float, /) -> np.ndarray:
    """y(o,i)& = x(o,n,i) scale"""
@overload
def reduce_sum(y: None, x: np.ndarray, scale: float, /) -> None: ...

def reduce_sum_of_integers(x: np.ndarray, /) -> np.ndarray:
    """y(o,i) = x(o,n,i)"""

def reduce_truth(x: np.ndarray, all: int, /) -> np.ndarray:
    """y(o,i) = x(o,n,i) all"""

@overload
def relu_backward(dx: Destination, dy: np.ndarray, y: np.ndarray, /) -> np.ndarray:
    """dx(*s)& = dy(*s) y(*s)"""
@overload
def relu_backward(dx: None, dy: np.ndarray, y: np.ndarray, /) -> None: ...

def relu_forward(x: np.ndarray, /) -> np.ndarray:
    """y(*s) = x(*s)"""

def remainder_backward(
    da: Into,
    db: Into,
    dy: np.ndarray,
    a: np.ndarray,
    b: np.ndarray,
    /,
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """da(~)& db(~)& = dy(~) a(~) b(~)"""

def remainder_forward(a: np.ndarray, b: np.ndarray, /) -> np.ndarray:
    """y(~) = a(~) b(~)"""

def rms_norm_backward(
    dx: Into,
    dweight: Into,
    dy: np.ndarray,
    x: np.ndarray,
    weight: np.ndarray | None,
    rstd: np.ndarray,
    /,
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """dx(*r,n)& dweight(n)& = dy(*r,n) x(*r,n) weight(n)? rstd(*r)"""

def rms_norm_forward(x: np.ndarray, weight: np.ndarray | None, eps: float, /) -> tuple[np.ndarray, np.ndarray]:
    """y(*r,n) rstd(*r) = x(*r,n) weight(n)? eps"""

def rmsprop(
    parameter: Arrays,
    square: Arrays,
    mean: Arrays,
    velocity: Arrays,
    step: Arrays,
    gradient: Arrays,
    hyper: np.ndarray,
    maximize: int,
    keras: int,
    /,
) -> None:
    """parameter[k] square[k] mean[k]? velocity[k]? step[k] = gradient[k] hyper(5) maximize keras"""

def rnn_backward(
    dfirst_hidden: Into,
    dbias: Into,
    dhidden: np.ndarray | None,
    dlast_hidden: np.ndarray | None,
    hidden: np.ndarray,
    begins: np.ndarray,
    order: np.ndarray,
    weight: np.ndarray,
    relu: int,
    /,
) -> tuple[np.ndarray, np.ndarray | None, np.ndarray | None]:
    """bad!begins bad!order dsums(n,h) dfirst_hidden(b,h)& dbias(h)& = dhidden(n,h)? dlast_hidden(b,h)? hidden(n,h) begins(e) order(b) weight(h,h) relu"""

def rnn_forward(
    hidden: np.ndarray,
    begins: np.ndarray,
    order: np.ndarray,
    first_hidden: np.ndarray | None,
    weight: np.ndarray,
    bias: np.ndarray | None,
    relu: int,
    /,
) -> np.ndarray:
    """bad!begins bad!order last_hidden(b,h) hidden(n,h) = begins(e) order(b) first_hidden(b,h)? weight(h,h) bias(h)? relu"""

@overload
def round_backward(dx: Destination, dy: np.ndarray, /) -> np.ndarray:
    """dx(*s)& = dy(*s)"""
@overload
def round_backward(dx: None, dy: np.ndarray, /) -> None: ...

def round_forward(x: np.ndarray, /) -> np.ndarray:
    """y(*s) = x(*s)"""

def rprop(
    parameter: Arrays,
    previous: Arrays,
    size: Arrays,
    step: Arrays,
    gradient: Arrays,
    hyper: np.ndarray,
    maximize: int,
    /,
) -> None:
    """parameter[k] previous[k] size[k] step[k] = gradient[k] hyper(5) maximize"""

@overload
def rsqrt_backward(dx: Destination, dy: np.ndarray, y: np.ndarray, /) -> np.ndarray:
    """dx(*s)& = dy(*s) y(*s)"""
@overload
def rsqrt_backward(dx: None, dy: np.ndarray, y: np.ndarray, /) -> None: ...

def rsqrt_forward(x: np.ndarray, /) -> np.ndarray:
    """y(*s) = x(*s)"""

def running_average(average: Arrays, count: np.ndarray, value: Arrays, decay: np.ndarray, /) -> None:
    """average[k] count() = value[k] decay()"""

def scale(arrays: Arrays, factor: np.ndarray, /) -> None:
    """arrays[] = factor()"""

def scatter(x: np.ndarray, values: np.ndarray, ids: np.ndarray, from_end: int, /) -> None:
    """bad!!ids x(o,v,r) = values(o,i,r) ids(o,i,r) from_end"""

@overload
def scatter_add(dx: Destination, dy: np.ndarray, ids: np.ndarray, from_end: int, v: int, /) -> np.ndarray:
    """bad!!ids dx(o,v,r)& = dy(o,i,r) ids(o,i,r) from_end v"""
@overload
def scatter_add(dx: None, dy: np.ndarray, ids: np.ndarray, from_end: int, v: int, /) -> None: ...

@overload
def scatter_add_rows(dtable: Destination, dy: np.ndarray, ids: np.ndarray, v: int, /) -> np.ndarray:
    """bad!ids dtable(v,*r)& = dy(*i,*r) ids(*i) v"""
@overload
def scatter_add_rows(dtable: None, dy: np.ndarray, ids: np.ndarray, v: int, /) -> None: ...

def scatter_extreme(y: np.ndarray, x: np.ndarray, ids: np.ndarray, smallest: int, /) -> None:
    """bad!!ids y(o,v,r) = x(o,i,r) ids(o,i,r) smallest"""

def searchsorted(sequence: np.ndarray, values: np.ndarray, right: int, /) -> np.ndarray:
    """index(r,m) = sequence(r,n) values(r,m) right"""

@overload
def selu_backward(dx: Destination, dy: np.ndarray, x: np.ndarray, /) -> np.ndarray:
    """dx(*s)& = dy(*s) x(*s)"""
@overload
def selu_backward(dx: None, dy: np.ndarray, x: np.ndarray, /) -> None: ...

def selu_forward(x: np.ndarray, /) -> np.ndarray:
    """y(*s) = x(*s)"""

def sequence_tokens(
    mask: np.ndarray | None,
    b: int,
    t: int,
    e: int,
    time_major: int,
    reverse: int,
    /,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """tokens(b,t) places(b,t) begins(e) order(b) = mask(b,t)? b t e time_major reverse"""

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
def share_among_equals(dx: Destination, dy: np.ndarray, x: np.ndarray, y: np.ndarray, /) -> np.ndarray:
    """dx(o,n,i)& = dy(o,i) x(o,n,i) y(o,i)"""
@overload
def share_among_equals(dx: None, dy: np.ndarray, x: np.ndarray, y: np.ndarray, /) -> None: ...

@overload
def sigmoid_backward(dx: Destination, dy: np.ndarray, y: np.ndarray, /) -> np.ndarray:
    """dx(*s)& = dy(*s) y(*s)"""
@overload
def sigmoid_backward(dx: None, dy: np.ndarray, y: np.ndarray, /) -> None: ...

def sigmoid_forward(x: np.ndarray, /) -> np.ndarray:
    """y(*s) = x(*s)"""

@overload
def sign_backward(dx: Destination, dy: np.ndarray, /) -> np.ndarray:
    """dx(*s)& = dy(*s)"""
@overload
def sign_backward(dx: None, dy: np.ndarray, /) -> None: ...

def sign_forward(x: np.ndarray, /) -> np.ndarray:
    """y(*s) = x(*s)"""

@overload
def silu_backward(dx: Destination, dy: np.ndarray, x: np.ndarray, /) -> np.ndarray:
    """dx(*s)& = dy(*s) x(*s)"""
@overload
def silu_backward(dx: None, dy: np.ndarray, x: np.ndarray, /) -> None: ...

def silu_forward(x: np.ndarray, /) -> np.ndarray:
    """y(*s) = x(*s)"""

@overload
def sin_backward(dx: Destination, dy: np.ndarray, x: np.ndarray, /) -> np.ndarray:
    """dx(*s)& = dy(*s) x(*s)"""
@overload
def sin_backward(dx: None, dy: np.ndarray, x: np.ndarray, /) -> None: ...

def sin_forward(x: np.ndarray, /) -> np.ndarray:
    """y(*s) = x(*s)"""

@overload
def sinc_backward(dx: Destination, dy: np.ndarray, x: np.ndarray, /) -> np.ndarray:
    """dx(*s)& = dy(*s) x(*s)"""
@overload
def sinc_backward(dx: None, dy: np.ndarray, x: np.ndarray, /) -> None: ...

def sinc_forward(x: np.ndarray, /) -> np.ndarray:
    """y(*s) = x(*s)"""

@overload
def sinh_backward(dx: Destination, dy: np.ndarray, x: np.ndarray, /) -> np.ndarray:
    """dx(*s)& = dy(*s) x(*s)"""
@overload
def sinh_backward(dx: None, dy: np.ndarray, x: np.ndarray, /) -> None: ...

def sinh_forward(x: np.ndarray, /) -> np.ndarray:
    """y(*s) = x(*s)"""

def smooth_l1_loss_backward(
    dinput: Into,
    dtarget: Into,
    dy: np.ndarray,
    input: np.ndarray,
    target: np.ndarray,
    weight: np.ndarray | None,
    p: float,
    q: float,
    r: float,
    scale: float,
    /,
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """dinput(*s)& dtarget(*s)& = dy(*s|) input(*s) target(*s) weight(*s)? p q r scale"""

def smooth_l1_loss_forward(
    losses: Into,
    total: Into,
    input: np.ndarray,
    target: np.ndarray,
    weight: np.ndarray | None,
    p: float,
    q: float,
    r: float,
    scale: float,
    /,
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """losses(*s)& total()& = input(*s) target(*s) weight(*s)? p q r scale"""

def soft_margin_loss_backward(
    dinput: Into,
    dtarget: Into,
    dy: np.ndarray,
    input: np.ndarray,
    target: np.ndarray,
    weight: np.ndarray | None,
    p: float,
    q: float,
    r: float,
    scale: float,
    /,
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """dinput(*s)& dtarget(*s)& = dy(*s|) input(*s) target(*s) weight(*s)? p q r scale"""

def soft_margin_loss_forward(
    losses: Into,
    total: Into,
    input: np.ndarray,
    target: np.ndarray,
    weight: np.ndarray | None,
    p: float,
    q: float,
    r: float,
    scale: float,
    /,
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """losses(*s)& total()& = input(*s) target(*s) weight(*s)? p q r scale"""

@overload
def softmax_backward(dx: Destination, dy: np.ndarray, y: np.ndarray, /) -> np.ndarray:
    """dx(*r,n)& = dy(*r,n) y(*r,n)"""
@overload
def softmax_backward(dx: None, dy: np.ndarray, y: np.ndarray, /) -> None: ...

def softmax_forward(x: np.ndarray, /) -> np.ndarray:
    """y(*r,n) = x(*r,n)"""

@overload
def softplus_backward(dx: Destination, dy: np.ndarray, x: np.ndarray, beta: float, bound: float, /) -> np.ndarray:
    """dx(*s)& = dy(*s) x(*s) beta bound"""
@overload
def softplus_backward(dx: None, dy: np.ndarray, x: np.ndarray, beta: float, bound: float, /) -> None: ...

def softplus_forward(x: np.ndarray, beta: float, bound: float, /) -> np.ndarray:
    """y(*s) = x(*s) beta bound"""

@overload
def softshrink_backward(dx: Destination, dy: np.ndarray, x: np.ndarray, bound: float, /) -> np.ndarray:
    """dx(*s)& = dy(*s) x(*s) bound"""
@overload
def softshrink_backward(dx: None, dy: np.ndarray, x: np.ndarray, bound: float, /) -> None: ...

def softshrink_forward(x: np.ndarray, bound: float, /) -> np.ndarray:
    """y(*s) = x(*s) bound"""

@overload
def softsign_backward(dx: Destination, dy: np.ndarray, x: np.ndarray, /) -> np.ndarray:
    """dx(*s)& = dy(*s) x(*s)"""
@overload
def softsign_backward(dx: None, dy: np.ndarray, x: np.ndarray, /) -> None: ...

def softsign_forward(x: np.ndarray, /) -> np.ndarray:
    """y(*s) = x(*s)"""

def sort(x: np.ndarray, k: int, descending: int, /) -> tuple[np.ndarray, np.ndarray]:
    """values(o,k) index(o,k) = x(o,n) k descending"""

def sparse_adam(
    parameter: np.ndarray,
    average: np.ndarray,
    square: np.ndarray,
    step: np.ndarray,
    gradient: np.ndarray,
    touched: np.ndarray | None,
    count: np.ndarray | None,
    hyper: np.ndarray,
    maximize: int,
    /,
) -> None:
    """parameter(v,d) average(v,d) square(v,d) step() = gradient(v,d) touched(v)? count()? hyper(4) maximize"""

@overload
def spread(dx: Destination, dy: np.ndarray, n: int, scale: float, /) -> np.ndarray:
    """dx(o,n,i)& = dy(o,i) n scale"""
@overload
def spread(dx: None, dy: np.ndarray, n: int, scale: float, /) -> None: ...

@overload
def sqrt_backward(dx: Destination, dy: np.ndarray, y: np.ndarray, /) -> np.ndarray:
    """dx(*s)& = dy(*s) y(*s)"""
@overload
def sqrt_backward(dx: None, dy: np.ndarray, y: np.ndarray, /) -> None: ...

def sqrt_forward(x: np.ndarray, /) -> np.ndarray:
    """y(*s) = x(*s)"""

@overload
def square_backward(dx: Destination, dy: np.ndarray, x: np.ndarray, /) -> np.ndarray:
    """dx(*s)& = dy(*s) x(*s)"""
@overload
def square_backward(dx: None, dy: np.ndarray, x: np.ndarray, /) -> None: ...

def square_forward(x: np.ndarray, /) -> np.ndarray:
    """y(*s) = x(*s)"""

def squared_hinge_backward(
    dinput: Into,
    dtarget: Into,
    dy: np.ndarray,
    input: np.ndarray,
    target: np.ndarray,
    weight: np.ndarray | None,
    p: float,
    q: float,
    r: float,
    scale: float,
    /,
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """dinput(*s)& dtarget(*s)& = dy(*s|) input(*s) target(*s) weight(*s)? p q r scale"""

def squared_hinge_forward(
    losses: Into,
    total: Into,
    input: np.ndarray,
    target: np.ndarray,
    weight: np.ndarray | None,
    p: float,
    q: float,
    r: float,
    scale: float,
    /,
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """losses(*s)& total()& = input(*s) target(*s) weight(*s)? p q r scale"""

def states_before(
    states: np.ndarray,
    begins: np.ndarray,
    order: np.ndarray,
    first: np.ndarray | None,
    /,
) -> np.ndarray:
    """bad!begins bad!order before(n,h) = states(n,h) begins(e) order(b) first(b,h)?"""

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
def tan_backward(dx: Destination, dy: np.ndarray, y: np.ndarray, /) -> np.ndarray:
    """dx(*s)& = dy(*s) y(*s)"""
@overload
def tan_backward(dx: None, dy: np.ndarray, y: np.ndarray, /) -> None: ...

def tan_forward(x: np.ndarray, /) -> np.ndarray:
    """y(*s) = x(*s)"""

@overload
def tanh_backward(dx: Destination, dy: np.ndarray, y: np.ndarray, /) -> np.ndarray:
    """dx(*s)& = dy(*s) y(*s)"""
@overload
def tanh_backward(dx: None, dy: np.ndarray, y: np.ndarray, /) -> None: ...

def tanh_forward(x: np.ndarray, /) -> np.ndarray:
    """y(*s) = x(*s)"""

@overload
def tanhshrink_backward(dx: Destination, dy: np.ndarray, x: np.ndarray, /) -> np.ndarray:
    """dx(*s)& = dy(*s) x(*s)"""
@overload
def tanhshrink_backward(dx: None, dy: np.ndarray, x: np.ndarray, /) -> None: ...

def tanhshrink_forward(x: np.ndarray, /) -> np.ndarray:
    """y(*s) = x(*s)"""

@overload
def threshold_backward(dx: Destination, dy: np.ndarray, x: np.ndarray, bound: float, value: float, /) -> np.ndarray:
    """dx(*s)& = dy(*s) x(*s) bound value"""
@overload
def threshold_backward(dx: None, dy: np.ndarray, x: np.ndarray, bound: float, value: float, /) -> None: ...

def threshold_forward(x: np.ndarray, bound: float, value: float, /) -> np.ndarray:
    """y(*s) = x(*s) bound value"""

def triangle(x: np.ndarray, diagonal: int, upper: int, /) -> np.ndarray:
    """y(*b,m,n) = x(*b,m,n) diagonal upper"""

@overload
def trunc_backward(dx: Destination, dy: np.ndarray, /) -> np.ndarray:
    """dx(*s)& = dy(*s)"""
@overload
def trunc_backward(dx: None, dy: np.ndarray, /) -> None: ...

def trunc_forward(x: np.ndarray, /) -> np.ndarray:
    """y(*s) = x(*s)"""

@overload
def unpack_rows(y: Destination, packed: np.ndarray, places: np.ndarray, repeat: int, /) -> np.ndarray:
    """bad!places y(n,f)& = packed(n,f) places(n) repeat"""
@overload
def unpack_rows(y: None, packed: np.ndarray, places: np.ndarray, repeat: int, /) -> None: ...

@overload
def var_backward(
    dx: Destination,
    dy: np.ndarray,
    x: np.ndarray,
    y: np.ndarray,
    mean: np.ndarray,
    correction: float,
    root: int,
    /,
) -> np.ndarray:
    """dx(o,n,i)& = dy(o,i) x(o,n,i) y(o,i) mean(o,i) correction root"""
@overload
def var_backward(
    dx: None,
    dy: np.ndarray,
    x: np.ndarray,
    y: np.ndarray,
    mean: np.ndarray,
    correction: float,
    root: int,
    /,
) -> None: ...

def var_forward(x: np.ndarray, correction: float, root: int, /) -> tuple[np.ndarray, np.ndarray]:
    """y(o,i) mean(o,i) = x(o,n,i) correction root"""

def where(condition: np.ndarray, a: np.ndarray, b: np.ndarray, /) -> np.ndarray:
    """y(~) = condition(~) a(~) b(~)"""

def xlogy_backward(
    da: Into,
    db: Into,
    dy: np.ndarray,
    a: np.ndarray,
    b: np.ndarray,
    /,
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """da(~)& db(~)& = dy(~) a(~) b(~)"""

def xlogy_forward(a: np.ndarray, b: np.ndarray, /) -> np.ndarray:
    """y(~) = a(~) b(~)"""

def adjacent(first: np.ndarray, second: np.ndarray) -> bool:
    """Whether the second array begins where the first ends, in one memory."""

def available_isas() -> list[str]:
    """The instruction sets that this processor runs, best first."""

def check_results(wanted: bool) -> bool:
    """Whether this thread's launches raise FloatingPointError where they make NaN or infinity of finite numbers; returns whether they did."""

def checks_results() -> bool:
    """Whether they do."""

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

def variables_hold(variables: list[tuple[Any, str, Any]], sizes: list[tuple[Any, int]]) -> bool:
    """Whether variables, tuples of where one lives (a dict, a class's dict or a cell), its name and an object, hold these objects, and dicts, in tuples with their sizes, have these."""

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

class Inputs:
    """The arguments of a recorded step, and the copies of them that its plan reads."""

    def __init__(self, args: tuple[Any, ...], buffers: list[np.ndarray], tensor: type, rows: type) -> None: ...

    def take(self, args: tuple[Any, ...]) -> bool:
        """Copies a call's arrays if all its arguments are like the recorded ones; else returns False."""

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
