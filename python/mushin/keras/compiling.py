"""What `compile` is told: losses, their weights and metrics, for each of a model's outputs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from mushin import nn, ops
from mushin.autograd import Tensor
from mushin.keras import losses, metrics, optimizers
from mushin.keras.arguments import flag, number
from mushin.keras.masks import mask_of, masked_weights
from mushin.keras.parts import by_name
from mushin.train.loop import Objective
from mushin.train.metrics import Metric

LossOf = Callable[[Tensor, Tensor, Tensor | None], Tensor]


class Compiled:
    """The arguments of `compile`; see `Model.compile`."""

    def __init__(
        self,
        optimizer: Any,
        loss: Any,
        loss_weights: Any,
        given_metrics: Any,
        weighted_metrics: Any,
        run_eagerly: bool,
    ) -> None:
        if loss is None:
            raise ValueError("[compile] loss must be given")
        self.loss = _mapped(lambda each: None if each is None else losses.get(each), loss)
        for each in _leaves(self.loss):
            if each is not None and each.reduction in ("none", None):
                raise ValueError(f"[compile] loss {each.name} must be reduced to a number, got reduction 'none'")
        self.loss_weights = loss_weights
        for each in _leaves(loss_weights):
            if each is not None:
                number("compile", "loss_weights", each)
        self.metrics = _checked_metrics("metrics", given_metrics)
        self.weighted_metrics = _checked_metrics("weighted_metrics", weighted_metrics)
        self.is_captured = not flag("compile", "run_eagerly", run_eagerly)
        of_one = isinstance(self.loss, losses.Loss) and not isinstance(loss_weights, (dict, list, tuple))
        if of_one and not any(isinstance(each, dict) for each in (given_metrics, weighted_metrics)):
            # What is wrong with one output need not wait for the model.
            self.outputs([""])
        self.optimizer = optimizers.get(optimizer)

    def outputs(self, names: Sequence[str]) -> list[Output]:
        """What each output is trained for.

        Raises:
            ValueError: names that are no output's, or another number of losses or metrics than there are outputs.
        """
        is_for_all = isinstance(self.loss, losses.Loss)
        found = [self.loss] * len(names) if is_for_all else by_name("compile", "loss", self.loss, names)
        weights = by_name("compile", "loss_weights", self.loss_weights, names)
        for argument, of_outputs in (("loss", found), ("loss_weights", weights)):
            for each in of_outputs:
                if isinstance(each, (list, tuple)):
                    raise ValueError(f"[compile] {argument} must be one for each of {len(names)} outputs, got {each}")
        plain = _of_outputs("metrics", self.metrics, names)
        weighted = _of_outputs("weighted_metrics", self.weighted_metrics, names)
        outputs = []
        for i, name in enumerate(names):
            prefix = f"{name}_" if len(names) > 1 else ""
            of_loss: losses.Loss | None = found[i]
            output = Output(name, of_loss, 1.0 if weights[i] is None else float(weights[i]))
            for group, chosen in ((output.metrics, plain[i]), (output.weighted_metrics, weighted[i])):
                _add_metrics(output, group, chosen, prefix)
            outputs.append(output)
        if all(output.loss is None for output in outputs):
            raise ValueError("[compile] loss must be given for at least one output")
        return outputs


class Output:
    """What one output is trained for: its loss with its factor, and metrics by their names in the logs."""

    def __init__(self, name: str, loss: losses.Loss | None, factor: float) -> None:
        self.name, self.loss, self.factor = name, loss, factor
        self.metrics: dict[str, Metric] = {}
        self.weighted_metrics: dict[str, Metric] = {}

    @property
    def left_to_loss(self) -> type[nn.Module] | None:
        """As in Keras, the cross-entropy of a softmax or sigmoid is computed from the logits."""
        if self.loss is None or getattr(self.loss, "from_logits", False):
            return None
        return self.loss.takes_over

    def objective(self, has_logits: bool) -> Objective:
        """`has_logits`: the loss gets outputs that have not been through their last activation."""
        of_outputs: LossOf | None = None
        if self.loss is not None:
            of_outputs = partial(_in_graph, self.loss, self.loss.of_logits if has_logits else self.loss.of_outputs)
        judged = [*self.metrics.values(), *self.weighted_metrics.values()]
        # A softmax keeps the order of the classes, a sigmoid does not keep the threshold.
        is_ranked = self.left_to_loss is nn.Softmax and all(metric.ranks_only for metric in judged)
        predictions = _PREDICTIONS[self.left_to_loss] if has_logits and judged and not is_ranked else None
        metrics = (self.metrics, self.weighted_metrics)
        return Objective(of_outputs, self.factor, *metrics, self.name, predictions, _weights_for)


def _in_graph(loss: losses.Loss, of_outputs: LossOf, outputs: Tensor, target: Tensor, weight: Tensor | None) -> Tensor:
    """The loss of outputs; one that does not depend on them would teach nothing."""
    mask = mask_of(outputs)
    result = of_outputs(outputs, target, weight if mask is None else masked_weights(loss.reduction, mask, weight))
    if outputs.requires_grad and not result.requires_grad:
        raise ValueError(
            f"[fit] loss {loss.name} must be computed from y_pred by ops that have gradients, got what is outside of "
            "the graph: a number, a comparison, or what detach() made"
        )
    return result


def _weights_for(metric: Metric, outputs: Tensor, weight: Tensor | None) -> Tensor | None:
    """The weights that a metric is told, with the outputs' mask if it heeds masks."""
    mask = mask_of(outputs) if metric.heeds_mask else None
    return weight if mask is None else masked_weights("sum", mask, weight)


def _softmax(logits: Tensor) -> Tensor:
    return ops.softmax(logits, -1)


_PREDICTIONS: dict[type[nn.Module] | None, Callable[[Tensor], Tensor]] = {
    nn.Softmax: _softmax,
    nn.Sigmoid: ops.sigmoid,
}


def _mapped(function: Callable[[Any], Any], given: Any) -> Any:
    if isinstance(given, dict):
        return {name: function(each) for name, each in given.items()}
    return [function(each) for each in given] if isinstance(given, (list, tuple)) else function(given)


def _leaves(given: Any) -> list[Any]:
    if isinstance(given, dict):
        return [leaf for each in given.values() for leaf in _leaves(each)]
    return [leaf for each in given for leaf in _leaves(each)] if isinstance(given, (list, tuple)) else [given]


def _checked_metrics(argument: str, given: Any) -> Any:
    if given is not None and not isinstance(given, (list, tuple, dict)):
        raise ValueError(f"[compile] {argument} must be a list, got {given!r}")
    for each in _leaves(given):
        if each is not None:
            metrics.get(each)
    return given


def _of_outputs(argument: str, given: Any, names: Sequence[str]) -> list[list[Any]]:
    """For each output its metrics, or their names."""
    if len(names) == 1 and isinstance(given, (list, tuple)):
        chosen: list[Any] = [given]
    else:
        chosen = by_name("compile", argument, given, names)
    return [[metric for metric in _leaves(each) if metric is not None] for each in chosen]


def _add_metrics(output: Output, group: dict[str, Metric], chosen: list[Any], prefix: str) -> None:
    for given in chosen:
        metric = metrics.get(given)
        if output.loss is not None:
            metrics.check_target_kind(metric, output.loss.target_kind)
        name = f"{prefix}{metric.name}"
        if name in output.metrics and group is output.weighted_metrics:
            name = f"{prefix}weighted_{metric.name}"
        if name in group or name == "loss":
            names = ", ".join(["loss", *(metrics.get(each).name for each in chosen)])
            raise ValueError(f"[compile] metrics must have names of their own, got {names}")
        group[name] = metric
