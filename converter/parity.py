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
from .errors import ConversionError, MissingPackageError, ParityError
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
# MediaPipe's `score_clipping_thresh`: beyond it a probability is 0 or 1 in any precision.
SCORE_LIMIT = 100
DETECTOR_QUANTITIES = (
    Quantity("boxes", "boxes", "px", 0.01, "1/100 px is invisible", lambda v: v),
    Quantity(
        "scores", "scores", "logit", 1e-3, "0.00025 in probability", lambda v: np.clip(v, -SCORE_LIMIT, SCORE_LIMIT)
    ),
)


# Where nobody is to be seen, the networks enlarge rounding at will: TFLite and Keras differ by 0.3 px in one of a
# hundred patterns, by 0.003 px in most. So the tolerances need hold in half of the patterns only; a wrong conversion
# fails in all.
PATTERN_SHARE = 0.5


def quantities(source: Source) -> tuple[Quantity, ...]:
    """Return what is compared for a network; the outputs of an unknown one are compared but not judged."""
    known = {"landmarks": LANDMARK_QUANTITIES, "detector": DETECTOR_QUANTITIES}
    if source.role in known:
        return known[source.role]
    return tuple(
        Quantity(output.name, output.name, output.unit, None, "its unit is not known", lambda v: v)
        for output in source.outputs
    )


@dataclass(frozen=True)
class Difference:
    """How far apart two ways are in one quantity: the largest absolute difference in each crop, in its unit."""

    quantity: Quantity
    ways: str
    by_crop: tuple[float, ...]

    @property
    def largest(self) -> float:
        """The largest difference of all; infinite if something was not a number."""
        return max(self.by_crop)

    @property
    def share_within(self) -> float:
        """The share of crops in which the tolerance is kept, or in which all is finite where there is none."""
        limit = self.quantity.tolerance
        within = [value < np.inf if limit is None else value <= limit for value in self.by_crop]
        return sum(within) / len(within)


def patterns(count: int, shape: tuple[int, ...]) -> list[Values]:
    """Return `count` inputs of `shape` in 0..1: coloured patches for images (height, width, channels), else noise.

    For want of pictures; see `PATTERN_SHARE`.
    """
    rng = np.random.default_rng(0)
    result = []
    for _ in range(count):
        if len(shape) == 3:
            height, width, channels = shape
            layers = []
            for block in (max(1, height // 8), max(1, height // 3)):
                coarse = rng.random((height // block + 1, width // block + 1, channels))
                layers.append(np.kron(coarse, np.ones((block, block, 1)))[:height, :width])
            result.append(np.mean(layers, axis=0, dtype=np.float32))
        else:
            result.append(rng.random(shape, np.float32))
    return result


def load_pictures(folder: Path, count: int, shape: tuple[int, ...]) -> list[Values]:
    """Return the first `count` pictures of a folder by name, their middle square scaled to `shape`, (size, size, 3).

    Values are RGB in 0..1. Raises `ConversionError` if the folder holds no .png or .jpg file or one that is no picture,
    or if `shape` is no square picture's.
    """
    import tensorflow as tf

    if len(shape) != 3 or shape[0] != shape[1] or shape[2] != 3:
        raise ConversionError(f"pictures are for inputs (size, size, 3), this network's is {shape}")
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
        result.append(np.asarray(tf.image.resize(square, shape[:2], antialias=True), np.float32) / 255)
    return result


def scaled(source: Source, crops: Sequence[Values]) -> list[Values]:
    """Return crops, in 0..1, as the network's input: a batch of one each, in its own range."""
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
    """Yield what a Keras network with named outputs makes of each input.

    Operator by operator: compiled as a whole, blazepose-heavy crashes TensorFlow 2.19 where oneDNN is on.
    """
    import keras

    for start in range(0, len(inputs), BATCH):
        batch = np.concatenate(inputs[start : start + BATCH])
        results = {name: keras.ops.convert_to_numpy(values) for name, values in model(batch, training=False).items()}
        for number in range(len(batch)):
            yield {name: values[number : number + 1] for name, values in results.items()}


def through_tfjs(folder: Path, model: Any, inputs: Sequence[Values]) -> Iterator[Outputs]:
    """Yield what the graph model in `folder` makes of each input in a browser; `model` tells the outputs' shapes."""
    shapes = {name: (1, *output.shape[1:]) for name, output in model.output.items()}
    return browser.run(folder, inputs, shapes)


def all_ways(
    path: Path,
    source: Source,
    model: Any,
    folder: Path,
    inputs: Sequence[Values],
    say: Callable[[str], None] = lambda _: None,
) -> dict[str, Iterator[Outputs]]:
    """Return the ways through one network: file `path`, its Keras form, and its graph model in `folder`.

    `source` tells what the outputs are. Without a browser the last way is missing; `say` is told why.
    """
    ways = {
        "tflite": through_tflite(path, source.positions, inputs),
        "keras": through_keras(model, inputs),
    }
    try:
        browser.find_browser()
    except MissingPackageError as error:
        say(f"TF.js is not compared: {error}")
        return ways
    return ways | {"tfjs": through_tfjs(folder, model, inputs)}


def compare(
    wanted: Sequence[Quantity], ways: Mapping[str, Iterable[Outputs]], tick: Callable[[], None] = lambda: None
) -> list[Difference]:
    """Return the differences of each quantity between each two of `ways`; `tick` is called after each crop.

    Every way must yield equally many outputs, at least one; a difference that is not a number counts as infinite.
    """
    names = list(ways)
    pairs = [(one, other) for number, one in enumerate(names) for other in names[number + 1 :]]
    found: dict[tuple[tuple[str, str], Quantity], list[float]] = {}
    for outputs in zip(*ways.values(), strict=True):
        by_way = dict(zip(names, outputs, strict=True))
        for pair, quantity in product(pairs, wanted):
            one, other = (quantity.of(by_way[way][quantity.output]).astype(np.float64) for way in pair)
            difference = float(np.max(np.abs(one - other)))
            found.setdefault((pair, quantity), []).append(np.inf if np.isnan(difference) else difference)
        tick()
    if not found:
        raise ConversionError("nothing to compare: no crops")
    return [Difference(quantity, " / ".join(pair), tuple(values)) for (pair, quantity), values in found.items()]


def judge(name: str, differences: Sequence[Difference], share: float) -> None:
    """Raise `ParityError`, naming network `name`, unless each tolerance is kept in at least this share of the crops."""
    too_far = [f"{d.quantity.name} ({d.ways})" for d in differences if d.share_within < share]
    if too_far:
        raise ParityError(f"{name} differs from its original by more than the tolerance: {', '.join(too_far)}")


def table(differences: Sequence[Difference]) -> dict[str, dict[str, Any]]:
    """Return for each quantity: unit, tolerance, and between each two ways the largest difference, to two digits.

    Where the tolerance is not kept in all crops, ``share_within`` tells in how many it is.
    """
    rows: dict[str, dict[str, Any]] = {}
    for d in differences:
        empty: dict[str, Any] = {"unit": d.quantity.unit, "tolerance": d.quantity.tolerance, "largest": {}}
        row = rows.setdefault(d.quantity.name, empty)
        row["largest"][d.ways] = float(f"{d.largest:.1e}")
        if d.share_within < 1:
            row.setdefault("share_within", {})[d.ways] = d.share_within
    return rows
