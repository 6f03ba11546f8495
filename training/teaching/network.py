"""A released network as something to teach: opened, cut in two, mixed with its former self."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from converter import network as networks
from converter import sources, tflite
from converter.errors import ConversionError

from ..errors import TrainingError
from ..pipeline.networks import ROOT, find

Values = npt.NDArray[np.float32]
_PLACE = re.compile(r"_(\d+)(?:_relu6?)?$")


def open_released(name: str) -> Any:
    """Return a released network in Keras, outputs by name; raises `TrainingError` if there is none or no file of it."""
    if name not in sources.SOURCES:
        raise TrainingError(f"'{name}': expected one of {', '.join(sources.SOURCES)}")
    try:
        path = sources.find(name, ROOT)
        return networks.build(tflite.read(path), sources.SOURCES[name].positions, name)
    except ConversionError as error:
        raise TrainingError(str(error)) from error


def open_start(source: str, start: str) -> Any:
    """Return what is to be taught: the released network ``source``, or ``start``, a model that was taught from it.

    Raises `TrainingError` if there is no such model, no .tflite of it, or it is of another network.
    """
    if start == source:
        return open_released(source)
    path = find(start, "blazepose")
    released = open_released(source)
    try:
        found = networks.build(tflite.read(path), sources.SOURCES[source].positions, source)
    except ConversionError as error:
        raise TrainingError(f"start: {error}") from error
    if [value.shape for value in weights(found)] != [value.shape for value in weights(released)]:
        raise TrainingError(f"start: '{start}' was not taught from {source}: its weights have other shapes")
    return found


def open_taught(path: Path) -> Any:
    """Read a network that was taught and saved; raises `TrainingError` if the file is none."""
    import keras

    try:
        return keras.saving.load_model(path, compile=False)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise TrainingError(f"{path}: expected a network saved by Keras: {error}") from error


def split(network: Any, cut: str) -> tuple[Any, Any]:
    """Return the network up to the layer called ``cut`` and the rest, which share its layers.

    The order is that of the released file, in which names carry each layer's place. The first half has a list of
    outputs: all that the second half needs, in that order the second half's inputs. Raises `TrainingError` when there
    is no such layer, or nothing on one side.
    """
    import keras

    known = {layer.name for layer in network.layers}
    if cut not in known:
        raise TrainingError(f"cut: {network.name} has no layer called '{cut}'")
    end = _place(cut)
    early = [layer for layer in network.layers if _place(layer.name) <= end]
    late = [layer for layer in network.layers if _place(layer.name) > end]
    if not late:
        raise TrainingError(f"cut: '{cut}' is the last layer of {network.name}")
    wanted = {id(tensor) for layer in late for tensor in _inputs(layer)}
    frontier = [layer.output for layer in early if id(layer.output) in wanted]
    first = keras.Model(network.input, frontier, name=f"{network.name}-early")
    return first, keras.Model(frontier, network.output, name=f"{network.name}-late")


def _inputs(layer: Any) -> Sequence[Any]:
    return layer.input if isinstance(layer.input, list) else [layer.input]


def _place(name: str) -> int:
    """Return the place of a layer in the released file; the input comes before all."""
    found = _PLACE.search(name)
    return int(found[1]) if found else -1


def weights(network: Any) -> list[Values]:
    """Return copies of all weights."""
    return [np.array(values) for values in network.get_weights()]


def mix(released: Sequence[Values], taught: Sequence[Values], share: float) -> list[Values]:
    """Return weights on the line from the released (share 0) to the taught ones (share 1).

    Fine-tuned networks stay linearly connected to where they came from, and points between keep more of what the
    released one knew (Wortsman et al., "Robust fine-tuning of zero-shot models", CVPR 2022).
    """
    return [(1 - share) * before + share * after for before, after in zip(released, taught, strict=True)]
