"""The networks behind the pipeline: a landmark network and the person detector, wherever they come from.

Released networks run from their .tflite files through TFLite's interpreter, which is the quickest on a CPU and needs no
TensorFlow; a taught one from its .tflite or, while it is taught, from Keras.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt

from converter import manifest, sources
from converter.errors import ConversionError
from pose.landmarks import RAW_COUNT
from pose.projection import HEATMAP_SIDE

from ..errors import TrainingError

Values = npt.NDArray[np.float32]

ROOT = Path(__file__).resolve().parents[2]
MODELS = ROOT / "static/models"
OWN = "own"
"""Folder below the models' one in which users keep the models that they taught."""
DETECTOR = "person-detector"
_UNSAID = {"landmarks": "blazepose-full", "detector": DETECTOR}
_LANDMARK_SIZES = {
    5 * RAW_COUNT: "landmarks",
    1: "flag",
    HEATMAP_SIDE**2 * RAW_COUNT: "heatmap",
    3 * RAW_COUNT: "world",
}
_DETECTOR_SIZES = {2254 * 12: "boxes", 2254: "scores"}


class Network(Protocol):
    """Something that turns levels (side, side, 3), 0..255, into named outputs; ``name`` is for reports."""

    name: str

    def __call__(self, levels: Values) -> Mapping[str, Values]:
        """Return the outputs for one crop, without the batch's axis."""
        ...


@dataclass(frozen=True)
class Networks:
    """What the pipeline needs: ``landmarks`` gives landmarks, flag, heatmap, world; ``detector`` boxes, scores."""

    landmarks: Network
    detector: Network


class TFLiteNetwork:
    """A .tflite file in its interpreter, on one thread."""

    def __init__(self, path: Path, sizes: Mapping[int, str], value_range: tuple[float, float], name: str) -> None:
        """Open a file whose outputs are told apart by their ``sizes``; raises `TrainingError` if they are not there."""
        try:
            from ai_edge_litert.interpreter import Interpreter
        except ImportError as error:
            raise TrainingError(f"{error}; install the extra: pip install 'poseable[training]'") from error
        self.name = name
        try:
            self._interpreter = Interpreter(model_content=path.read_bytes(), num_threads=1)
            self._interpreter.allocate_tensors()
        except (ValueError, RuntimeError) as error:
            raise TrainingError(f"{path}: expected a .tflite network: {error}") from error
        self._input = self._interpreter.get_input_details()[0]
        self._low, self._span = value_range[0], value_range[1] - value_range[0]
        details = self._interpreter.get_output_details()
        self._outputs = {sizes[size]: d["index"] for d in details if (size := int(np.prod(d["shape"]))) in sizes}
        lacking = sorted(set(sizes.values()) - set(self._outputs) - {"heatmap"})  # the page does without it, too
        if lacking:
            raise TrainingError(f"{path}: expected a network with the outputs {', '.join(lacking)}")

    def __call__(self, levels: Values) -> dict[str, Values]:
        """Run the network on one crop."""
        values = (self._low + levels * np.float32(self._span / 255)).astype(np.float32)
        self._interpreter.set_tensor(self._input["index"], values[None])
        self._interpreter.invoke()
        return {name: self._interpreter.get_tensor(place)[0] for name, place in self._outputs.items()}


class KerasNetwork:
    """A Keras network with named outputs, as ``converter.network.build`` gives it."""

    def __init__(self, model: Any, value_range: tuple[float, float], name: str) -> None:
        self.name = name
        self._model = model
        self._low, self._span = value_range[0], value_range[1] - value_range[0]

    def __call__(self, levels: Values) -> dict[str, Values]:
        """Run the network on one crop."""
        import keras

        values = (self._low + levels * np.float32(self._span / 255)).astype(np.float32)
        outputs = self._model(values[None], training=False)
        return {name: np.asarray(keras.ops.convert_to_numpy(output)[0]) for name, output in outputs.items()}


def default(role: Literal["landmarks", "detector"]) -> str:
    """Return the name of the model that the page takes unless told otherwise: ``defaults`` in the models' manifest."""
    try:
        return manifest.read_defaults(MODELS).get(role, _UNSAID[role])
    except (ConversionError, OSError, ValueError) as error:
        raise TrainingError(f"{MODELS / manifest.FILE}: expected the models' manifest: {error}") from error


def taught() -> list[str]:
    """Return the names of the taught models that can be run here, shipped ones before users' own."""
    folders = [folder for parent in (MODELS, MODELS / OWN) for folder in sorted(parent.glob("*/")) if _files(folder)]
    return [folder.name for folder in folders]


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.tflite")) + sorted(folder.glob("*.keras"))


def find(model: str, released: str) -> Path:
    """Return the .tflite or .keras file of a model: a released or taught one's name, a folder, or a file.

    Taught ones lie in ``static/models/NAME`` or, users' own, in ``static/models/own/NAME``. ``released`` is the kind
    that is looked for in a folder (part of the file's name) when it holds several. Raises `TrainingError` saying what
    there is.
    """
    path = Path(model)
    if path.is_file() and path.suffix in (".tflite", ".keras"):
        return path
    if model in sources.SOURCES:
        try:
            return sources.find(model, ROOT)
        except ConversionError as error:
            raise TrainingError(str(error)) from error
    for folder in (path, MODELS / model, MODELS / OWN / model):
        found = _files(folder)
        named = [file for file in found if released in file.stem] or found
        if named:
            return named[0]
    known = ", ".join([*(name for name in sources.SOURCES if name != DETECTOR), *taught()])
    raise TrainingError(f"'{model}': expected one of {known}, a .tflite or .keras file, or a folder that holds one")


def open_landmarks(model: str) -> Network:
    """Open a landmark network by name, folder or file."""
    path = find(model, "blazepose")
    if path.suffix == ".keras":
        import keras

        return KerasNetwork(keras.saving.load_model(path), (0.0, 1.0), model)
    return TFLiteNetwork(path, _LANDMARK_SIZES, (0.0, 1.0), model)


def open_detector(model: str = DETECTOR) -> Network:
    """Open a person detector by name, folder or file."""
    path = find(model, "detector")
    if path.suffix == ".keras":
        import keras

        return KerasNetwork(keras.saving.load_model(path), (-1.0, 1.0), model)
    return TFLiteNetwork(path, _DETECTOR_SIZES, (-1.0, 1.0), model)
