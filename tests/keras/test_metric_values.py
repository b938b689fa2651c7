"""Metrics over several batches beside scikit-learn's over all samples, with and without weights."""

import numpy as np
import pytest

import mushin
from mushin import Tensor, keras
from mushin.keras import metrics
from mushin.train.metrics import ConfusionMatrix, roc_auc_score

sklearn = pytest.importorskip("sklearn.metrics", reason="scikit-learn is what metrics are compared with")

RNG = np.random.Generator(np.random.Philox(11))
N, CLASSES = 101, 4
IDS = RNG.integers(0, CLASSES, N)
SCORES = RNG.random((N, CLASSES)).astype(np.float32) + 0.7 * np.eye(CLASSES, dtype=np.float32)[IDS]
SCORES /= SCORES.sum(1, keepdims=True)
ONE_HOT = np.eye(CLASSES, dtype=np.float32)[IDS]
BINARY = RNG.integers(0, 2, N)
CHANCES = np.clip(0.5 * RNG.random(N) + 0.4 * BINARY, 0, 1).astype(np.float32)
LABELS = (RNG.random((N, CLASSES)) < 0.4).astype(np.float32)
NUMBERS = RNG.standard_normal((N, 3)).astype(np.float32)
OUTPUTS = (NUMBERS + 0.3 * RNG.standard_normal((N, 3))).astype(np.float32)
WEIGHTS = RNG.random(N).astype(np.float32) + 0.1
WEIGHTINGS = pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["plain", "weighted"])


def over_batches(metric, y_true, y_pred, weights):
    """The result after batches of several sizes, and once more after a reset."""
    for _ in range(2):
        metric.reset_state()
        for part in (slice(0, 40), slice(40, 41), slice(41, N)):
            metric.update_state(y_true[part], y_pred[part], None if weights is None else weights[part])
    return metric.result()


def same(ours, theirs):
    np.testing.assert_allclose(ours, theirs, rtol=1e-6, atol=1e-6)


@WEIGHTINGS
def test_accuracy(weights):
    predicted = SCORES.argmax(1)
    expected = sklearn.accuracy_score(IDS, predicted, sample_weight=weights)
    same(over_batches(metrics.SparseCategoricalAccuracy(), IDS, SCORES, weights), expected)
    same(over_batches(metrics.SparseCategoricalAccuracy(), IDS[:, None].astype(np.float32), SCORES, weights), expected)
    same(over_batches(metrics.CategoricalAccuracy(), ONE_HOT, SCORES, weights), expected)
    same(over_batches(metrics.Accuracy(), IDS, predicted, weights), expected)


@WEIGHTINGS
@pytest.mark.parametrize("threshold", [0.3, 0.5, 0.8])
def test_binary_accuracy(threshold, weights):
    expected = sklearn.accuracy_score(BINARY, threshold < CHANCES, sample_weight=weights)
    metric = metrics.BinaryAccuracy(threshold=threshold)
    same(over_batches(metric, BINARY, CHANCES, weights), expected)
    same(over_batches(metric, BINARY[:, None], CHANCES[:, None], weights), expected)
    same(over_batches(metric, BINARY, CHANCES[:, None], None if weights is None else weights[:, None]), expected)


@WEIGHTINGS
@pytest.mark.parametrize("k", [1, 2, 3])
def test_top_k(k, weights):
    expected = sklearn.top_k_accuracy_score(IDS, SCORES, k=k, sample_weight=weights)
    same(over_batches(metrics.SparseTopKCategoricalAccuracy(k), IDS, SCORES, weights), expected)
    same(over_batches(metrics.TopKCategoricalAccuracy(k), ONE_HOT, SCORES, weights), expected)


@WEIGHTINGS
@pytest.mark.parametrize("threshold", [0.25, 0.5, 0.75])
def test_precision_recall_and_counts(threshold, weights):
    decided = threshold < CHANCES
    same(
        over_batches(metrics.Precision(threshold), BINARY, CHANCES, weights),
        sklearn.precision_score(BINARY, decided, sample_weight=weights, zero_division=0),
    )
    same(
        over_batches(metrics.Recall(threshold), BINARY, CHANCES, weights),
        sklearn.recall_score(BINARY, decided, sample_weight=weights),
    )
    (tn, fp), (fn, tp) = sklearn.confusion_matrix(BINARY, decided, sample_weight=weights)
    for name, expected in (
        ("TruePositives", tp),
        ("FalsePositives", fp),
        ("TrueNegatives", tn),
        ("FalseNegatives", fn),
    ):
        same(over_batches(getattr(metrics, name)(threshold), BINARY, CHANCES, weights), expected)


def test_several_thresholds_in_any_order():
    single = [over_batches(metrics.Recall(t), BINARY, CHANCES, None) for t in (0.8, 0.2, 0.5)]
    several = over_batches(metrics.Recall([0.8, 0.2, 0.5]), BINARY, CHANCES, None)
    assert several.tolist() == single


def test_precision_of_a_class_and_of_the_largest():
    one = over_batches(metrics.Precision(class_id=2, thresholds=0.3), LABELS, SCORES, WEIGHTS)
    same(one, sklearn.precision_score(LABELS[:, 2], SCORES[:, 2] > 0.3, sample_weight=WEIGHTS))
    among = (-SCORES).argsort(1).argsort(1) < 2
    flat = np.repeat(WEIGHTS, CLASSES)
    top = over_batches(metrics.Precision(top_k=2), LABELS, SCORES, WEIGHTS)
    same(top, sklearn.precision_score(LABELS.ravel(), among.ravel(), sample_weight=flat))
    both = over_batches(metrics.Recall(top_k=2, class_id=1), LABELS, SCORES, WEIGHTS)
    same(both, sklearn.recall_score(LABELS[:, 1], among[:, 1], sample_weight=WEIGHTS))


@WEIGHTINGS
@pytest.mark.parametrize("average", [None, "micro", "macro", "weighted"])
def test_f_scores(average, weights):
    of_classes = {"average": average, "sample_weight": weights, "zero_division": 0}
    same(
        over_batches(metrics.F1Score(average), ONE_HOT, SCORES, weights),
        sklearn.f1_score(IDS, SCORES.argmax(1), **of_classes),
    )
    same(
        over_batches(metrics.F1Score(average, threshold=0.3), LABELS, SCORES, weights),
        sklearn.f1_score(LABELS, SCORES > 0.3, **of_classes),
    )
    same(
        over_batches(metrics.FBetaScore(average, beta=0.5), ONE_HOT, SCORES, weights),
        sklearn.fbeta_score(IDS, SCORES.argmax(1), beta=0.5, **of_classes),
    )


@WEIGHTINGS
def test_areas_under_curves(weights):
    exact = sklearn.roc_auc_score(BINARY, CHANCES, sample_weight=weights)
    same(roc_auc_score(BINARY, CHANCES, weights), exact)
    rounded = CHANCES.round(1)
    same(roc_auc_score(BINARY == 1, rounded, weights), sklearn.roc_auc_score(BINARY, rounded, sample_weight=weights))
    # Thresholds between all scores make the curve the exact one.
    middles = (np.unique(CHANCES)[:-1] + np.unique(CHANCES)[1:]) / 2
    same(over_batches(metrics.AUC(thresholds=middles.tolist()), BINARY, CHANCES, weights), exact)
    assert over_batches(metrics.AUC(), BINARY, CHANCES, weights) == pytest.approx(exact, abs=5e-3)
    logits = np.log(CHANCES / (1 - CHANCES + 1e-6))
    assert over_batches(metrics.AUC(from_logits=True), BINARY, logits, weights) == pytest.approx(exact, abs=5e-3)
    precision = sklearn.average_precision_score(BINARY, CHANCES, sample_weight=weights)
    fine = metrics.AUC(2000, curve="PR")
    assert over_batches(fine, BINARY, CHANCES, weights) == pytest.approx(precision, abs=2e-2)
    steps = [over_batches(metrics.AUC(summation_method=m), BINARY, CHANCES, weights) for m in ("minoring", "majoring")]
    assert steps[0] < exact < steps[1]


def test_the_mean_area_of_columns():
    areas = [sklearn.roc_auc_score(LABELS[:, i], SCORES[:, i]) for i in range(CLASSES)]
    metric = metrics.AUC(4000, multi_label=True, label_weights=[1, 2, 3, 4])
    assert over_batches(metric, LABELS, SCORES, None) == pytest.approx(
        np.average(areas, weights=[1, 2, 3, 4]), abs=2e-3
    )


@WEIGHTINGS
def test_confusion_matrix(weights):
    metric = ConfusionMatrix()
    assert metric.result().shape == (0, 0)
    for part in (slice(0, 40), slice(40, N)):
        metric.update(SCORES[part], IDS[part], None if weights is None else weights[part])
    same(metric.result(), sklearn.confusion_matrix(IDS, SCORES.argmax(1), sample_weight=weights))
    with pytest.raises(ValueError, match=r"^\[add_confusion\] target must be in \[0, 4\), got 4"):
        metric.update(SCORES, IDS + 1)


@WEIGHTINGS
def test_errors(weights):
    y, p = NUMBERS.astype(np.float64), OUTPUTS.astype(np.float64)
    log = (np.abs(y) + 0.1, np.abs(p) + 0.1)
    given = {"sample_weight": weights}
    for metric, pair, expected in (
        (metrics.MeanSquaredError(), (y, p), sklearn.mean_squared_error(y, p, **given)),
        (metrics.RootMeanSquaredError(), (y, p), sklearn.mean_squared_error(y, p, **given) ** 0.5),
        (metrics.MeanAbsoluteError(), (y, p), sklearn.mean_absolute_error(y, p, **given)),
        (
            metrics.MeanAbsolutePercentageError(),
            log,
            100 * sklearn.mean_absolute_percentage_error(*log, **given),
        ),
        (metrics.MeanSquaredLogarithmicError(), log, sklearn.mean_squared_log_error(*log, **given)),
        (metrics.R2Score(), (y, p), sklearn.r2_score(y, p, **given)),
        (metrics.R2Score(None), (y, p), sklearn.r2_score(y, p, **given, multioutput="raw_values")),
        (
            metrics.R2Score("variance_weighted_average"),
            (y, p),
            sklearn.r2_score(y, p, **given, multioutput="variance_weighted"),
        ),
    ):
        same(over_batches(metric, *pair, weights), expected)
        np.testing.assert_allclose(
            over_batches(metric, *(x.astype(np.float32) for x in pair), weights), expected, rtol=2e-6
        )


@WEIGHTINGS
def test_cross_entropies(weights):
    given = {"sample_weight": weights}
    shares = SCORES.astype(np.float64)
    expected = sklearn.log_loss(IDS, shares / shares.sum(1, keepdims=True), **given)
    same(over_batches(metrics.SparseCategoricalCrossentropy(), IDS, SCORES, weights), expected)
    same(over_batches(metrics.CategoricalCrossentropy(), ONE_HOT, SCORES, weights), expected)
    logits = np.log(SCORES) + 3
    same(over_batches(metrics.SparseCategoricalCrossentropy(from_logits=True), IDS, logits, weights), expected)
    same(over_batches(metrics.CategoricalCrossentropy(from_logits=True), ONE_HOT, logits, weights), expected)
    chances = np.clip(CHANCES, 0.01, 0.99).astype(np.float64)
    binary = sklearn.log_loss(BINARY, chances, **given)
    same(over_batches(metrics.BinaryCrossentropy(), BINARY, chances, weights), binary)
    of_logits = metrics.BinaryCrossentropy(from_logits=True)
    same(over_batches(of_logits, BINARY, np.log(chances / (1 - chances)), weights), binary)


@WEIGHTINGS
def test_errors_from_their_formulas(weights):
    y, p = NUMBERS.astype(np.float64), OUTPUTS.astype(np.float64)
    a, b = np.abs(y) + 0.1, np.abs(p) + 0.1
    a, b = a / a.sum(1, keepdims=True), b / b.sum(1, keepdims=True)
    cosine = (y * p).sum(1) / np.linalg.norm(y, axis=1) / np.linalg.norm(p, axis=1)
    for metric, pair, values in (
        (metrics.LogCoshError(), (y, p), np.log(np.cosh(p - y)).mean(1)),
        (metrics.Poisson(), (a, b), (b - a * np.log(b)).mean(1)),
        (metrics.KLDivergence(), (a, b), (a * np.log(a / b)).sum(1)),
        (metrics.CosineSimilarity(), (y, p), cosine),
        (metrics.CosineSimilarity(axis=1), (y[..., None], p[..., None]), cosine[:, None]),
        (metrics.CosineSimilarity(), (y * 1e-9, p), cosine * np.linalg.norm(y, axis=1) * 1e-2),
        (metrics.MeanMetricWrapper(lambda t, o: mushin.ops.sum(t * o, -1), "products"), (y, p), (y * p).sum(1)),
    ):
        same(over_batches(metric, *pair, weights), np.average(values, axis=0, weights=weights))


def test_further_arguments_are_the_functions():
    metric = metrics.MeanMetricWrapper(lambda t, o, power: mushin.sum((t - o) ** power, -1), "cubes", power=3)
    same(metric(NUMBERS, OUTPUTS), ((NUMBERS - OUTPUTS) ** 3).sum(-1).mean())


def test_mean_and_sum():
    mean, total = metrics.Mean(), metrics.Sum("total")
    assert (mean.result(), metrics.RootMeanSquaredError().result(), metrics.Poisson().result()) == (0.0, 0.0, 0.0)
    for metric in (mean, total):
        metric.update_state([1.0, 3.0])
        metric.update_state(8.0)
        metric.update_state([[1.0, 2.0], [3.0, 5.0]], sample_weight=[0.5, 2.0])
    assert (mean.name, total.name) == ("mean", "total")
    assert mean.result() == pytest.approx((12 + 0.75 + 8) / (3 + 2.5))
    assert total.result() == pytest.approx(12 + 1.5 + 16)
    total.reset_state()
    assert total.result() == 0.0


def test_a_metric_that_is_called_returns_its_result():
    assert metrics.MeanSquaredError()([[1.0, 2.0]], [[1.0, 4.0]], sample_weight=[3.0]) == 2.0


def test_a_dtype_changes_no_total():
    exact = np.float64([[1.0, 2.0, 4.0]]) / 3
    for dtype in (None, "float32", "float64"):
        metric = metrics.MeanAbsoluteError("error", dtype)
        metric.update_state(exact, np.zeros((1, 3)))
        assert metric.result() == exact.mean()
        assert metric.dtype == (dtype or "float32")
    with pytest.raises(TypeError, match=r"^\[mean\] dtype must be one of real numbers"):
        metrics.Mean(dtype="float31")


def test_numbers_along_one_axis_are_samples():
    for metric in (metrics.MeanAbsoluteError(), metrics.BinaryCrossentropy(), metrics.MeanSquaredError()):
        column = over_batches(metric, BINARY[:, None], CHANCES[:, None], WEIGHTS)
        same(over_batches(metric, BINARY, CHANCES, WEIGHTS), column)


def test_weights_of_sequences():
    """One weight for each sample, or for each element of a sequence."""
    y, p = NUMBERS[:100].reshape(20, 5, 3), OUTPUTS[:100].reshape(20, 5, 3)
    squares = ((y.astype(np.float64) - p) ** 2).mean(-1)
    sizes = np.abs(y.astype(np.float64) - p).mean(-1)
    for weights in (WEIGHTS[:20], WEIGHTS[:100].reshape(20, 5), WEIGHTS[:100].reshape(20, 5, 1)):
        spread = np.broadcast_to(weights.reshape(20, -1), (20, 5))
        for metric, values in ((metrics.MeanSquaredError(), squares), (metrics.MeanAbsoluteError(), sizes)):
            metric.update_state(y, p, weights)
            assert metric.result() == pytest.approx(np.average(values, weights=spread), rel=1e-6)


def test_nan_is_carried_and_never_above_a_threshold():
    metric = metrics.MeanAbsoluteError()
    metric.update_state([[1.0]], [[np.nan]])
    assert np.isnan(metric.result())
    decided = metrics.TruePositives()
    decided.update_state([1, 1], [np.nan, np.inf])
    assert decided.result() == 1.0


def test_layouts_dtypes_and_read_only_arrays():
    expected = over_batches(metrics.Precision(), LABELS, SCORES, WEIGHTS)
    for pair in (
        (np.asfortranarray(LABELS), np.asfortranarray(SCORES)),
        (LABELS.astype(bool), SCORES.astype(np.float64)),
        (LABELS.astype(np.int8), np.stack([SCORES, SCORES], 2)[:, :, 0]),
    ):
        for array in pair:
            array.flags.writeable = False
        assert over_batches(metrics.Precision(), *pair, WEIGHTS) == pytest.approx(expected)
    metric = metrics.Precision()
    metric.update_state(Tensor(LABELS), Tensor(SCORES), Tensor(WEIGHTS))
    assert metric.result() == pytest.approx(expected)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: metrics.Precision(1.5), r"\[Precision\] thresholds must be in \[0, 1\], got 1.5"),
        (lambda: metrics.Recall([]), r"\[Recall\] thresholds must be in \[0, 1\], got \[\]"),
        (lambda: metrics.Recall(top_k=0), r"\[Recall\] top_k must be a positive integer, got 0"),
        (lambda: metrics.Recall(class_id=-1), r"\[Recall\] class_id must be an integer from 0 on, got -1"),
        (lambda: metrics.F1Score("mean"), r"\[F1Score\] average must be None, 'micro', 'macro' or 'weighted', got 'me"),
        (lambda: metrics.FBetaScore(beta=0), r"\[FBetaScore\] beta must be above 0, got 0"),
        (lambda: metrics.F1Score(threshold=0), r"\[F1Score\] threshold must be in \(0, 1\], got 0"),
        (lambda: metrics.AUC(1), r"\[AUC\] num_thresholds must be at least 2, got 1"),
        (lambda: metrics.AUC(curve="roc"), r"\[AUC\] curve must be 'ROC' or 'PR', got 'roc'"),
        (lambda: metrics.AUC(summation_method="mid"), r"\[AUC\] summation_method must be 'interpolation', "),
        (lambda: metrics.AUC(label_weights=[1.0]), r"\[AUC\] label_weights needs multi_label=True"),
        (lambda: metrics.AUC(num_labels=3), r"\[AUC\] num_labels needs multi_label=True"),
        (
            lambda: metrics.AUC(multi_label=True, num_labels=3)(LABELS, SCORES),
            r"\[auc\] outputs must have 3 columns, got",
        ),
        (lambda: metrics.R2Score("mean"), r"\[R2Score\] class_aggregation must be None, "),
        (lambda: metrics.R2Score(num_regressors=-1), r"\[R2Score\] num_regressors must not be negative, got -1"),
        (lambda: metrics.BinaryCrossentropy(label_smoothing=2), r"\[BinaryCrossentropy\] label_smoothing must be in "),
        (lambda: metrics.Mean()([1.0, 2.0], [1.0, 2.0, 3.0]), r"\[mean\] weight must have shape \(2,\) or more of "),
        (lambda: metrics.MeanSquaredError()(NUMBERS, OUTPUTS[:, :2]), r"\[mean_squared_error\] target must have shape"),
        (lambda: metrics.F1Score()(SCORES[:, :1], SCORES), r"\[f1_score\] target must have shape \(101, 4\), got"),
        (
            lambda: metrics.SparseCategoricalAccuracy()(IDS, CHANCES[:, None]),
            r"\[sparse_categorical_accuracy\] output",
        ),
        (lambda: roc_auc_score([0, 1], [0.1, np.nan]), r"\[roc_auc_score\] y_score must not be NaN, got one at 1"),
        (lambda: roc_auc_score([1, 1], [0.1, 0.2]), r"\[roc_auc_score\] y_true must hold both classes"),
        (lambda: roc_auc_score([0, 2], [0.1, 0.2]), r"\[roc_auc_score\] y_true must hold 0 and 1 only"),
        (lambda: roc_auc_score([0, 1, 1], [0.1, 0.2]), r"\[roc_auc_score\] y_true must have the shape of y_score"),
    ],
)
def test_wrong_arguments(make, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        make()


def test_outputs_of_another_width():
    metric = metrics.F1Score()
    metric.update_state(ONE_HOT, SCORES)
    with pytest.raises(ValueError, match=r"^\[f1_score\] outputs must have as many columns as before"):
        metric.update_state(ONE_HOT[:, :2], SCORES[:, :2])


def test_all_metrics_of_a_recorded_step_are_those_of_an_eager_one():
    """Each epoch's totals come from replays."""
    names = ["accuracy", "AUC", "Precision", "F1Score", "mae", "R2Score", "CosineSimilarity", "KLDivergence", "bce"]
    histories = []
    for run_eagerly in (False, True):
        keras.utils.set_random_seed(2)
        model = keras.Sequential([keras.layers.Dense(CLASSES, activation="sigmoid", input_shape=(CLASSES,))])
        model.compile("sgd", "mse", metrics=names, weighted_metrics=["mae", "AUC"], run_eagerly=run_eagerly)
        history = model.fit(SCORES, ONE_HOT, 10, epochs=4, verbose=0, sample_weight=WEIGHTS, validation_split=0.3)
        histories.append(history.history)
        assert run_eagerly or model._trainer.train_step.replayed > 10
    assert {"weighted_mae", "val_weighted_AUC"} <= set(histories[0])
    assert histories[0].keys() == histories[1].keys()
    for name, values in histories[0].items():
        np.testing.assert_array_equal(values, histories[1][name])


# --- overlaps


def test_what_is_no_class_is_left_out():
    overlap = metrics.MeanIoU(3, ignore_class=2)
    overlap.update_state([0, 1, 2, -1, 1, 7], [0, 1, 0, 0, 5, 1])
    same(overlap.result(), 1.0)
    overlap.update_state([[0, 1]], [[1.0, 0.0]])
    same(overlap.result(), 1 / 3)
    overlap.reset_state()
    assert overlap.result() == 0.0


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: metrics.IoU(2, [0, 2]), r"^\[io_u\] target_class_ids must be in \[0, 2\), got \[0, 2\]"),
        (lambda: metrics.MeanIoU(0), r"^\[MeanIoU\] num_classes must be a positive integer, got 0"),
        (lambda: metrics.MeanIoU(2)([0, 1], [0]), r"^\[mean_io_u\] y_true must be ids for 1 outputs, got 2"),
    ],
)
def test_overlaps_that_are_none(make, message):
    with pytest.raises(ValueError, match=message):
        make()
