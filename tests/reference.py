"""float64 references for what NumPy has no function of."""

import math

import numpy as np

# --- activations and losses


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def erf(x):
    return np.vectorize(math.erf, otypes=[np.float64])(x)


def gelu(x):
    return x / 2 * (1 + erf(x / np.sqrt(2)))


def gelu_tanh(x):
    return x / 2 * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))


def layer_norm(x, weight=1.0, bias=0.0, eps=1e-5, axes=1):
    over = tuple(range(-axes, 0))
    centred = x - x.mean(over, keepdims=True)
    return centred / np.sqrt((centred**2).mean(over, keepdims=True) + eps) * weight + bias


def layer_norm_of_axes(x, axes):
    return layer_norm(x, axes=axes)


ACTIVATIONS = {None: lambda x: x, "relu": lambda x: np.maximum(x, 0), "sigmoid": sigmoid, "tanh": np.tanh}


def linear(x, weight, bias=0.0, activation=None):
    return ACTIVATIONS[activation](x @ weight.T + bias)


def log_softmax(x, axis=-1):
    shifted = x - x.max(axis=axis, keepdims=True, initial=-np.inf)
    return shifted - np.log(np.exp(shifted).sum(axis=axis, keepdims=True))


def softmax(x, axis=-1):
    return np.exp(log_softmax(x, axis))


def mean(x, axis=None, keepdims=False):
    """NumPy's, without its warning for a mean of nothing."""
    total = x.sum(axis=axis, keepdims=keepdims)
    with np.errstate(invalid="ignore"):
        return total / np.float64(x.size / max(total.size, 1) if x.size else 0)


def reduced(losses, count, reduction):
    if reduction == "none":
        return losses
    return losses.sum() if reduction == "sum" else np.divide(losses.sum(), count)


def cross_entropy(logits, ids, reduction="mean", ignore_index=-100):
    """Class ids; the classes are axis 1, or axis 0 of one row."""
    axis = 1 if logits.ndim > 1 else 0
    kept = ids != ignore_index
    chosen = np.expand_dims(np.where(kept, ids, 0).astype(np.int64), axis)
    losses = -np.take_along_axis(log_softmax(logits, axis), chosen, axis).squeeze(axis)
    return reduced(np.where(kept, losses, 0.0), kept.sum(), reduction)


def cross_entropy_rows(logits, target, reduction="mean"):
    axis = 1 if logits.ndim > 1 else 0
    losses = -np.where(target == 0, 0.0, target * log_softmax(logits, axis)).sum(axis=axis)
    return reduced(losses, losses.size, reduction)


# --- random numbers


def random_words(generator, count, first=0):
    """Philox4x32-10 with the generator's (seed, counter): `count` words of 32 bits, from four times the position
    `first`.

    Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
    """
    low, shift = np.uint64(0xFFFFFFFF), np.uint64(32)
    seed, launch = (np.uint64(v) for v in generator)
    position = np.arange((count + 3) // 4, dtype=np.uint64) + np.uint64(first)
    c = [position & low, position >> shift, *(np.full_like(position, half) for half in (launch & low, launch >> shift))]
    key = [int(seed & low), int(seed >> shift)]
    for _ in range(10):
        a, b = np.uint64(0xD2511F53) * c[0], np.uint64(0xCD9E8D57) * c[2]
        k = [np.uint64(part & 0xFFFFFFFF) for part in key]
        c = [(b >> shift) ^ c[1] ^ k[0], b & low, (a >> shift) ^ c[3] ^ k[1], a & low]
        key = [key[0] + 0x9E3779B9, key[1] + 0xBB67AE85]
    return np.stack(c, axis=1).reshape(-1)[:count].astype(np.float64)


def uniform(generator, shape, low, high):
    """From 53 bits: a word, and 21 bits of the one half of all positions away."""
    count = int(np.prod(shape))
    words, more = random_words(generator, count), random_words(generator, count, first=2**63)
    return (low + (high - low) * (words * 2.0**21 + np.floor(more / 2.0**11)) / 2.0**53).reshape(shape)


def normal(generator, shape, mean, deviation):
    """Box and Muller 1958, on pairs of words."""
    count = int(np.prod(shape))
    pairs = random_words(generator, count + count % 2).reshape(-1, 2) / 2.0**32
    radius, angle = np.sqrt(-2 * np.log(pairs[:, 0] + 2.0**-33)), 2 * np.pi * pairs[:, 1]
    values = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1).reshape(-1)
    return (mean + deviation * values[:count]).reshape(shape)


def dropout(x, p, generator):
    kept = random_words(generator, x.size).reshape(x.shape) >= np.floor(p * 2.0**32)
    return np.where(kept, x * (1 / (1 - p) if p < 1 else 0), 0.0)


# --- copies


def convert(x, dtype):
    """A cast in which a float that the integer type cannot hold, or NaN, becomes the type's smallest value."""
    dtype = np.dtype(dtype)
    if x.dtype.kind != "f" or dtype.kind not in "iu":
        with np.errstate(over="ignore"):
            return x.astype(dtype)
    low, high = np.iinfo(dtype).min, np.iinfo(dtype).max
    fits = (x >= low) & (x < np.float64(high // 2 + 1) * 2)
    return np.where(fits, np.where(fits, x, 0).astype(dtype), dtype.type(low))


# --- optimizers


def sgd(p, v, g, step, rate, momentum, dampening, decay, nesterov, maximize, keras):
    """One step; returns the parameter and the velocity."""
    g = -g if maximize else g
    p, g = (p * (1 - rate * decay), g) if keras else (p, g + decay * p if decay else g)
    if momentum == 0:
        return p - rate * g, v
    if keras:
        v = momentum * v - rate * g
        return p + (momentum * v - rate * g if nesterov else v), v
    v = g if step == 0 else momentum * v + (1 - dampening) * g
    return p - rate * (g + momentum * v if nesterov else v), v


def adam(p, m, v, largest, g, step, rate, beta1, beta2, epsilon, decay, decoupled, maximize, keras):
    """One step; returns the parameter, the averages of g and g^2, and the largest of the latter."""
    g = -g if maximize else g
    g = g if decoupled or decay == 0 else g + decay * p
    p = p * (1 - rate * decay) if decoupled else p
    m = m + (1 - beta1) * (g - m)
    v = beta2 * v + (1 - beta2) * g * g
    largest = None if largest is None else np.maximum(largest, v)
    square = v if largest is None else largest
    c1, c2 = 1 - beta1 ** (step + 1), 1 - beta2 ** (step + 1)
    root = np.sqrt(square) / np.sqrt(c2)
    return p - rate / c1 * m / (root + (epsilon / np.sqrt(c2) if keras else epsilon)), m, v, largest


def decayed(p, g, rate, decay, decoupled, maximize):
    """The parameter and the gradient after weight decay."""
    g = -g if maximize else g
    return (p * (1 - rate * decay), g) if decoupled else (p, g + decay * p)


def lion(p, m, g, rate, beta1, beta2, decay, maximize):
    p, g = decayed(p, g, rate, decay, True, maximize)
    return p - rate * np.sign(beta1 * m + (1 - beta1) * g), beta2 * m + (1 - beta2) * g


def asgd(p, average, eta, mu, g, step, rate, lambd, alpha, t0, decay, maximize):
    """One step; returns the parameter, its average, and the rate and the weight of the next step."""
    p, g = decayed(p, g, rate, decay, False, maximize)
    eta = rate if step == 0 else eta
    p = p - lambd * eta * p - eta * g
    t = step + 1
    return p, average + mu * (p - average), rate / (1 + lambd * rate * t) ** alpha, 1 / max(1, t - t0)


def rprop(p, previous, size, g, step, rate, smaller, larger, smallest, largest, maximize):
    g = -g if maximize else g
    size = np.full_like(size, rate) if step == 0 else size
    sign = np.sign(g * previous)
    size = np.clip(size * np.where(sign > 0, larger, np.where(sign < 0, smaller, 1)), smallest, largest)
    g = np.where(sign < 0, 0, g)
    return p - np.sign(g) * size, g, size


def nadam(p, m, v, product, g, step, rate, beta1, beta2, epsilon, decay, momentum_decay, decoupled, maximize):
    p, g = decayed(p, g, rate, decay, decoupled, maximize)
    m, v, t = m + (1 - beta1) * (g - m), beta2 * v + (1 - beta2) * g * g, step + 1
    mu, following = (beta1 * (1 - 0.5 * 0.96 ** (k * momentum_decay)) for k in (t, t + 1))
    product = product * mu
    direction = (1 - mu) / (1 - product) * g + following / (1 - product * following) * m
    return p - rate * direction / (np.sqrt(v / (1 - beta2**t)) + epsilon), m, v, product


def radam(p, m, v, g, step, rate, beta1, beta2, epsilon, decay, decoupled, maximize):
    p, g = decayed(p, g, rate, decay, decoupled, maximize)
    m, v, t = m + (1 - beta1) * (g - m), beta2 * v + (1 - beta2) * g * g, step + 1
    most = 2 / (1 - beta2) - 1
    length = most - 2 * t * beta2**t / (1 - beta2**t)
    direction = m / (1 - beta1**t)
    if length > 5:
        share = (length - 4) * (length - 2) * most / ((most - 4) * (most - 2) * length)
        direction = direction * np.sqrt(1 - beta2**t) / (np.sqrt(v) + epsilon) * np.sqrt(share)
    return p - rate * direction, m, v


def adamax(p, m, u, g, step, rate, beta1, beta2, epsilon, decay, maximize, keras):
    p, g = decayed(p, g, rate, decay, keras, maximize)
    m, u = m + (1 - beta1) * (g - m), np.maximum(beta2 * u, np.abs(g) + (0 if keras else epsilon))
    return p - rate / (1 - beta1 ** (step + 1)) * m / (u + (epsilon if keras else 0)), m, u


def rmsprop(p, v, a, b, g, rate, alpha, epsilon, decay, momentum, centered, maximize, keras):
    """One step; returns the parameter, the means of g^2 and of g, and the velocity."""
    p, g = decayed(p, g, rate, decay, keras, maximize)
    v = alpha * v + (1 - alpha) * g * g
    a = a + (1 - alpha) * (g - a) if centered else a
    s = v - a * a if centered else v
    d = rate * g / np.sqrt(s + epsilon) if keras else g / (np.sqrt(s) + epsilon)
    b = momentum * b + d if momentum else b
    d = b if momentum else d
    return p - (d if keras else rate * d), v, a, b


def adagrad(p, total, g, step, rate, rate_decay, epsilon, decay, maximize, keras):
    p, g = decayed(p, g, rate, decay, keras, maximize)
    total = total + g * g
    root = np.sqrt(total + epsilon) if keras else np.sqrt(total) + epsilon
    return p - rate / (1 + step * rate_decay) * g / root, total


def adadelta(p, v, u, g, rate, rho, epsilon, decay, maximize, keras):
    p, g = decayed(p, g, rate, decay, keras, maximize)
    v = rho * v + (1 - rho) * g * g
    d = np.sqrt(u + epsilon) / np.sqrt(v + epsilon) * g
    return p - rate * d, v, rho * u + (1 - rho) * d * d


def adafactor(p, row, column, g, step, rate, beta2_decay, epsilon1, epsilon2, d, decay, maximize, keras):
    """One step; `row` is None where `column` has a mean square for each element."""
    weight, added = (step + 1) ** beta2_decay, epsilon1 if keras else 0
    shrunk = p * (1 - rate * decay)
    size = max(epsilon2, np.sqrt(((shrunk if keras else p) ** 2).mean()))
    alpha = size * min(rate, 1 / np.sqrt(step + 1))
    squares = g * g + added
    if row is None:
        v = column = column + weight * (squares - column)
    else:
        row = row + weight * (squares.mean(-1) - row)
        column = column + weight * (squares.mean(-2) - column)
        mean = row.mean(-1, keepdims=True)
        v = (row / (mean if keras else np.maximum(mean, epsilon1)))[..., None] * column[..., None, :]
    u = (-g if maximize else g) / np.sqrt(v if keras else np.maximum(v, epsilon1**2))
    return shrunk - alpha * u / max(1, np.sqrt((u * u).mean()) / d), row, column
