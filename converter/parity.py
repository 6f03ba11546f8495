"""How far the converted networks are from the released ones: the same crops through each, the largest difference.

Three ways through a network are compared: TFLite's own interpreter (the reference), the Keras rebuild, and the TF.js
graph model in a browser. Differences are absolute, in the unit in which the quantity is used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from . import browser
from .errors import ConversionError
from .sources import Source

Values = npt.NDArray[np.float32]
Outputs = Mapping[str, Values]

# Crops that Keras takes at once: its overhead per call is that of several crops.
BATCH = 10


@dataclass(frozen=True)
class Quantity:
    """A part of an output that has a unit of its own, the largest difference allowed, and why that is small enough."""

    name: str
    output: str
    unit: str
    tolerance: float | None
    reason: str
    # from the output's values to the quantity in its unit
    of: Callable[[Values], Values]


def _points(values: Values) -> Values:
    return values.reshape(-1, 39, 5)


# Float32 sums of up to 1,152 products, in another order on each way, differ by about 1e-5 of their size: 0.003 px of
# 256. Each tolerance lies above that and far below what could be seen or measured.
LANDMARK_QUANTITIES = (
    Quantity("position", "landmarks", "px", 0.01, "1/100 px is invisible", lambda v: _points(v)[..., :3]),
    Quantity(
        "visibility, presence", "landmarks", "logit", 0.005, "0.00125 in probability", lambda v: _points(v)[..., 3:]
    ),
    Quantity("flag", "flag", "probability", 1e-4, "thresholds have two digits", lambda v: v),
    Quantity("heat map", "heatmap", "logit", 0.005, "0.5 % of a weight in the refinement", lambda v: v),
    Quantity("world", "world", "mm", 0.05, "a thousandth of the model's own error", lambda v: v * 1000),
)
# MediaPipe's `score_clipping_thresh`, and what the tracker clips to: beyond it a probability is 0 or 1 in any
# precision.
SCORE_LIMIT = 100
DETECTOR_QUANTITIES = (
    Quantity("boxes", "boxes", "px", 0.01, "1/100 px is invisible", lambda v: v),
    Quantity(
        "scores", "scores", "logit", 1e-3, "0.00025 in probability", lambda v: np.clip(v, -SCORE_LIMIT, SCORE_LIMIT)
    ),
)


def quantities(source: Source) -> tuple[Quantity, ...]:
    """Return what is compared for a network; the outputs of an unknown one are compared but not judged."""
    if source.role == "landmarks":
        return LANDMARK_QUANTITIES
    if source.role == "detector":
        return DETECTOR_QUANTITIES
    return tuple(
        Quantity(output.name, output.name, output.unit, None, "its unit is not known", lambda v: v)
        for output in source.outputs
    )


@dataclass(frozen=True)
class Difference:
    """The largest absolute difference of one quantity between two ways, in the quantity's unit."""

    quantity: Quantity
    ways: str
    largest: float

    @property
    def within(self) -> bool:
        """Whether the tolerance is kept, or at least all values were numbers where there is none."""
        limit = self.quantity.tolerance
        return self.largest < np.inf if limit is None else self.largest <= limit


def patterns(count: int, size: int) -> list[Values]:
    """Return `count` crops (size, size, 3) in 0..1 of coloured blocks at several scales."""
    rng = np.random.default_rng(0)
    result = []
    for _ in range(count):
        image = np.zeros((size, size, 3))
        for block in (4, 16, 64):
            coarse = rng.random((size // block + 1, size // block + 1, 3)) / 3
            image += np.kron(coarse, np.ones((block, block, 1)))[:size, :size]
        result.append(image.astype(np.float32))
    return result


def load_pictures(folder: Path, count: int, size: int) -> list[Values]:
    """Return the first `count` pictures of a folder by name, their middle square scaled to (size, size, 3), in 0..1.

    Raises `ConversionError` if the folder holds no .png or .jpg file, or one that is no picture.
    """
    import tensorflow as tf

    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in (".png", ".jpg", ".jpeg"))[:count]
    if not paths:
        raise ConversionError(f"{folder} holds no .png or .jpg pictures")
    result = []
    for path in paths:
        try:
            image = tf.io.decode_image(path.read_bytes(), channels=3, expand_animations=False)
        except tf.errors.InvalidArgumentError as error:
            raise ConversionError(f"{path} is no picture") from error
        side = min(image.shape[:2])
        square = tf.image.resize_with_crop_or_pad(image, side, side)
        result.append(np.asarray(tf.image.resize(square, (size, size), antialias=True), np.float32) / 255)
    return result


def scaled(source: Source, crops: Sequence[Values]) -> list[Values]:
    """Return crops (size, size, 3) of 0..1 as the network's input (1, size, size, 3) in its own range."""
    low, high = source.value_range
    return [(crop * (high - low) + low).astype(np.float32)[None] for crop in crops]


def through_tflite(path: Path, positions: Mapping[str, int], inputs: Iterable[Values]) -> Iterator[Outputs]:
    """Yield what TFLite's interpreter makes of each input.

    Its own kernels are used, not those of XNNPACK, which it prefers by default: on blazepose-full, XNNPACK's sums are
    up to 0.045 mm away from the same network in float64, ten times as far as its own, Keras and TF.js are.
    """
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    kernels = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    interpreter = Interpreter(model_content=path.read_bytes(), experimental_op_resolver_type=kernels)
    interpreter.allocate_tensors()
    (image,) = (details["index"] for details in interpreter.get_input_details())
    indices = [details["index"] for details in interpreter.get_output_details()]
    for values in inputs:
        interpreter.set_tensor(image, values)
        interpreter.invoke()
        yield {name: interpreter.get_tensor(indices[position]) for name, position in positions.items()}


def through_keras(model: Any, inputs: Sequence[Values]) -> Iterator[Outputs]:
    """Yield what a Keras network with named outputs makes of each input."""
    for start in range(0, len(inputs), BATCH):
        batch = np.concatenate(inputs[start : start + BATCH])
        results = {name: np.asarray(values) for name, values in model.predict_on_batch(batch).items()}
        for number in range(len(batch)):
            yield {name: values[number : number + 1] for name, values in results.items()}


def through_tfjs(folder: Path, model: Any, inputs: Sequence[Values]) -> Iterator[Outputs]:
    """Yield what the graph model in `folder` makes of each input in a browser; `model` tells the outputs' shapes."""
    shapes = {name: (1, *output.shape[1:]) for name, output in model.output.items()}
    return browser.run(folder, inputs, shapes)


def compare(
    wanted: Sequence[Quantity], ways: Mapping[str, Iterable[Outputs]], tick: Callable[[], None] = lambda: None
) -> list[Difference]:
    """Return the largest difference of each quantity between each two of `ways`; `tick` is called after each crop.

    Every way must yield equally many outputs, at least one; a difference that is not a number counts as infinite.
    """
    names = list(ways)
    pairs = [(one, other) for number, one in enumerate(names) for other in names[number + 1 :]]
    largest: dict[tuple[tuple[str, str], Quantity], float] = {}
    for outputs in zip(*ways.values(), strict=True):
        by_way = dict(zip(names, outputs, strict=True))
        for pair, quantity in product(pairs, wanted):
            one, other = (quantity.of(by_way[way][quantity.output]).astype(np.float64) for way in pair)
            difference = float(np.max(np.abs(one - other)))
            largest[pair, quantity] = max(
                largest.get((pair, quantity), 0.0), np.inf if np.isnan(difference) else difference
            )
        tick()
    if not largest:
        raise ConversionError("nothing to compare: no crops")
    return [Difference(quantity, f"{one} / {other}", value) for ((one, other), quantity), value in largest.items()]
