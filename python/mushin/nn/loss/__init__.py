"""Losses as layers, under PyTorch's names and arguments."""

from mushin.nn.loss import classes, elements, margins
from mushin.nn.loss.classes import *  # noqa: F403  each file says which it has
from mushin.nn.loss.elements import *  # noqa: F403
from mushin.nn.loss.margins import *  # noqa: F403

__all__ = [*classes.__all__, *elements.__all__, *margins.__all__]
