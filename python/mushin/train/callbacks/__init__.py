"""What is called while a model is trained: at the beginning and end of everything, of an epoch, of a batch."""

from mushin.train.callbacks.base import Callback, Hooks, LambdaCallback, LazyLogs
from mushin.train.callbacks.files import CSVLogger, ModelCheckpoint
from mushin.train.callbacks.history import History
from mushin.train.callbacks.progress import ProgbarLogger
from mushin.train.callbacks.rates import LearningRateScheduler, ReduceLROnPlateau
from mushin.train.callbacks.stopping import EarlyStopping, TerminateOnNaN

__all__ = [
    "CSVLogger",
    "Callback",
    "EarlyStopping",
    "History",
    "Hooks",
    "LambdaCallback",
    "LazyLogs",
    "LearningRateScheduler",
    "ModelCheckpoint",
    "ProgbarLogger",
    "ReduceLROnPlateau",
    "TerminateOnNaN",
]
