"""The commands of this room, as ``poseable/__main__.py`` looks them up."""

from __future__ import annotations

from .evaluation.command import evaluate
from .label.command import label
from .predict.command import predict
from .render.command import render
from .teaching.command import train

__all__ = ["evaluate", "label", "predict", "render", "train"]
