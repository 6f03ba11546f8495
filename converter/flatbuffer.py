"""Read a flatbuffer whose every offset is checked against the file's end.

The generated readers trust the file: a damaged one raises whatever ``struct`` or numpy happen to raise, or silently
reads from elsewhere. Here each read either lies inside the file or raises `TruncatedBufferError` with the byte
offset. The format: https://flatbuffers.dev/internals/ (little-endian; a table starts with the signed distance back to
its vtable, which holds one u16 offset per field; strings and vectors are reached by an unsigned forward offset and
start with a u32 length).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from .errors import TruncatedBufferError, UnsupportedError

Number = TypeVar("Number", bound=np.generic)
# Far above any released network's, yet it bounds the work that a damaged length field can cause.
MAX_ENTRIES = 16_384
MAX_NAME_BYTES = 4_096


@dataclass(frozen=True)
class Reader:
    """The bytes of one file and its name for messages."""

    file: str
    data: bytes

    def integer(self, offset: int, layout: str, where: str) -> int:
        """Return the integer at `offset`; `layout` is a ``struct`` character such as ``"I"``."""
        self.check(offset, struct.calcsize(layout), where)
        return int(struct.unpack_from(f"<{layout}", self.data, offset)[0])

    def check(self, offset: int, size: int, where: str) -> None:
        """Raise unless bytes [offset, offset + size) lie inside the file."""
        if offset < 0 or offset + size > len(self.data):
            fault = f"needs bytes {offset} to {offset + size}, the file has {len(self.data)}"
            raise TruncatedBufferError(self.file, where, fault)

    def root(self) -> Table:
        """Return the table that the file starts with."""
        return Table(self, self.integer(0, "I", "root"), "root")


@dataclass(frozen=True)
class Table:
    """One table; fields are asked for by slot, their number in the schema (absent fields have defaults)."""

    reader: Reader
    offset: int
    where: str

    def _field(self, slot: int) -> int | None:
        """Return where the field's value starts, or None if the file leaves the field out."""
        vtable = self.offset - self.reader.integer(self.offset, "i", self.where)
        size = self.reader.integer(vtable, "H", f"{self.where}, vtable")
        entry = 4 + 2 * slot
        if entry + 2 > size:
            return None
        distance = self.reader.integer(vtable + entry, "H", f"{self.where}, vtable")
        return self.offset + distance if distance else None

    def integer(self, slot: int, layout: str, default: int = 0) -> int:
        """Return an integer field; `layout` as for `Reader.integer`."""
        at = self._field(slot)
        return default if at is None else self.reader.integer(at, layout, f"{self.where}, field {slot}")

    def vector(self, slot: int, item_size: int) -> tuple[int, int]:
        """Return offset in the file and length of a vector field of items of so many bytes, (0, 0) if absent."""
        at = self._field(slot)
        if at is None:
            return 0, 0
        where = f"{self.where}, field {slot}"
        start = at + self.reader.integer(at, "I", where)
        length = self.reader.integer(start, "I", where)
        self.reader.check(start + 4, length * item_size, where)
        return start + 4, length

    def table(self, slot: int, where: str) -> Table | None:
        """Return a table field, None if absent."""
        at = self._field(slot)
        return None if at is None else Table(self.reader, at + self.reader.integer(at, "I", where), where)

    def tables(self, slot: int, where: str) -> Iterator[Table]:
        """Yield the tables of a vector field, each called ``<where> <number>`` in messages."""
        start, length = self.vector(slot, 4)
        self._limit(length, MAX_ENTRIES, where)
        for number in range(length):
            at = start + 4 * number
            name = f"{where} {number}"
            yield Table(self.reader, at + self.reader.integer(at, "I", name), name)

    def array(self, slot: int, dtype: type[Number], limit: int | None = None) -> npt.NDArray[Number]:
        """Return a vector field of numbers as a read-only view of the file, of at most `limit` entries."""
        start, length = self.vector(slot, np.dtype(dtype).itemsize)
        if limit is not None:
            self._limit(length, limit, f"field {slot}")
        return np.frombuffer(self.reader.data, np.dtype(dtype).newbyteorder("<"), length, start)

    def text(self, slot: int) -> str:
        """Return a string field, empty if absent; bytes that are no UTF-8 are shown as escapes."""
        start, length = self.vector(slot, 1)
        self._limit(length, MAX_NAME_BYTES, f"field {slot}")
        return self.reader.data[start : start + length].decode("utf-8", "backslashreplace")

    def _limit(self, length: int, limit: int, what: str) -> None:
        if length > limit:
            raise UnsupportedError(
                self.reader.file, f"{self.where}, {what}", f"{length} entries, at most {limit} expected"
            )
