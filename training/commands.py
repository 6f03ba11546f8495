"""The commands of this room, as ``poseable/__main__.py`` looks them up."""

from __future__ import annotations

from .evaluation.command import evaluate
from .label.command import label
from .persons.command import evaluate_detector, teach_detector
from .predict.command import predict
from .render.command import render
from .teaching.command import train

evaluate.add_command(evaluate_detector)
train.add_command(teach_detector)

__all__ = ["evaluate", "label", "predict", "render", "train"]
