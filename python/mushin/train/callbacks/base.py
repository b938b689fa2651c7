"""A callback's hooks, and who calls them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from mushin.train.progress import Logs

PHASES = ("train", "test", "predict")

# The older names of two hooks.
_ALIASES = {"on_train_batch_begin": "on_batch_begin", "on_train_batch_end": "on_batch_end"}


class Callback:
    """Base of all callbacks: write the hooks that are wanted.

    `model` is what is trained; `model.stop_training = True` ends the training after the batch or epoch. `params` holds
    "epochs", "steps" (None if they are not known) and "verbose".

    `logs` are the loss and metrics by name. Those of a batch are the running means of the epoch, and are computed when
    somebody reads them; those of an epoch may be changed, and the callbacks behind, the history too, see the change.

    Source: keras.callbacks.Callback.
    """

    model: Any = None
    params: dict[str, Any] | None = None

    def set_model(self, model: Any) -> None:
        self.model = model

    def set_params(self, params: dict[str, Any]) -> None:
        self.params = params

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Before an epoch of training; epochs are counted from 0."""

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """After an epoch of training and its validation; `logs` has the `val_` names, too."""

    def on_batch_begin(self, batch: int, logs: Any = None) -> None:
        """The same as on_train_batch_begin."""

    def on_batch_end(self, batch: int, logs: Any = None) -> None:
        """The same as on_train_batch_end."""

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Before a step of training; batches are counted from 0 in each epoch."""
        self.on_batch_begin(batch, logs)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """After a step of training."""
        self.on_batch_end(batch, logs)

    def on_test_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Before a batch is evaluated, also of validation data."""

    def on_test_batch_end(self, batch: int, logs: Any = None) -> None:
        """After a batch has been evaluated."""

    def on_predict_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Before a batch is predicted."""

    def on_predict_batch_end(self, batch: int, logs: Any = None) -> None:
        """After a batch has been predicted; `logs` has its "outputs"."""

    def on_train_begin(self, logs: Any = None) -> None:
        """Before the first epoch."""

    def on_train_end(self, logs: Any = None) -> None:
        """After the last epoch; not after an error."""

    def on_test_begin(self, logs: Any = None) -> None:
        """Before an evaluation, also of validation data."""

    def on_test_end(self, logs: Any = None) -> None:
        """After an evaluation."""

    def on_predict_begin(self, logs: Any = None) -> None:
        """Before a prediction."""

    def on_predict_end(self, logs: Any = None) -> None:
        """After a prediction."""


class LambdaCallback(Callback):
    """A callback made of functions.

    Args:
        hooks: functions under the names of Callback's hooks; None for none.

    Raises:
        TypeError: a name that is no hook, or something that cannot be called.

    Source: keras.callbacks.LambdaCallback.
    """

    def __init__(self, **hooks: Callable[..., Any] | None) -> None:
        known = [name for name in vars(Callback) if name.startswith("on_")]
        for name, function in hooks.items():
            if name not in known:
                raise TypeError(f"[LambdaCallback] unknown argument {name!r}; there are {', '.join(known)}")
            if function is None:
                continue
            if not callable(function):
                raise TypeError(f"[LambdaCallback] {name} must be a function, got {function!r}")
            setattr(self, name, function)


class LazyLogs(Mapping[str, Any]):
    """The logs of a batch, each of which is computed when it is first read.

    Args:
        names: of the quantities.
        compute: from a name to the quantity.
    """

    __slots__ = ("_compute", "_known", "_names")  # there is one for each batch

    def __init__(self, names: Collection[str], compute: Callable[[str], Any]) -> None:
        self._names = names
        self._compute = compute
        self._known: Logs = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._known:
            if name not in self._names:
                raise KeyError(name)
            self._known[name] = self._compute(name)
        return self._known[name]

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._names))

    def __len__(self) -> int:
        return len(self._names)

    def __repr__(self) -> str:
        return repr(dict(self))


class Hooks:
    """The hooks of several callbacks, called in their order.

    Args:
        op: whom errors name.
        callbacks: what the caller gave: a Callback, a list of them, or None.
        more: callbacks behind those, each unless there is one of its class.
        model: what they see as their `model`.
        params: what they see as their `params`.
    """

    def __init__(
        self, op: str, callbacks: Any, more: Sequence[Callback], model: Any, params: dict[str, Any] | None = None
    ) -> None:
        if callbacks is not None and not isinstance(callbacks, (Callback, Iterable)):
            raise TypeError(f"[{op}] callbacks must be a Callback or a list of them, got {callbacks!r}")
        given = [callbacks] if isinstance(callbacks, Callback) else list(callbacks or ())
        for each in given:
            if not isinstance(each, Callback):
                raise TypeError(f"[{op}] callbacks must be Callbacks, got {type(each).__name__}")
        self.callbacks = given + [one for one in more if not any(type(each) is type(one) for each in given)]
        self.model = model
        for callback in self.callbacks:
            callback.set_model(model)
            callback.set_params(dict(params or {}))

    def written(self, hook: str) -> list[Callable[..., Any]]:
        """The callbacks' methods of a hook, without those that do nothing."""
        methods = []
        for callback in self.callbacks:
            for name in (hook, _ALIASES.get(hook, hook)):
                method = getattr(callback, name)
                if getattr(method, "__func__", None) is not getattr(Callback, name):
                    methods.append(method)
                    break
        return methods

    def call(self, hook: str, *arguments: Any) -> None:
        for method in self.written(hook):
            method(*arguments)
