"""Pose tracking that includes people who use mobility equipment.

    import poseable

    people = poseable.predict("photo.jpg")
    people[0].world_landmarks  # (33, 3), metres from the hip centre

See docs/predict.md. The command line is in `poseable.__main__`. Nothing heavy is imported before it is used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pose.landmarks import NAMES as LANDMARKS
    from training.errors import TrainingError as Error
    from training.predict.api import Person, Tracker, predict

__all__ = ["LANDMARKS", "Error", "Person", "Tracker", "predict"]

# name -> its module, and what it is called there
_PLACES = {
    "LANDMARKS": ("pose.landmarks", "NAMES"),
    "Error": ("training.errors", "TrainingError"),
    "Person": ("training.predict.api", "Person"),
    "Tracker": ("training.predict.api", "Tracker"),
    "predict": ("training.predict.api", "predict"),
}


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module 'poseable' has no attribute '{name}'")
    module, there = _PLACES[name]
    return getattr(import_module(module), there)


def __dir__() -> list[str]:
    return __all__
