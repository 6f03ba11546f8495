"""New values for constants of a .tflite file. Operators, names, metadata and the order of outputs stay as they are.

Where every constant lies dense in a place of its own, as in the released landmark networks, its bytes are replaced and
all others of the file stay. In the person detector most constants are sparse, and some are shared by several
operators; taught, they are neither. Then the file is written anew: what was sparse becomes dense, without its DENSIFY,
and operators that no longer agree get constants of their own. Tensors keep their numbers, which Keras layers are
called after, so that a taught file can be converted, and taught again, like a released one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from . import tflite
from .errors import ConversionError, WeightsError
from .flatbuffer import Reader, Table
from .tflite import Array, Graph, Operator

# The alignment that the schema asks for of constants (`force_align: 16`), bytes; flatbuffers' object API forgets it.
ALIGNMENT = 16
DEQUANTIZE = 6
DENSIFY = 124


@dataclass(frozen=True)
class Operand:
    """One use of a constant: the operator that makes tensor `output` takes it at `position`."""

    output: int
    position: int


@dataclass(frozen=True)
class _Place:
    """Where a constant's values are stored: tensor, offset and length in bytes, how, and who uses them."""

    tensor: int
    offset: int
    length: int
    sparse: bool
    dtype: np.dtype[np.generic]
    users: frozenset[Operand]


def replace(data: bytes, file: str, values: Mapping[Operand, Array]) -> bytes:
    """Return a .tflite file's bytes with new `values` of constants, rounded to what they are stored as.

    `file` is its name in messages. Raises `ConversionError` when an operand is no constant or the values have another
    shape, `WeightsError` when they do not fit into its type; other errors as `tflite.read`.
    """
    graph = tflite.parse(data, file)
    makers = {operator.outputs[0]: operator for operator in graph.operators}
    places = _places(data, graph)
    contents: dict[_Place, dict[bytes, set[Operand]]] = defaultdict(lambda: defaultdict(set))
    for operand, new in values.items():
        place = places[_constant(graph, makers, operand, new)]
        stored = rounded(new, place.dtype, makers[operand.output].layer)
        contents[place][stored.astype(place.dtype.newbyteorder("<")).tobytes()].add(operand)
    in_place = all(
        not place.sparse and len(by_content) == 1 and place.users <= set().union(*by_content.values())
        for place, by_content in contents.items()
    )
    if not in_place:
        return _written_anew(data, contents)
    result = bytearray(data)
    for place, by_content in contents.items():
        (content,) = by_content
        result[place.offset : place.offset + place.length] = content
    return bytes(result)


def _constant(graph: Graph, makers: Mapping[int, Operator], operand: Operand, new: Array) -> int:
    """Return the tensor that an operand is, after checks."""
    operator = makers.get(operand.output)
    if operator is None or operand.position >= len(operator.inputs):
        raise ConversionError(f"{graph.file}: nothing takes an operand {operand.position} to make {operand.output}")
    tensor = graph.tensors[operator.inputs[operand.position]]
    if tensor.value is None:
        raise ConversionError(f"{graph.file}: {operator.where}: operand {operand.position} is no constant")
    if tensor.shape != new.shape:
        fault = f"expected values of shape {tensor.shape}, found {new.shape}"
        raise ConversionError(f"{graph.file}: {operator.where}: operand {operand.position}: {fault}")
    return tensor.index


def rounded(values: Array, dtype: np.dtype[np.generic], layer: str) -> Array:
    """Return weights of a layer in the floating point type of a file.

    Raises `WeightsError`, naming the layer, for values that are not finite or too large.
    """
    if not np.all(np.isfinite(values)):
        raise WeightsError(f"layer {layer}: a weight that is not finite: teaching has diverged")
    with np.errstate(over="ignore"):
        result = values.astype(dtype)
    if not np.all(np.isfinite(result)):
        most = np.finfo(dtype.name).max
        raise WeightsError(f"layer {layer}: a weight of {np.abs(values).max():g}, {dtype} ends at {most:g}")
    return result


def _places(data: bytes, graph: Graph) -> dict[int, _Place]:
    """Return for each constant, by its tensor, where its values are stored; constants of one place share it."""
    users: dict[int, set[Operand]] = defaultdict(set)
    for operator in graph.operators:
        for position, index in enumerate(operator.inputs):
            if index != -1 and graph.tensors[index].value is not None:
                users[_stored(graph, index)].add(Operand(operator.outputs[0], position))
    model = Reader(graph.file, data).root()
    buffers = list(model.tables(4, "buffer"))
    (subgraph,) = model.tables(2, "subgraph")
    tables = list(subgraph.tables(0, "tensor"))
    found = {stored: _place(graph, tables[stored], buffers, stored, users[stored]) for stored in users}
    return {t.index: found[_stored(graph, t.index)] for t in graph.tensors if _stored(graph, t.index) in found}


def _stored(graph: Graph, index: int) -> int:
    stored = graph.tensors[index].stored
    return index if stored is None else stored


def _place(graph: Graph, table: Table, buffers: Sequence[Table], stored: int, users: set[Operand]) -> _Place:
    offset, length = buffers[table.integer(2, "I")].vector(0, 1)
    sparse = table.table(6, f"sparsity of tensor {stored}") is not None
    return _Place(stored, offset, length, sparse, graph.tensors[stored].dtype, frozenset(users))


def _written_anew(data: bytes, contents: Mapping[_Place, Mapping[bytes, set[Operand]]]) -> bytes:
    """Return the file with dense constants of these contents, each for its users."""
    from ai_edge_litert import schema_py_generated as schema

    model = schema.ModelT.InitFromObj(schema.Model.GetRootAsModel(data, 0))
    writer = _Writer(schema, model)
    for place, by_content in contents.items():
        # the first users keep the place, unless somebody else still needs what was there
        kept = place.users <= set().union(*by_content.values())
        for content, users in by_content.items():
            if kept:
                writer.overwrite(place, content)
            else:
                writer.append(place, content, users)
            kept = False
    return writer.bytes()


class _Writer:
    """A model in flatbuffers' object API, and the changes to it."""

    def __init__(self, schema: Any, model: Any) -> None:
        self.schema = schema
        self.model = model
        (self.graph,) = model.subgraphs
        codes = [max(code.deprecatedBuiltinCode, code.builtinCode) for code in model.operatorCodes]
        self.kinds = codes
        self.makers = {int(op.outputs[0]): op for op in self.graph.operators}

    def _chain(self, stored: int) -> list[Any]:
        """Return the DENSIFY and DEQUANTIZE operators that a stored tensor passes, in order."""
        passed: list[Any] = []
        for operator in self.graph.operators:
            if self.kinds[operator.opcodeIndex] in (DEQUANTIZE, DENSIFY) and operator.inputs[0] == stored:
                passed.append(operator)
                stored = int(operator.outputs[0])
        return passed

    def overwrite(self, place: _Place, content: bytes) -> None:
        """Store `content`, dense, in the constant's own tensor."""
        tensor = self.graph.tensors[place.tensor]
        self.model.buffers[tensor.buffer].data = np.frombuffer(content, np.uint8)
        tensor.sparsity = None
        for operator in self._chain(place.tensor):
            if self.kinds[operator.opcodeIndex] == DENSIFY:
                self.graph.operators.remove(operator)
                for later in self.graph.operators:
                    later.inputs = [place.tensor if i == operator.outputs[0] else i for i in later.inputs]

    def append(self, place: _Place, content: bytes, users: set[Operand]) -> None:
        """Store `content` in a new tensor, and let `users` take it from there."""
        buffer = self.schema.BufferT()
        buffer.data = np.frombuffer(content, np.uint8)
        self.model.buffers.append(buffer)
        result = self._copy(place.tensor, len(self.model.buffers) - 1)
        for operator in self._chain(place.tensor):
            if self.kinds[operator.opcodeIndex] == DEQUANTIZE:
                again = self.schema.OperatorT()
                again.opcodeIndex = operator.opcodeIndex
                again.inputs = [result]
                result = self._copy(int(operator.outputs[0]), 0)
                again.outputs = [result]
                self.graph.operators.insert(0, again)
        for user in users:
            operator = self.makers[user.output]
            operator.inputs = [result if p == user.position else i for p, i in enumerate(operator.inputs)]

    def _copy(self, index: int, buffer: int) -> int:
        """Append a dense tensor like tensor `index`; returns its number."""
        model, copy = self.graph.tensors[index], self.schema.TensorT()
        copy.name, copy.shape, copy.type, copy.buffer = model.name, model.shape, model.type, buffer
        self.graph.tensors.append(copy)
        return len(self.graph.tensors) - 1

    def bytes(self) -> bytes:
        """Return the file."""
        return pack(self.schema, self.model)


def pack(schema: Any, model: Any) -> bytes:
    """Return the bytes of a model in the object API of `schema`, with its constants aligned to `ALIGNMENT`."""
    import flatbuffers  # type: ignore[import-untyped]

    class Aligned(schema.BufferT):  # type: ignore[misc]
        def Pack(self, builder: Any) -> Any:  # noqa: N802 - the generated code's name
            vector = None
            if self.data is not None and len(self.data):
                content = np.asarray(self.data, np.uint8).tobytes()
                builder.StartVector(1, len(content), ALIGNMENT)
                builder.head -= len(content)
                builder.Bytes[builder.head : builder.head + len(content)] = content
                vector = builder.EndVector()
            schema.BufferStart(builder)
            if vector is not None:
                schema.BufferAddData(builder, vector)
            return schema.BufferEnd(builder)

    for number, buffer in enumerate(model.buffers):
        model.buffers[number] = Aligned(buffer.data)
    size = sum(len(buffer.data) for buffer in model.buffers if buffer.data is not None)
    builder = flatbuffers.Builder(size)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())
