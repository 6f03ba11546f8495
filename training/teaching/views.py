"""What a student is shown, kept on disk: pictures once, or what the first half of a network makes of them.

Most of a network's work lies before the cut, most of its weights behind it. A stage that teaches only what lies behind
looks at each crop once, keeps the tensors at the cut in half precision, and reads them again for each batch.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from pose.projection import INPUT_SIDE

from ..data import TARGETS
from .loop import Batches

Values = npt.NDArray[np.float32]
Targets = dict[str, Values]

CHUNK = 16
"""Views that go through the first half together, and are lost when a run is ended."""
_IMAGE_LEVELS = 255


class Source(Protocol):
    """Something that shows people: any number of views of them."""

    def view(self, number: int) -> tuple[Values, Targets]:
        """Return a crop (256, 256, 3), 0..1, and its targets as in `TARGETS`; the same for the same number."""
        ...


class Views:
    """Views in a folder: the tensors that a network's second half, or a whole network, begins with, and the targets."""

    def __init__(
        self,
        folder: Path,
        shapes: Sequence[tuple[int, ...]] | None,
        count: int,
        targets: Mapping[str, tuple[int, ...]] = TARGETS,
    ) -> None:
        """Open or make the arrays of ``count`` views; ``shapes`` of the tensors, None for whole crops as levels.

        ``targets``: names and shapes, without the batch's axis.
        """
        folder.mkdir(parents=True, exist_ok=True)
        self.count = count
        self._levels = shapes is None
        tensors = {f"tensor_{place}": shape for place, shape in enumerate(shapes or [(INPUT_SIDE, INPUT_SIDE, 3)])}
        kind = np.uint8 if self._levels else np.float16
        self.tensors = [_array(folder / f"{name}.npy", (count, *shape), kind) for name, shape in tensors.items()]
        self.targets = {
            name: _array(folder / f"{name}.npy", (count, *shape), np.float32) for name, shape in targets.items()
        }

    def write(self, start: int, tensors: Sequence[Values], targets: Sequence[Targets]) -> None:
        """Keep some views, from number ``start`` on."""
        some = slice(start, start + len(targets))
        for array, values in zip(self.tensors, tensors, strict=True):
            array[some] = np.rint(values * _IMAGE_LEVELS) if self._levels else values
        for name, array in self.targets.items():
            array[some] = np.stack([one[name] for one in targets])

    def read(self, places: npt.NDArray[np.intp]) -> tuple[list[Values], Targets]:
        """Return tensors and targets of some views."""
        tensors = [np.asarray(array[places], np.float32) for array in self.tensors]
        if self._levels:
            tensors = [tensor / np.float32(_IMAGE_LEVELS) for tensor in tensors]
        return tensors, {name: np.asarray(array[places]) for name, array in self.targets.items()}


def _array(path: Path, shape: tuple[int, ...], kind: type) -> Any:
    there = path.is_file()
    if there:
        array = np.load(path, mmap_mode="r+")
        if array.shape == shape and array.dtype == kind:
            return array
    return np.lib.format.open_memmap(path, "w+", kind, shape)  # type: ignore[no-untyped-call]


def keep(
    source: Source,
    count: int,
    early: Any,
    folder: Path,
    digest: str,
    tick: Callable[[int], None] = lambda _: None,
) -> Views:
    """Return ``count`` views of a source, made where they are not there yet.

    ``early`` is the first half of a network, None to keep whole crops. ``digest`` names what the views depend on: what
    is in the folder of another one is made anew. ``tick`` is called with numbers of views that are there.
    """
    shapes = None if early is None else [tuple(output.shape[1:]) for output in early.outputs]
    folder.mkdir(parents=True, exist_ok=True)
    state = folder / "state.json"
    said = json.loads(state.read_text("utf-8")) if state.is_file() else {}
    done = int(said.get("done", 0)) if (said.get("digest"), said.get("count")) == (digest, count) else 0
    targets = {name: values.shape for name, values in source.view(0)[1].items()}
    views = Views(folder, shapes, count, targets)
    tick(done)
    for start, shown in _chunks(source, done, count):
        images = np.stack([image for image, _ in shown])
        views.write(start, _tensors(early, images), [targets for _, targets in shown])
        _write(state, {"digest": digest, "count": count, "done": start + len(shown)})
        tick(len(shown))
    return views


def _tensors(early: Any, images: Values) -> list[Values]:
    if early is None:
        return [images]
    # One shape for all calls: back ends compile for it.
    padded = np.concatenate([images, np.zeros((CHUNK - len(images), *images.shape[1:]), np.float32)])
    found = early.predict_on_batch(padded)
    return [np.asarray(tensor)[: len(images)] for tensor in (found if isinstance(found, list) else [found])]


def _chunks(source: Source, start: int, count: int) -> Iterator[tuple[int, list[tuple[Values, Targets]]]]:
    """Yield views in order, some drawn ahead by threads: they spend their time in numpy and in decoders."""
    threads = os.cpu_count() or 1
    with ThreadPoolExecutor(threads) as pool:
        starts = range(start, count, CHUNK)
        waiting = [
            [pool.submit(source.view, number) for number in range(first, min(first + CHUNK, count))]
            for first in starts[:2]
        ]
        for place, first in enumerate(starts):
            shown = [one.result() for one in waiting.pop(0)]
            if place + 2 < len(starts):
                ahead = starts[place + 2]
                waiting.append([pool.submit(source.view, n) for n in range(ahead, min(ahead + CHUNK, count))])
            yield first, shown


def _write(path: Path, content: Mapping[str, Any]) -> None:
    part = path.with_name(f".{path.name}.part")
    part.write_text(json.dumps(content) + "\n", "utf-8")
    part.replace(path)


@dataclass(frozen=True)
class Share:
    """How many views of a kind are in each batch."""

    views: Views
    per_batch: int


class Mixture(Batches):
    """Batches of several kinds of views, each drawn by chance with replacement."""

    def __init__(self, shares: Sequence[Share], steps: int, seed: int, **options: Any) -> None:
        super().__init__(steps, **options)
        self._shares = [share for share in shares if share.per_batch]
        self._seed = seed

    def __getitem__(self, index: int) -> tuple[tuple[Values, ...], Targets]:
        """Return one batch."""
        random = np.random.default_rng([self._seed, self.round, index])
        found = []
        for share in self._shares:
            # In order of place: neighbours on disk are read together.
            places = np.sort(random.integers(0, share.views.count, share.per_batch))
            found.append(share.views.read(places))
        tensors = tuple(np.concatenate(parts) for parts in zip(*(tensors for tensors, _ in found), strict=True))
        return tensors, {
            name: np.concatenate([targets[name] for _, targets in found]) for name in self._shares[0].views.targets
        }
