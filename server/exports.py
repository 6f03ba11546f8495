"""Sessions as files: CSV, JSON Lines and Parquet, made piece by piece.

A file says what it is: units and coordinate frames stand in its header or schema (docs/formats.md). A joint that is
missing is missing (an empty field or null), never zero.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq
from sqlalchemy import Engine

from pose import landmarks, rescored, wire
from server import store

ROWS = 400  # frames at a time: half a megabyte of numbers, one of text
PARQUET_ROWS = 4000  # frames in a row group: large enough to compress, small against the memory that a server has
FORMAT_VERSION = 1
TRUTH = "truth_"  # what the names of true fields and columns begin with
Batch = npt.NDArray[np.void]


class NotRescoredError(LookupError):
    """Re-scored frames were asked for, and there are none."""


@dataclass(frozen=True)
class Export:
    """What is exported: the session's row, ``raw`` or ``rescored``, and its frames in batches of any size."""

    session: dict[str, Any]
    version: str
    batches: Callable[[], Iterator[Batch]]

    def counted(self, told: Callable[[int], object]) -> Export:
        """Return the same export, which tells how many frames each batch has as it is taken."""

        def batches() -> Iterator[Batch]:
            for batch in self.batches():
                yield batch
                told(len(batch))

        return replace(self, batches=batches)

    @property
    def about(self) -> dict[str, Any]:
        """Return what every file says about itself."""
        names = ("id", "pseudonym", "model", "backend", "source", "fps", "schema")
        session = {name: self.session[name] for name in names}
        about = {"format": "poseable", "format_version": FORMAT_VERSION, "version": self.version, "session": session}
        return about | {"truth": "on synthetic renders"} if self.schema.truth else about

    @property
    def schema(self) -> wire.Schema:
        """Return what the session's frames consist of."""
        return wire.SCHEMAS[self.session["schema"]]

    @property
    def fields(self) -> dict[str, dict[str, Any]]:
        """Return the fields of a frame with shape, unit and coordinate frame."""
        return rescored.fields(self.schema.name) if self.version == "rescored" else self.schema.fields

    @property
    def dtype(self) -> np.dtype[np.void]:
        """Return the dtype of the batches."""
        return rescored.dtype(self.schema.frame) if self.version == "rescored" else self.schema.frame


def open_export(engine: Engine, session: dict[str, Any], version: str) -> Export:
    """Prepare an export of a session's row, with the frames that it has now; raises NotRescoredError.

    Writing it raises StoreError when they are not all there any more, so that no file that is cut off looks whole.
    """
    if version == "raw":
        return Export(session, version, lambda: store.read_frames(engine, session))
    result = store.find_rescored(engine, session["id"])
    if result is None:
        raise NotRescoredError(f"session {session['id']} has not been re-scored")
    return Export(session, version, lambda: store.read_rescored(engine, session, result))


@dataclass(frozen=True)
class _Column:
    """A column of a table: where it is in a frame, and what it is called."""

    name: str
    field: str
    place: tuple[int, ...]

    def arrow_field(self, dtype: np.dtype[np.void], fact: dict[str, Any]) -> Any:
        base = dtype[self.field].base
        return pa.field(self.name, pa.from_numpy_dtype(base), metadata={"unit": fact["unit"], "frame": fact["frame"]})

    def take(self, frames: Batch) -> Any:
        where: Any = (slice(None), *self.place)
        return _array(frames[self.field][where])


def _columns(field: str, fact: dict[str, Any]) -> Iterator[_Column]:
    """Yield the columns of one field of a frame: ``left_wrist_x_px``, ``truth_left_wrist_visibility``."""
    quantity = field.removeprefix(TRUTH)
    side = TRUTH if quantity != field else ""
    joints = [(joint, side + name) for joint, name in enumerate(landmarks.NAMES)]
    if fact["shape"] == []:
        yield _Column(field + ("_s" if fact["unit"] == "s" else ""), field, ())
    elif field == "image_size":
        yield from (_Column(f"image_{edge}_px", field, (place,)) for place, edge in enumerate(("width", "height")))
    elif len(fact["shape"]) == 1:
        yield from (_Column(f"{name}_{quantity}", field, (joint,)) for joint, name in joints)
    else:
        for joint, name in joints:
            yield from (_Column(f"{name}_{axis}_{fact['unit']}", field, (joint, at)) for at, axis in enumerate("xyz"))


def _array(values: npt.NDArray[Any]) -> Any:
    """Return an Arrow array; NaN becomes null."""
    return pa.array(np.ascontiguousarray(values), from_pandas=True)


class _Table:
    """Batches as Arrow record batches."""

    def __init__(self, export: Export) -> None:
        self._columns = [column for field, fact in export.fields.items() for column in _columns(field, fact)]
        fields = [column.arrow_field(export.dtype, export.fields[column.field]) for column in self._columns]
        self.schema = pa.schema(fields, metadata={"poseable": json.dumps(export.about, ensure_ascii=False)})

    def batch(self, frames: Batch) -> Any:
        return pa.record_batch([column.take(frames) for column in self._columns], schema=self.schema)


class _Drain:
    """A file that is only written to, and emptied as it is read."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self.closed = False

    def write(self, data: Any) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def flush(self) -> None: ...

    def close(self) -> None:
        self.closed = True

    def take(self) -> bytes:
        data = b"".join(self._parts)
        self._parts.clear()
        return data


def csv(export: Export) -> Iterator[bytes]:
    """Yield a CSV file: comment lines with what it is, units and frames; a header; a line per frame."""
    table = _Table(export)
    head = [f"# poseable: {json.dumps(export.about, ensure_ascii=False)}"]
    for name, fact in export.fields.items():
        head.append(f"# {name}: unit {fact['unit']}; frame {fact['frame']}")
    yield ("\n".join([*head, ",".join(table.schema.names)]) + "\n").encode()
    drain = _Drain()
    options = pyarrow.csv.WriteOptions(include_header=False)
    with pyarrow.csv.CSVWriter(pa.PythonFile(drain, "w"), table.schema, write_options=options) as writer:
        for frames in store.regroup(export.batches(), ROWS):
            writer.write_batch(table.batch(frames))
            yield drain.take()
    yield drain.take()


def parquet(export: Export) -> Iterator[bytes]:
    """Yield a Parquet file: unit and frame are the fields' metadata, ``poseable`` in the schema's says what it is."""
    table = _Table(export)
    drain = _Drain()
    floats = [field.name for field in table.schema if pa.types.is_floating(field.type)]
    # Measured numbers hardly repeat: a dictionary of them would only cost memory, split bytes compress.
    options = {"use_dictionary": False, "use_byte_stream_split": floats, "write_statistics": False}
    with pq.ParquetWriter(pa.PythonFile(drain, "w"), table.schema, compression="zstd", **options) as writer:
        for frames in store.regroup(export.batches(), PARQUET_ROWS):
            writer.write_batch(table.batch(frames))
            yield drain.take()
    yield drain.take()


def jsonl(export: Export) -> Iterator[bytes]:
    """Yield JSON Lines: the first line says what it is, with units and frames; then an object per frame."""
    head = {"poseable": export.about, "landmark_names": landmarks.NAMES, "fields": export.fields}
    yield (json.dumps(head, ensure_ascii=False) + "\n").encode()
    names = list(export.fields)
    for frames in store.regroup(export.batches(), ROWS):
        pieces: list[Any] = []
        for place, name in enumerate(names):
            pieces += [f'{"," if place else "{"}"{name}":', _json(frames[name])]
        lines = pc.binary_join_element_wise(*pieces, "}", "")
        yield ("\n".join(lines.to_pylist()) + "\n").encode()


def _json(values: npt.NDArray[Any]) -> Any:
    """Return the JSON text (n,) of each row of ``values`` (n, ...); the shortest digits that give the number back."""
    numbers = np.ascontiguousarray(values)
    texts = pc.fill_null(pc.cast(_array(numbers.ravel()), pa.string()), "null")
    for size in reversed(numbers.shape[1:]):
        offsets = pa.array(np.arange(0, len(texts) + 1, size, dtype=np.int32))
        joined = pc.binary_join(pa.ListArray.from_arrays(offsets, texts), ",")
        texts = pc.binary_join_element_wise("[", joined, "]", "")
    return texts


FORMATS: dict[str, tuple[Callable[[Export], Iterator[bytes]], str]] = {
    "csv": (csv, "text/csv; charset=utf-8"),
    "jsonl": (jsonl, "application/jsonl; charset=utf-8"),
    "parquet": (parquet, "application/vnd.apache.parquet"),
}
"""Name, which is the file's ending too -> writer and media type."""
