"""A .tflite file as a plain graph: operators, shapes and constants, all checked, nothing of the file format left.

Constants that the file stores as float16 behind DEQUANTIZE, or sparse behind DENSIFY, come out as dense float32; those
operators disappear. Slot numbers and enum values are those of tensorflow/lite/schema/schema.fbs, version 3.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from .errors import (
    InconsistentGraphError,
    NotTFLiteError,
    TruncatedBufferError,
    UnknownOperatorError,
    UnsupportedError,
)
from .flatbuffer import Reader, Table
from .sparse import Layout, Level, SparseError, densify

Array = npt.NDArray[Any]

# BuiltinOperator values of the operators that `network` turns into layers, or that are folded away here.
OPERATORS = {
    0: "ADD",
    2: "CONCATENATION",
    3: "CONV_2D",
    4: "DEPTHWISE_CONV_2D",
    5: "DEPTH_TO_SPACE",
    6: "DEQUANTIZE",
    14: "LOGISTIC",
    17: "MAX_POOL_2D",
    22: "RESHAPE",
    23: "RESIZE_BILINEAR",
    34: "PAD",
    124: "DENSIFY",
}
PLACEHOLDER_FOR_GREATER_OP_CODES = 127
CUSTOM = 32
DTYPES: Mapping[int, type[np.generic]] = {0: np.float32, 1: np.float16, 2: np.int32, 4: np.int64}
PADDINGS = ("same", "valid")
ACTIVATIONS = ("none", "relu", "relu_n1_to_1", "relu6", "tanh", "sign_bit")

# Each option: name -> (slot, struct layout, default). The defaults are the schema's.
_POOL_OR_CONV = {"padding": (0, "b", 0), "stride_w": (1, "i", 0), "stride_h": (2, "i", 0)}
OPTIONS: Mapping[str, Mapping[str, tuple[int, str, int]]] = {
    "ADD": {"activation": (0, "b", 0)},
    "CONCATENATION": {"axis": (0, "i", 0), "activation": (1, "b", 0)},
    "CONV_2D": _POOL_OR_CONV | {"activation": (3, "b", 0), "dilation_w": (4, "i", 1), "dilation_h": (5, "i", 1)},
    "DEPTHWISE_CONV_2D": _POOL_OR_CONV
    | {"multiplier": (3, "i", 0), "activation": (4, "b", 0), "dilation_w": (5, "i", 1), "dilation_h": (6, "i", 1)},
    "DEPTH_TO_SPACE": {"block": (0, "i", 0)},
    "MAX_POOL_2D": _POOL_OR_CONV | {"width": (3, "i", 0), "height": (4, "i", 0), "activation": (5, "b", 0)},
    "RESIZE_BILINEAR": {"align_corners": (2, "?", 0), "half_pixel_centers": (3, "?", 0)},
}
OPERANDS = {"CONV_2D": 3, "DEPTHWISE_CONV_2D": 3, "ADD": 2, "PAD": 2, "RESIZE_BILINEAR": 2}

MAX_RANK = 8
MAX_OPERANDS = 1_024
# 256 Mi elements over all constants: 19 times the largest released network, and a bound on what a damaged file can
# make us allocate (a sparse tensor of a few bytes may claim any shape).
MAX_CONSTANT_ELEMENTS = 1 << 28


@dataclass(frozen=True)
class Tensor:
    """One value of the graph; `value` is set for constants.

    `stored` is the tensor that a constant comes from, where DEQUANTIZE or DENSIFY made it of another one.
    """

    index: int
    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[np.generic]
    value: Array | None = field(default=None, repr=False)
    stored: int | None = None


@dataclass(frozen=True)
class Operator:
    """One step of the graph; inputs and outputs are tensor indices, -1 for an operand that is left out."""

    index: int
    kind: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    options: Mapping[str, int]

    @property
    def where(self) -> str:
        """What messages call this operator."""
        return f"operator {self.index} ({self.kind})"

    @property
    def layer(self) -> str:
        """What its Keras layer is called."""
        return f"{self.kind.lower()}_{self.outputs[0]}"


@dataclass(frozen=True)
class Graph:
    """The first subgraph of a file, operators in the order in which they can be run."""

    file: str
    tensors: tuple[Tensor, ...]
    operators: tuple[Operator, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


def read(path: Path) -> Graph:
    """Read a .tflite file.

    Raises one of the `TFLiteError`s if the file is damaged or holds what this converter does not rebuild exactly, and
    ``OSError`` if it cannot be read.
    """
    return parse(path.read_bytes(), path.name)


def parse(data: bytes, file: str) -> Graph:
    """Turn the bytes of a .tflite file into a graph; `file` is its name in messages. Errors as in `read`."""
    if len(data) < 8 or data[4:8] != b"TFL3":
        start = data[4:8].hex(" ") or "nothing"
        raise NotTFLiteError(file, "bytes 4 to 8", f"expected the identifier 'TFL3', found {start}")
    reader = Reader(file, data)
    model = reader.root()
    version = model.integer(0, "I")
    if version != 3:
        raise NotTFLiteError(file, "version", f"expected 3, found {version}")
    subgraphs = list(model.tables(2, "subgraph"))
    if len(subgraphs) != 1:
        raise UnsupportedError(file, "subgraphs", f"expected 1, found {len(subgraphs)}")
    tensors = _tensors(file, subgraphs[0], list(model.tables(4, "buffer")))
    codes = [_operator_name(code) for code in model.tables(1, "operator code")]
    operators = [_operator(number, table, codes) for number, table in enumerate(subgraphs[0].tables(3, "operator"))]
    inputs, outputs = (_indices(subgraphs[0], slot) for slot in (1, 2))
    graph = Graph(file, tuple(tensors), tuple(operators), inputs, outputs)
    _check_references(graph)
    graph = _fold_constants(graph)
    _check_order(graph)
    return graph


def _indices(table: Table, slot: int) -> tuple[int, ...]:
    return tuple(int(index) for index in table.array(slot, np.int32, MAX_OPERANDS))


def _operator_name(code: Table) -> str:
    """Return the operator's name; an unknown one is refused where it is used, so that the message can say where."""
    old, new = code.integer(0, "b"), code.integer(3, "i")
    number = new if old == PLACEHOLDER_FOR_GREATER_OP_CODES else max(old, new)
    if number == CUSTOM:
        return f"custom '{code.text(1)}'"
    return OPERATORS.get(number, f"builtin {number}")


def _operator(number: int, table: Table, codes: list[str]) -> Operator:
    file = table.reader.file
    code = table.integer(0, "I")
    if code >= len(codes):
        raise InconsistentGraphError(file, f"operator {number}", f"operator code {code} of {len(codes)}")
    kind = codes[code]
    outputs = _indices(table, 2)
    if kind not in OPERATORS.values():
        known = ", ".join(sorted(OPERATORS.values()))
        makes = f"makes tensor {outputs[0]}" if outputs else "makes nothing"
        raise UnknownOperatorError(file, f"operator {number} ({kind}, {makes})", f"known are {known}")
    layout = OPTIONS.get(kind, {})
    at = table.table(4, f"options of operator {number} ({kind})") if layout else None
    values = {
        name: default if at is None else at.integer(slot, letter, default)
        for name, (slot, letter, default) in layout.items()
    }
    operator = Operator(number, kind, _indices(table, 1), outputs, values)
    _check_operator(file, operator)
    return operator


def _check_operator(file: str, operator: Operator) -> None:
    """Refuse what no later step could make sense of: operand counts and options outside their ranges."""
    options, expected = operator.options, OPERANDS.get(operator.kind, 1)
    if len(operator.inputs) < expected or len(operator.outputs) != 1:
        found = f"{len(operator.inputs)} inputs and {len(operator.outputs)} outputs"
        raise InconsistentGraphError(
            file, operator.where, f"expected at least {expected} inputs and 1 output, found {found}"
        )
    for name, names in (("padding", PADDINGS), ("activation", ACTIVATIONS)):
        if not 0 <= options.get(name, 0) < len(names):
            raise InconsistentGraphError(
                file, operator.where, f"{name} {options[name]}, known are 0 to {len(names) - 1}"
            )
    for name in ("stride_w", "stride_h", "dilation_w", "dilation_h", "width", "height", "block", "multiplier"):
        if options.get(name, 1) < 1:
            raise InconsistentGraphError(file, operator.where, f"{name} is {options[name]}, expected at least 1")


def _tensors(file: str, subgraph: Table, buffers: list[Table]) -> list[Tensor]:
    tensors: list[Tensor] = []
    budget = MAX_CONSTANT_ELEMENTS
    for index, table in enumerate(subgraph.tables(0, "tensor")):
        name = table.text(3)
        where = f"tensor {index} ({name})"
        shape = tuple(int(size) for size in table.array(0, np.int32, MAX_RANK))
        if any(size < 0 for size in shape):
            raise UnsupportedError(file, where, f"shape {shape}: sizes that are known only at run time")
        kind = table.integer(1, "b")
        if kind not in DTYPES:
            raise UnsupportedError(file, where, f"element type {kind}, known are {', '.join(map(str, DTYPES))}")
        number = table.integer(2, "I")
        if number >= len(buffers):
            raise InconsistentGraphError(file, where, f"buffer {number} of {len(buffers)}")
        tensor = Tensor(index, name, shape, np.dtype(DTYPES[kind]))
        data = buffers[number].array(0, np.uint8)
        if data.size:
            budget -= prod(shape)
            if budget < 0:
                raise UnsupportedError(file, where, f"constants of more than {MAX_CONSTANT_ELEMENTS} elements")
            tensor = replace(tensor, value=_constant(file, where, tensor, data, table.table(6, f"sparsity of {where}")))
        tensors.append(tensor)
    return tensors


def _constant(file: str, where: str, tensor: Tensor, data: npt.NDArray[np.uint8], sparsity: Table | None) -> Array:
    if data.size % tensor.dtype.itemsize:
        raise TruncatedBufferError(file, where, f"{data.size} bytes are no whole number of {tensor.dtype} values")
    values = data.view(tensor.dtype.newbyteorder("<")).astype(tensor.dtype)
    if np.issubdtype(tensor.dtype, np.floating) and not np.all(np.isfinite(values)):
        raise InconsistentGraphError(file, where, "a constant that is not finite")
    if sparsity is not None:
        try:
            return densify(values, tensor.shape, _layout(sparsity, prod(tensor.shape)))
        except SparseError as error:
            raise InconsistentGraphError(file, f"sparsity of {where}", str(error)) from error
    if values.size != prod(tensor.shape):
        needed = prod(tensor.shape) * tensor.dtype.itemsize
        raise TruncatedBufferError(
            file, where, f"shape {tensor.shape} needs {needed} bytes, the buffer has {data.size}"
        )
    return values.reshape(tensor.shape)


def _layout(sparsity: Table, elements: int) -> Layout:
    """Return the sparse layout of a tensor of so many elements, which no level can have more of."""
    return Layout(
        tuple(int(i) for i in sparsity.array(0, np.int32, 2 * MAX_RANK)),
        tuple(int(i) for i in sparsity.array(1, np.int32, MAX_RANK)),
        tuple(_level(table, elements) for table in sparsity.tables(2, f"{sparsity.where}, level")),
    )


def _level(table: Table, elements: int) -> Level:
    if table.integer(0, "b") == 0:
        return Level(table.integer(1, "i"))
    return Level(0, _sparse_indices(table, 2, elements + 1), _sparse_indices(table, 4, elements))


def _sparse_indices(level: Table, slot: int, limit: int) -> npt.NDArray[np.int64]:
    """Return the union field at `slot` (its type) and `slot` + 1 (a table with one vector) as int64."""
    kinds: Mapping[int, type[np.generic]] = {1: np.int32, 2: np.uint16, 3: np.uint8}
    kind, holder = level.integer(slot, "B"), level.table(slot + 1, level.where)
    if kind not in kinds or holder is None:
        raise InconsistentGraphError(level.reader.file, level.where, f"index type {kind}, known are 1 to 3")
    return holder.array(0, kinds[kind], limit).astype(np.int64)


def _check_references(graph: Graph) -> None:
    count = len(graph.tensors)
    for operator in graph.operators:
        for index in operator.outputs + tuple(i for i in operator.inputs if i != -1):
            if not 0 <= index < count:
                raise InconsistentGraphError(graph.file, operator.where, f"refers to tensor {index} of {count}")
    for what, indices in (("inputs", graph.inputs), ("outputs", graph.outputs)):
        if not indices:
            raise InconsistentGraphError(graph.file, what, "the graph has none")
        for index in indices:
            if not 0 <= index < count:
                raise InconsistentGraphError(graph.file, what, f"refer to tensor {index} of {count}")


def _fold_constants(graph: Graph) -> Graph:
    """Compute DEQUANTIZE and DENSIFY of constants here and now, and leave them out."""
    tensors, operators = list(graph.tensors), []
    for operator in graph.operators:
        if operator.kind not in ("DEQUANTIZE", "DENSIFY"):
            operators.append(operator)
            continue
        source, target = tensors[operator.inputs[0]], tensors[operator.outputs[0]]
        if source.value is None:
            raise UnsupportedError(graph.file, operator.where, f"of tensor {source.index}, which is no constant")
        if source.dtype not in (np.dtype(np.float16), np.dtype(np.float32)) or source.shape != target.shape:
            raise UnsupportedError(graph.file, operator.where, f"from {source.dtype} {source.shape} to {target.shape}")
        stored = source.index if source.stored is None else source.stored
        tensors[target.index] = replace(target, value=source.value.astype(target.dtype), stored=stored)
    return replace(graph, tensors=tuple(tensors), operators=tuple(operators))


def _check_order(graph: Graph) -> None:
    """Raise unless every operand is a constant, a graph input or made by an earlier operator, and is made once."""
    ready = {tensor.index for tensor in graph.tensors if tensor.value is not None} | set(graph.inputs)
    for operator in graph.operators:
        for index in operator.inputs:
            if index != -1 and index not in ready:
                raise InconsistentGraphError(
                    graph.file, operator.where, f"uses tensor {index} before anything makes it"
                )
        for index in operator.outputs:
            if index in ready:
                raise InconsistentGraphError(graph.file, operator.where, f"makes tensor {index}, which exists already")
        ready.update(operator.outputs)
    for index in graph.outputs:
        if index not in ready:
            raise InconsistentGraphError(graph.file, "outputs", f"nothing makes tensor {index}")
