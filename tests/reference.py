"""float64 references for what NumPy has no function of."""

import math

import numpy as np

# --- activations and losses


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def erf(x):
    return np.vectorize(math.erf, otypes=[np.float64])(x)


def erfc(x):
    return np.vectorize(math.erfc, otypes=[np.float64])(x)


def erfinv(y):
    """By Newton's steps from 0, which err the less the steeper erf is."""
    x = np.where(np.abs(y) <= 1, 0.0, np.nan)
    for _ in range(200):
        x = x - (erf(x) - y) * np.sqrt(np.pi) / 2 * np.exp(x * x)
    return x


def xlogy(x, y):
    return np.where((x == 0) & (y == y), 0.0, x * np.log(y))


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


def rms_norm(x, weight=1.0, eps=1e-6, axes=1):
    return x / np.sqrt((x**2).mean(tuple(range(-axes, 0)), keepdims=True) + eps) * weight


def rms_norm_of_axes(x, axes):
    return rms_norm(x, axes=axes)


def batch_norm(x, mean, var, weight=1.0, bias=0.0, axis=1, training=True, momentum=0.1, correction=1, eps=1e-5):
    """y, and the running mean and variance afterwards."""
    rows = np.moveaxis(x, axis, -1)
    over, n = tuple(range(x.ndim - 1)), int(np.prod(rows.shape[:-1]))
    if training:
        share = momentum if n else 0.0
        centre, squares = (rows.mean(over), rows.var(over)) if n else (mean, var)
        unbiased = squares * n / (n - correction) if n else squares
        mean, var = (1 - share) * mean + share * centre, (1 - share) * var + share * unbiased
    else:
        centre, squares = mean, var
    y = (rows - centre) / np.sqrt(squares + eps) * weight + bias
    return np.moveaxis(y, -1, axis), mean, var


def running_statistics(x, mean, var, batches, momentum, correction):
    share = 1 / (batches + 1) if momentum is None else momentum
    return *batch_norm(x, mean, var, momentum=share, correction=correction)[1:], batches + 1


def batch_norm_without(x, training=True):
    return batch_norm(x, 0.0, 1.0)[0]


def group_norm(x, weight, bias, groups):
    rows = x.reshape(len(x), groups, int(np.prod(x.shape[1:])) // groups)
    return np.moveaxis(np.moveaxis(layer_norm(rows).reshape(x.shape), 1, -1) * weight + bias, -1, 1)


ACTIVATIONS = {None: lambda x: x, "relu": lambda x: np.maximum(x, 0), "sigmoid": sigmoid, "tanh": np.tanh}


def linear(x, weight, bias=0.0, activation=None):
    return ACTIVATIONS[activation](x @ weight.T + bias)


def bilinear(a, b, weight, bias):
    """The sum over b's features first: with infinities the order tells."""
    products = np.einsum("kij,...j->...ki", weight, b)
    return np.einsum("...ki,...i->...k", products, a) + bias


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


def var(x, axis=None, keepdims=False, correction=1):
    """Of more elements than the correction."""
    centred = x - x.mean(axis=axis, keepdims=True)
    squares = (centred * centred).sum(axis=axis, keepdims=keepdims)
    return squares / (x.size / max(squares.size, 1) - correction)


def logsumexp(x, axis=None, keepdims=False):
    most = x.max(axis=axis, keepdims=True, initial=-np.inf)
    most = np.where(np.isinf(most), 0.0, most)
    total = np.log(np.exp(x - most).sum(axis=axis, keepdims=True)) + most
    return total if keepdims else total.reshape(x.sum(axis=axis).shape)


def norm(x, ord=2, axis=None, keepdims=False):  # noqa: A002  the argument of the op
    size = np.abs(x)
    if np.isinf(ord):
        return (np.max if ord > 0 else np.min)(size, axis=axis, keepdims=keepdims)
    if ord == 0:
        return (x != 0).sum(axis=axis, keepdims=keepdims).astype(np.float64)
    return (size**ord).sum(axis=axis, keepdims=keepdims) ** (1 / ord)


def places_in_order(x, axis=-1, descending=False):
    """argsort in which NaN is the largest and equal elements keep their order."""
    ranks = np.unique(x, return_inverse=True)[1].reshape(x.shape)
    return np.argsort(-ranks if descending else ranks, axis=axis, kind="stable")


def first_in_order(x, k, axis=-1, descending=False):
    """The first k in order, and their places."""
    places = np.take(places_in_order(x, axis, descending), np.arange(k), axis=axis)
    return np.take_along_axis(x, places, axis), places


def median(x, axis=-1, keepdims=False):
    """The lower one, and its place; the first NaN if there is one."""
    lower = np.take(places_in_order(x, axis), [(x.shape[axis] - 1) // 2], axis=axis)
    nan = np.isnan(x)
    places = np.where(nan.any(axis, keepdims=True), nan.argmax(axis, keepdims=True), lower)
    values = np.take_along_axis(x, places, axis)
    return (values, places) if keepdims else (values.squeeze(axis), places.squeeze(axis))


def reduced(losses, count, reduction):
    if reduction == "none":
        return losses
    return losses.sum() if reduction == "sum" else np.divide(losses.sum(), count)


def cross_entropy(logits, ids, reduction="mean", ignore_index=-100, weight=None, label_smoothing=0.0, row_weight=1.0):
    """Class ids; the classes are axis 1, or axis 0 of one row."""
    axis = 1 if logits.ndim > 1 else 0
    kept, shape = ids != ignore_index, [-1 if i == axis else 1 for i in range(logits.ndim)]
    chosen = np.expand_dims(np.where(kept, ids, 0).astype(np.int64), axis)
    weight = np.ones(logits.shape[axis]) if weight is None else weight
    surprise = -log_softmax(logits, axis)
    of_id = weight[chosen.squeeze(axis)]
    losses = (1 - label_smoothing) * of_id * np.take_along_axis(surprise, chosen, axis).squeeze(axis)
    if label_smoothing:
        losses = losses + label_smoothing * (weight.reshape(shape) * surprise).mean(axis)
    counts = {"mean": of_id, "mean_of_rows": 1.0, "mean_of_weights": row_weight}.get(reduction, 1.0)
    return reduced(np.where(kept, losses * row_weight, 0.0), np.where(kept, counts, 0.0).sum(), reduction)


def cross_entropy_rows(logits, target, reduction="mean", weight=None, label_smoothing=0.0, row_weight=1.0):
    axis = 1 if logits.ndim > 1 else 0
    classes, shape = logits.shape[axis], [-1 if i == axis else 1 for i in range(logits.ndim)]
    weight = np.ones(classes) if weight is None else weight
    shares = (target * (1 - label_smoothing) + label_smoothing / classes) * weight.reshape(shape)
    losses = -np.where(shares == 0, 0.0, shares * log_softmax(logits, axis)).sum(axis=axis) * row_weight
    of_weights = np.broadcast_to(row_weight, losses.shape).sum()
    return reduced(losses, of_weights if reduction == "mean_of_weights" else losses.size, reduction)


def nll(x, ids, weight, ignore_index, reduction):
    axis = 1 if x.ndim > 1 else 0
    kept = ids != ignore_index
    chosen = np.where(kept, ids, 0).astype(np.int64)
    counts = np.where(kept, weight[chosen], 0.0)
    losses = -counts * np.take_along_axis(x, np.expand_dims(chosen, axis), axis).squeeze(axis)
    return reduced(np.where(kept, losses, 0.0), counts.sum(), reduction)


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


def long_words(generator, count):
    """The first two words of each position as one number of 64 bits."""
    words = random_words(generator, 4 * count).reshape(-1, 4)
    return [int(high) << 32 | int(low) for high, low in words[:, :2]]


def integers(generator, shape, low, high):
    values = [low + (word * (high - low) >> 64) for word in long_words(generator, int(np.prod(shape)))]
    return np.array(values, np.int64).reshape(shape)


def permutation(generator, count):
    """Fisher and Yates 1938, from the end."""
    y = np.arange(count)
    for i, word in reversed([*enumerate(long_words(generator, count))]):
        other = word * (i + 1) >> 64
        y[[i, other]] = y[[other, i]]
    return y


def multinomial(generator, weights, count, replacement):
    weights, shares = weights.copy(), long_words(generator, len(weights) * count)
    y = np.zeros((len(weights), count), np.int64)
    for (row, k), word in zip(np.ndindex(y.shape), shares):
        ends = weights[row].cumsum()
        y[row, k] = np.searchsorted(ends, (word >> 11) / 2.0**53 * ends[-1], side="right")
        weights[row, y[row, k]] *= replacement
    return y


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


# --- losses of single elements


def weighted(losses, reduction, weight=1.0, count=None):
    """Times their weights, reduced; the mean over `count`, or over all of them."""
    losses = losses * weight
    return reduced(losses, losses.size if count is None else count, reduction)


def huber(x, t, delta):
    d = abs(x - t)
    return np.where(d <= delta, d * d / 2, delta * (d - delta / 2))


def smooth_l1(x, t, beta):
    d = abs(x - t)
    return np.where(d < beta, d * d / 2 / (beta or 1), d - beta / 2)


def binary_entropy(x, t, epsilon=0.0):
    x = np.clip(x, epsilon, 1 - epsilon) if epsilon else x
    return -(t * np.maximum(np.log(x), -100) + (1 - t) * np.maximum(np.log1p(-x), -100))


def focal(x, t, gamma, of_ones, of_zeros):
    missing = t * (1 - x) + (1 - t) * x
    return (t * of_ones + (1 - t) * of_zeros) * missing**gamma * binary_entropy(x, t, 1e-7)


def binary_entropy_of_logits(x, t, pos_weight=1.0):
    return t * pos_weight * np.log1p(np.exp(-x)) + (1 - t) * np.log1p(np.exp(x))


def poisson(x, t, log_input, full, eps):
    losses = np.exp(x) - t * x if log_input else x - t * np.log(x + eps)
    return losses + np.where(t > 1, t * np.log(t) - t + np.log(2 * np.pi * t) / 2, 0) if full else losses


def kl_div(x, t, log_target):
    return np.exp(t) * (t - x) if log_target else t * (np.log(t) - x)


def signed(t):
    return np.where(t == 0, -1, t)


def cosine(a, b, eps, adds):
    squares = [(x * x).sum(-1) for x in (a, b)]
    squares = [s + eps if adds else np.maximum(s, eps) for s in squares]
    return (a * b).sum(-1) / np.sqrt(squares[0] * squares[1])


def distance(a, b, p, eps):
    d = abs(a - b + eps)
    return d.max(-1, initial=0) if p == np.inf else (d > 0).sum(-1) * 1.0 if p == 0 else (d**p).sum(-1) ** (1 / p)


def multi_margin(x, ids, weight, p, margin, reduction):
    rows, ids = x.reshape(-1, x.shape[-1]), ids.reshape(-1)
    own = np.take_along_axis(rows, ids[:, None], 1)
    short = np.where(np.arange(x.shape[-1]) == ids[:, None], 0, np.maximum(0, margin - own + rows) ** p)
    losses = short.mean(1) * weight[ids]
    return weighted(losses.reshape(x.shape[:-1]), reduction)


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


def ctc(log_probs, targets, input_lengths, target_lengths, blank=0, reduction="mean", zero_infinity=False):
    """Goes through the frames with the log-likelihoods of having read so many labels, with the last frame blank or not;
    what no alignment comes by is not looked at."""
    losses, counts = [], [int(n) for n in target_lengths]
    starts = np.cumsum([0, *counts]) if targets.ndim == 1 else np.arange(len(counts)) * targets.shape[1]
    for sample, (frames, count, start) in enumerate(zip(input_lengths, counts, starts)):
        labels = [int(label) for label in targets.reshape(-1)[start : start + count]]
        likelihoods = {(0, True): 0.0}
        for row in log_probs[: int(frames), sample]:
            after: dict[tuple[int, bool], float] = {}
            for (read, was_blank), likelihood in likelihoods.items():
                steps = [((read, True), blank)]
                if not was_blank:
                    steps.append(((read, False), labels[read - 1]))
                if read < count and (was_blank or labels[read] != labels[read - 1]):
                    steps.append(((read + 1, False), labels[read]))
                for state, k in steps:
                    after[state] = np.logaddexp(after.get(state, -np.inf), likelihood + row[k])
            likelihoods = after
        loss = -np.logaddexp(likelihoods.get((count, True), -np.inf), likelihoods.get((count, False), -np.inf))
        losses.append(0.0 if zero_infinity and loss == np.inf else loss)
    losses = np.array(losses, log_probs.dtype)
    if reduction == "mean":
        return np.sum(losses / np.maximum(target_lengths, 1)) / np.float64(len(losses))
    return np.sum(losses) if reduction == "sum" else losses
