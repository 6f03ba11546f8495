"""Write a taught network so that it runs wherever the released one did: TF.js, .tflite, .task, and in our manifest.

A taught network is a released one with other weights. So its .tflite is the released file with the new weights in it,
rounded to float16 as the old ones are; operators, the order of outputs, metadata and the segmentation branch stay. The
TF.js graph model comes from the same rounded weights. Both are compared with the Keras network before anything is
replaced.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypedDict, Unpack

import keras
import numpy as np

from . import manifest, network, parity, patch, sources, task, tfjs, tflite
from .errors import ConversionError, UnknownModelError, WeightsError
from .parity import Values

ROOT = Path(__file__).resolve().parents[1]
NAME = re.compile(r"[a-z0-9-]{1,40}")
HALF = np.dtype(np.float16)
PATTERNS = 10
"""How many painted patterns are compared on when no crops are given."""


class Options(TypedDict, total=False):
    """What `write_taught` may be told besides.

    ``taught``: how it was taught (recipe, data, command...), for the manifest. ``crops``: pictures of people, (side,
    side, 3) of the network's own side, RGB in 0..1, that the written files are compared on. ``detector``: the .tflite
    of a person detector, to write ``NAME.task`` with it.
    """

    taught: Mapping[str, Any]
    crops: Sequence[Values]
    detector: Path | None


def write_taught(
    model: Any, source: str, name: str, folder: Path, evaluation: Mapping[str, Any], **options: Unpack[Options]
) -> Path:
    """Write ``folder/NAME/`` and enter it in ``folder/manifest.json``; return the new folder.

    `model` is the Keras network, as `network.build` makes it of the released model `source`, with taught weights; it
    is not changed. `evaluation` goes into the manifest and, as it is, into ``NAME/report.json``. The folder gets the
    TF.js graph model, ``NAME.tflite`` and the report, and ``NAME.task`` if a detector is given. What was there under
    this name is replaced once all is written and compared, and stays as it is when something fails.

    Raises `UnknownModelError` (no such released model), `WeightsError` (layers that are not the released model's, or
    weights that float16 cannot hold), `ParityError` (the written files give other numbers) or another
    `ConversionError`; ``ValueError`` when `evaluation` is no JSON.
    """
    released = _checked(source, name)
    if (backend := keras.backend.backend()) != "tensorflow":
        raise ConversionError(f"exporting needs Keras on TensorFlow (KERAS_BACKEND=tensorflow), not on {backend}")
    path = sources.find(source, ROOT)
    report = json.dumps(evaluation, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    graph = tflite.read(path)
    rounded = _rounded(model, network.build(graph, released.positions, name))
    folder.mkdir(parents=True, exist_ok=True)
    staging = folder / f".{name}.part"
    shutil.rmtree(staging, ignore_errors=True)
    try:
        files = tfjs.export(rounded, staging)
        file = staging / f"{name}.tflite"
        file.write_bytes(patch.replace(path.read_bytes(), path.name, network.constants(graph, rounded)))
        (staging / "report.json").write_text(report)
        if (detector := options.get("detector")) is not None:
            task.write_task(detector, file, staging / f"{name}.task")
        measured = _compared(released, file, rounded, staging, options.get("crops"))
        final = _put(staging, folder / name)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    entry = manifest.entry(released, rounded, [final / made.name for made in files], folder, measured)
    entry |= {"committed": folder.resolve() == manifest.MODELS}
    entry |= {"taught": dict(options.get("taught", {})), "evaluation": dict(evaluation)}
    manifest.update(folder, {name: manifest.taught_entry(entry, name, released, folder)})
    return final


def _checked(source: str, name: str) -> sources.Source:
    if source not in sources.SOURCES:
        raise UnknownModelError(f"no released model is called '{source}'; there are {', '.join(sources.SOURCES)}")
    if not NAME.fullmatch(name) or name in sources.SOURCES:
        fault = "is a released model's" if name in sources.SOURCES else "is not"
        raise ConversionError(f"a taught model's name has 1 to 40 of a to z, 0 to 9 and hyphen: '{name}' {fault}")
    return sources.SOURCES[source]


def _rounded(taught: Any, released: Any) -> Any:
    """Give the released network the taught one's weights, as float16 holds them, and return it."""
    given = {layer.name: layer for layer in taught.layers if layer.weights}
    wanted = {layer.name: layer for layer in released.layers if layer.weights}
    if given.keys() != wanted.keys():
        lacking, foreign = sorted(wanted.keys() - given.keys()), sorted(given.keys() - wanted.keys())
        raise WeightsError(f"layers with weights: {_few(lacking)} lacking, {_few(foreign)} not of the released model")
    for name, layer in wanted.items():
        weights = given[name].get_weights()
        shapes, expected = ([value.shape for value in values] for values in (weights, layer.get_weights()))
        if shapes != expected:
            raise WeightsError(f"layer {name}: expected weights of shapes {expected}, found {shapes}")
        layer.set_weights([patch.rounded(value, HALF, name).astype(np.float32) for value in weights])
    return released


def _few(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "") or "none"


def _compared(
    source: sources.Source, file: Path, model: Any, folder: Path, crops: Sequence[Values] | None
) -> dict[str, Any]:
    """Return the parity report of the written files as the manifest keeps it; raise `ParityError`."""
    shape = tuple(model.input_shape[1:])
    pictures = parity.patterns(PATTERNS, shape) if crops is None else crops
    ways = parity.all_ways(file, source, model, folder, parity.scaled(source, pictures))
    differences = parity.compare(parity.quantities(source), ways)
    parity.judge(model.name, differences, parity.PATTERN_SHARE if crops is None else sources.TAUGHT_SHARE_WITHIN)
    return {"crops": len(pictures), "differences": parity.table(differences)}


def _put(staging: Path, final: Path) -> Path:
    """Let `staging` take the place of `final`, with as short a time without either as two renames take."""
    old = final.with_name(f".{final.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if final.exists():
        final.rename(old)
    staging.rename(final)
    shutil.rmtree(old, ignore_errors=True)
    return final
