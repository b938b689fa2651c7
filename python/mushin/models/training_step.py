"""The training step of a language model, whose state goes from window to window."""

from __future__ import annotations

from mushin.autograd import Tensor
from mushin.models.language import LanguageModel, State
from mushin.nn import functional
from mushin.optim import Optimizer, clip_grad_norm_
from mushin.train.step import compile as compiled


class TrainingStep:
    """A training step of a language model, recorded and replayed as `mushin.compile` does it.

        loss, state = step(inputs, targets, state)

    The loss is the mean cross-entropy in nats per token; the gradients' norm is clipped; the state that comes back is
    that behind the window, and no gradient goes back through it into the window before.

    Args:
        model: a LanguageModel.
        optimizer: one of its parameters.
        max_norm: the largest norm that the gradients keep together; infinite for any.

    `step.step` is what `mushin.compile` made, with `summary()`.

    Raises:
        ValueError: at the call, targets of another shape than inputs; as the model does.
    """

    def __init__(self, model: LanguageModel, optimizer: Optimizer, max_norm: float = 1.0) -> None:
        @compiled
        def run(inputs: Tensor, targets: Tensor, *state: Tensor) -> tuple[Tensor, ...]:
            logits, after = model(inputs, state)
            loss = functional.cross_entropy(logits.reshape(-1, logits.shape[-1]), targets.reshape(-1))
            optimizer.zero_grad()
            loss.backward()
            clip_grad_norm_(model.parameters(), max_norm)
            optimizer.step()
            return loss, *after

        self.model = model
        self.step = run.step

    def __call__(self, inputs: Tensor, targets: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        if inputs.shape != targets.shape:
            raise ValueError(f"[TrainingStep] targets must have inputs' shape {inputs.shape}, got {targets.shape}")
        if state is None:
            state = self.model.initial_state(inputs.shape[0])
        loss, *after = self.step(inputs, targets, *state)
        return loss, tuple(after)
