"""A ``.task`` bundle: the person detector and one landmark network as MediaPipe Tasks' PoseLandmarker wants them.

The bundle is a zip without compression that holds the two networks under fixed names. Released and taught files lack
the metadata that Tasks insists on (which values a pixel becomes), so it is added; the weights are not touched. Names
and metadata: mediapipe/tasks/cc/vision/pose_landmarker and mediapipe/tasks/metadata/metadata_schema.fbs.
"""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from . import patch, tflite
from .errors import ConversionError, MissingPackageError
from .sources import OUTPUT_SHAPES

DETECTOR_NAME = "pose_detector.tflite"
LANDMARKS_NAME = "pose_landmarks_detector.tflite"
# The first moment that a zip entry can carry: the bundle's bytes depend on the networks alone.
ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Normalization:
    """A network's input is (byte - mean) / std."""

    mean: float
    std: float

    @property
    def value_range(self) -> tuple[float, float]:
        """What the bytes 0 and 255 become."""
        return (0 - self.mean) / self.std, (255 - self.mean) / self.std


DETECTOR_INPUT = Normalization(127.5, 127.5)
LANDMARKS_INPUT = Normalization(0.0, 255.0)
METADATA = b"TFLITE_METADATA"


def write_task(detector_tflite: Path, landmarks_tflite: Path, out: Path) -> None:
    """Write the bundle of two .tflite files, released or taught, to `out`.

    Raises `TFLiteError` if a file is damaged, `ConversionError` if one is not what its place needs, and
    `MissingPackageError` without the package ``mediapipe``, whose schema describes the metadata.
    """
    contents = {
        DETECTOR_NAME: _with_metadata(detector_tflite, DETECTOR_INPUT, OUTPUT_SHAPES["detector"]),
        LANDMARKS_NAME: _with_metadata(landmarks_tflite, LANDMARKS_INPUT, OUTPUT_SHAPES["landmarks"]),
    }
    scratch = out.with_name(f".{out.name}.part")
    with zipfile.ZipFile(scratch, "w", zipfile.ZIP_STORED) as bundle:
        for name, content in contents.items():
            bundle.writestr(zipfile.ZipInfo(name, ZIP_EPOCH), content)
    scratch.replace(out)


def _with_metadata(path: Path, normalization: Normalization, outputs: tuple[tuple[int, ...], ...]) -> bytes:
    """Return the file's bytes with metadata; `outputs` are the shapes that its outputs must have, in order."""
    data = path.read_bytes()
    graph = tflite.parse(data, path.name)
    found = tuple(graph.tensors[index].shape for index in graph.outputs)
    if found != outputs:
        raise ConversionError(f"{path.name}: expected a network with outputs of shapes {outputs}, found {found}")
    _, schema = _schemas()
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAsModel(data, 0))
    buffer = schema.BufferT()
    buffer.data = np.frombuffer(_metadata(normalization, len(outputs)), np.uint8)
    model.buffers.append(buffer)
    pointer = schema.MetadataT()
    pointer.name = METADATA
    pointer.buffer = len(model.buffers) - 1
    model.metadata = [*(entry for entry in model.metadata or () if entry.name != METADATA), pointer]
    return patch.pack(schema, model)


def _metadata(normalization: Normalization, outputs: int) -> bytes:
    """Return the metadata flatbuffer: an RGB image that is normalised, and outputs without a meaning of their own."""
    import flatbuffers  # type: ignore[import-untyped]

    schema, _ = _schemas()
    step = schema.NormalizationOptionsT()
    step.mean, step.std = [normalization.mean], [normalization.std]
    unit = schema.ProcessUnitT()
    unit.optionsType, unit.options = schema.ProcessUnitOptions.NormalizationOptions, step
    colours = schema.ImagePropertiesT()
    colours.colorSpace = schema.ColorSpaceType.RGB
    content = schema.ContentT()
    content.contentPropertiesType, content.contentProperties = schema.ContentProperties.ImageProperties, colours
    stats = schema.StatsT()
    stats.min, stats.max = ([value] for value in normalization.value_range)
    image = schema.TensorMetadataT()
    image.name, image.content, image.processUnits, image.stats = "image", content, [unit], stats

    results = []
    for position in range(outputs):
        result = schema.TensorMetadataT()
        result.name = f"output_{position}"
        results.append(result)
    graph = schema.SubGraphMetadataT()
    graph.inputTensorMetadata, graph.outputTensorMetadata = [image], results
    model = schema.ModelMetadataT()
    model.name, model.subgraphMetadata = "pose", [graph]
    builder = flatbuffers.Builder(0)
    builder.Finish(model.Pack(builder), b"M001")
    return bytes(builder.Output())


def _schemas() -> tuple[Any, Any]:
    """Return MediaPipe's generated modules for metadata and for TFLite."""
    try:
        from mediapipe.tasks.metadata import metadata_schema_py_generated, schema_py_generated
    except ImportError as error:
        raise MissingPackageError(f"a .task bundle needs the package mediapipe: {error}") from error
    return metadata_schema_py_generated, schema_py_generated
