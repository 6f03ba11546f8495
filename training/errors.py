"""What goes wrong in this room and is told to whoever ran the command, without a traceback."""

from __future__ import annotations


class TrainingError(Exception):
    """Something that the person at the command line can put right; the text says what was expected and what came."""


class RecipeError(TrainingError):
    """A recipe that says something unknown, impossible or too little."""


class StudioError(TrainingError):
    """The browser that draws did not start, fell silent, or could not draw a picture."""


class DataError(TrainingError):
    """A data set that is broken, empty or contradicts itself; the text names the file and the place in it."""
