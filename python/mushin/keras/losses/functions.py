"""The losses as functions of (y_true, y_pred): each sample's loss, as its class computes it."""

from __future__ import annotations

from typing import Any

from mushin.autograd import Tensor
from mushin.keras.losses import crossentropy, elements, similarity
from mushin.keras.losses.alignments import CTC


def mean_squared_error(y_true: Any, y_pred: Any) -> Tensor:
    """See MeanSquaredError."""
    return elements.MeanSquaredError(reduction=None)(y_true, y_pred)


def mean_absolute_error(y_true: Any, y_pred: Any) -> Tensor:
    """See MeanAbsoluteError."""
    return elements.MeanAbsoluteError(reduction=None)(y_true, y_pred)


def mean_absolute_percentage_error(y_true: Any, y_pred: Any) -> Tensor:
    """See MeanAbsolutePercentageError."""
    return elements.MeanAbsolutePercentageError(reduction=None)(y_true, y_pred)


def mean_squared_logarithmic_error(y_true: Any, y_pred: Any) -> Tensor:
    """See MeanSquaredLogarithmicError."""
    return elements.MeanSquaredLogarithmicError(reduction=None)(y_true, y_pred)


def cosine_similarity(y_true: Any, y_pred: Any, axis: int = -1) -> Tensor:
    """See CosineSimilarity."""
    return similarity.CosineSimilarity(axis=axis, reduction=None)(y_true, y_pred)


def huber(y_true: Any, y_pred: Any, delta: float = 1.0) -> Tensor:
    """See Huber."""
    return elements.Huber(delta=delta, reduction=None)(y_true, y_pred)


def log_cosh(y_true: Any, y_pred: Any) -> Tensor:
    """See LogCosh."""
    return elements.LogCosh(reduction=None)(y_true, y_pred)


def hinge(y_true: Any, y_pred: Any) -> Tensor:
    """See Hinge."""
    return elements.Hinge(reduction=None)(y_true, y_pred)


def squared_hinge(y_true: Any, y_pred: Any) -> Tensor:
    """See SquaredHinge."""
    return elements.SquaredHinge(reduction=None)(y_true, y_pred)


def categorical_hinge(y_true: Any, y_pred: Any) -> Tensor:
    """See CategoricalHinge."""
    return similarity.CategoricalHinge(reduction=None)(y_true, y_pred)


def kl_divergence(y_true: Any, y_pred: Any) -> Tensor:
    """See KLDivergence."""
    return elements.KLDivergence(reduction=None)(y_true, y_pred)


def poisson(y_true: Any, y_pred: Any) -> Tensor:
    """See Poisson."""
    return elements.Poisson(reduction=None)(y_true, y_pred)


def binary_crossentropy(
    y_true: Any, y_pred: Any, from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1
) -> Tensor:
    """See BinaryCrossentropy."""
    return elements.BinaryCrossentropy(
        from_logits=from_logits, label_smoothing=label_smoothing, axis=axis, reduction=None
    )(y_true, y_pred)


def binary_focal_crossentropy(
    y_true: Any,
    y_pred: Any,
    apply_class_balancing: bool = False,
    alpha: float = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Tensor:
    """See BinaryFocalCrossentropy."""
    return elements.BinaryFocalCrossentropy(
        apply_class_balancing=apply_class_balancing,
        alpha=alpha,
        gamma=gamma,
        from_logits=from_logits,
        label_smoothing=label_smoothing,
        axis=axis,
        reduction=None,
    )(y_true, y_pred)


def categorical_crossentropy(
    y_true: Any, y_pred: Any, from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1
) -> Tensor:
    """See CategoricalCrossentropy."""
    return crossentropy.CategoricalCrossentropy(
        from_logits=from_logits, label_smoothing=label_smoothing, axis=axis, reduction=None
    )(y_true, y_pred)


def categorical_focal_crossentropy(
    y_true: Any,
    y_pred: Any,
    alpha: Any = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Tensor:
    """See CategoricalFocalCrossentropy."""
    return crossentropy.CategoricalFocalCrossentropy(
        alpha=alpha, gamma=gamma, from_logits=from_logits, label_smoothing=label_smoothing, axis=axis, reduction=None
    )(y_true, y_pred)


def sparse_categorical_crossentropy(
    y_true: Any, y_pred: Any, from_logits: bool = False, ignore_class: int | None = None, axis: int = -1
) -> Tensor:
    """See SparseCategoricalCrossentropy."""
    return crossentropy.SparseCategoricalCrossentropy(
        from_logits=from_logits, ignore_class=ignore_class, axis=axis, reduction=None
    )(y_true, y_pred)


def ctc(y_true: Any, y_pred: Any) -> Tensor:
    """See CTC."""
    return CTC(reduction=None)(y_true, y_pred)


def dice(y_true: Any, y_pred: Any, axis: Any = None) -> Tensor:
    """See Dice."""
    return similarity.Dice(axis=axis, reduction=None)(y_true, y_pred)


def tversky(y_true: Any, y_pred: Any, alpha: float = 0.5, beta: float = 0.5, axis: Any = None) -> Tensor:
    """See Tversky."""
    return similarity.Tversky(alpha=alpha, beta=beta, axis=axis, reduction=None)(y_true, y_pred)
