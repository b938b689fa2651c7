"""Every family of ops on arrays of a few megabytes, written once for mushin and PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from workloads import Prepared
from workloads.memory_bound import prepared

ROWS, COLUMNS = 1024, 1024
WORDS = 10_000

# From the library, its nn.functional and the operands that the names after the slash stand for.
OPS: dict[str, Callable[..., Any]] = {
    "exp/x": lambda lib, f, x: lib.exp(x),
    "log/p": lambda lib, f, p: lib.log(p),
    "expm1/x": lambda lib, f, x: lib.expm1(x),
    "log1p/p": lambda lib, f, p: lib.log1p(p),
    "sqrt/p": lambda lib, f, p: lib.sqrt(p),
    "rsqrt/p": lambda lib, f, p: lib.rsqrt(p),
    "sin/x": lambda lib, f, x: lib.sin(x),
    "tanh/x": lambda lib, f, x: lib.tanh(x),
    "sigmoid/x": lambda lib, f, x: lib.sigmoid(x),
    "erf/x": lambda lib, f, x: lib.erf(x),
    "square/x": lambda lib, f, x: lib.square(x),
    "pow 2.5/p": lambda lib, f, p: lib.pow(p, 2.5),
    "pow of tensors/p q": lambda lib, f, p, q: lib.pow(p, q),
    "leaky_relu/x": lambda lib, f, x: f.leaky_relu(x),
    "elu/x": lambda lib, f, x: f.elu(x),
    "selu/x": lambda lib, f, x: f.selu(x),
    "gelu/x": lambda lib, f, x: f.gelu(x),
    "silu/x": lambda lib, f, x: f.silu(x),
    "softplus/x": lambda lib, f, x: f.softplus(x),
    "mish/x": lambda lib, f, x: f.mish(x),
    "hardsigmoid/x": lambda lib, f, x: f.hardsigmoid(x),
    "clamp/x": lambda lib, f, x: lib.clamp(x, -1.0, 1.0),
    "div/x p": lambda lib, f, x, p: x / p,
    "add a row/x row": lambda lib, f, x, row: x + row,
    "mul by a column/x column": lambda lib, f, x, column: x * column,
    "maximum/x y": lambda lib, f, x, y: lib.maximum(x, y),
    "where/mask x y": lambda lib, f, mask, x, y: lib.where(mask, x, y),
    "x > y/x y": lambda lib, f, x, y: x > y,
    "sum of all/x": lambda lib, f, x: x.sum(),
    "mean over rows/x": lambda lib, f, x: x.mean(0),
    "var/x": lambda lib, f, x: x.var(1),
    "std over rows/x": lambda lib, f, x: x.std(0),
    "amax/x": lambda lib, f, x: x.amax(1),
    "min with places/x": lambda lib, f, x: x.min(1)[0],
    "argmax/x": lambda lib, f, x: x.argmax(1),
    "argmax over rows/x": lambda lib, f, x: x.argmax(0),
    "prod/one": lambda lib, f, one: one.prod(1),
    "logsumexp/x": lambda lib, f, x: x.logsumexp(1),
    "norm/x": lambda lib, f, x: x.norm(dim=1),
    "cumsum/x": lambda lib, f, x: x.cumsum(1),
    "cumsum over rows/x": lambda lib, f, x: x.cumsum(0),
    "cumprod/one": lambda lib, f, one: one.cumprod(1),
    "any/mask": lambda lib, f, mask: mask.any(1),
    "sort/x": lambda lib, f, x: x.sort(1)[0],
    "topk/x": lambda lib, f, x: x.topk(10, 1)[0],
    "log_softmax/x": lambda lib, f, x: f.log_softmax(x, 1),
    "softmax over rows/x": lambda lib, f, x: f.softmax(x, 0),
    "transposed copy/x": lambda lib, f, x: x.t().contiguous(),
    "cat/x y": lambda lib, f, x, y: lib.cat([x, y], 1),
    "stack/x y": lambda lib, f, x, y: lib.stack([x, y]),
    "flip/x": lambda lib, f, x: x.flip(1),
    "roll/x": lambda lib, f, x: x.roll(3, 1),
    "pad/x": lambda lib, f, x: f.pad(x, (1, 1)),
    "tile/row": lambda lib, f, row: row.repeat(64, 1),
    "tril/x": lambda lib, f, x: x.tril(),
    "rows by number/x ids": lambda lib, f, x, ids: x[ids],
    "elements by mask/x mask": lambda lib, f, x, mask: x[mask],
    "masked_fill/x mask": lambda lib, f, x, mask: x.masked_fill(mask, 0.0),
    "gather/x places": lambda lib, f, x, places: x.gather(1, places),
    "scatter_add/x places y": lambda lib, f, x, places, y: x.scatter_add(1, places, y),
    "embedding/words table": lambda lib, f, words, table: f.embedding(words, table),
    "one_hot/ids": lambda lib, f, ids: f.one_hot(ids, 1024),
    "einsum/x y": lambda lib, f, x, y: lib.einsum("ij,ij->i", x, y),
    "einsum of a product/x y": lambda lib, f, x, y: lib.einsum("ij,kj->ik", x, y),
    "layer_norm/x row row": lambda lib, f, x, weight, bias: f.layer_norm(x, (COLUMNS,), weight, bias),
    "rms_norm/x row": lambda lib, f, x, weight: f.rms_norm(x, (COLUMNS,), weight),
    "batch_norm/x row row": lambda lib, f, x, weight, bias: f.batch_norm(x, None, None, weight, bias, True),
    "batch_norm of images/images": lambda lib, f, x: f.batch_norm(x, None, None, training=True),
    "group_norm/images channel channel": lambda lib, f, x, weight, bias: f.group_norm(x, 8, weight, bias),
    "mse_loss/x y": lambda lib, f, x, y: f.mse_loss(x, y),
    "l1_loss/x y": lambda lib, f, x, y: f.l1_loss(x, y),
    "huber_loss/x y": lambda lib, f, x, y: f.huber_loss(x, y),
    "binary_cross_entropy/share mask-of-floats": lambda lib, f, p, t: f.binary_cross_entropy(p, t),
    "with logits/x mask-of-floats": lambda lib, f, x, t: f.binary_cross_entropy_with_logits(x, t),
    "kl_div/x share": lambda lib, f, x, t: f.kl_div(x, t, reduction="batchmean"),
    "cross_entropy/x ids": lambda lib, f, x, ids: f.cross_entropy(x, ids),
    "smoothed cross_entropy/x ids": lambda lib, f, x, ids: f.cross_entropy(x, ids, label_smoothing=0.1),
    "ctc_loss of log_softmax/frames labels lengths counts": lambda lib, f, x, labels, lengths, counts: f.ctc_loss(
        f.log_softmax(x, 2), labels, lengths, counts
    ),
    "cosine_similarity/x y": lambda lib, f, x, y: f.cosine_similarity(x, y),
    "triplet_margin_loss/x y p": lambda lib, f, x, y, p: f.triplet_margin_loss(x, y, p),
    "margin_ranking_loss/x y sign": lambda lib, f, x, y, s: f.margin_ranking_loss(x, y, s),
}


def operands() -> dict[str, np.ndarray]:
    """What the ops are computed of, by name, the same on every call."""
    random = np.random.default_rng(0)
    normal = lambda *shape: random.standard_normal(shape, np.float32)  # noqa: E731
    mask = random.random((ROWS, COLUMNS)) < 0.3
    return {
        "x": normal(ROWS, COLUMNS),
        "y": normal(ROWS, COLUMNS),
        "p": random.random((ROWS, COLUMNS), np.float32) * 3 + np.float32(0.1),
        "q": random.random((ROWS, COLUMNS), np.float32) * 2,
        "share": random.random((ROWS, COLUMNS), np.float32) * np.float32(0.98) + np.float32(0.01),
        "one": 1 + normal(ROWS, COLUMNS) / 1000,
        "row": normal(COLUMNS),
        "column": normal(ROWS, 1),
        "mask": mask,
        "mask-of-floats": mask.astype(np.float32),
        "sign": np.where(mask, np.float32(1), np.float32(-1)),
        "ids": random.integers(0, ROWS, ROWS),
        "words": random.integers(0, WORDS, (64, 100)),
        "table": normal(WORDS, 128),
        "places": random.integers(0, COLUMNS, (ROWS, COLUMNS)),
        "images": normal(16, 64, 32, 32),
        "frames": normal(400, 64, 40),
        "labels": random.integers(1, 40, (64, 60)),
        "lengths": random.integers(200, 401, 64),
        "counts": random.integers(20, 61, 64),
        "channel": normal(64),
    }


def prepare(lib: Any, op: str, backward: bool) -> Prepared:
    """The op in the style that PyTorch and mushin share; with `backward`, its gradients too."""
    function, functional, known = OPS[op], lib.nn.functional, operands()
    arrays = [known[name] for name in op.partition("/")[2].split()]
    inputs = [lib.from_numpy(array) for array in arrays]
    leaves = [x for x, array in zip(inputs, arrays) if array.dtype == np.float32] if backward else None

    def gradient_of(y: Any) -> Any:
        # Not a constant, nor a line in y: a norm's gradient of these is nothing but rounding.
        return lib.from_numpy(np.random.default_rng(1).random(tuple(y.shape), np.float32))

    return prepared(lambda: function(lib, functional, *inputs), leaves, gradient_of)


def mushin(op: str, backward: bool) -> Prepared:
    import mushin

    return prepare(mushin, op, backward)


def torch(op: str, backward: bool) -> Prepared:
    import torch

    return prepare(torch, op, backward)


PREPARE: dict[str, Callable[..., Prepared]] = {"mushin": mushin, "torch": torch}
FORWARD_ONLY = {"x > y/x y", "argmax/x", "argmax over rows/x", "any/mask", "one_hot/ids"}
