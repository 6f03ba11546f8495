"""Small TFLite files, to break and to convert, written with the schema's own builders, not with our reader."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from ai_edge_litert import schema_py_generated as schema
from flatbuffers import Builder

TYPES = {"float32": 0, "float16": 1, "int32": 2, "int64": 4, "int8": 9}


@dataclass
class Tensor:
    """A tensor of the file to write; `data` for a constant."""

    shape: tuple[int, ...]
    data: npt.NDArray[Any] | None = None
    dtype: str = "float32"
    sparsity: Any = None
    name: str = "t"


@dataclass
class Operator:
    """An operator of the file to write; `options` is one of the schema's ...OptionsT objects."""

    code: int
    inputs: list[int]
    outputs: list[int]
    options: Any = None


@dataclass
class File:
    """A TFLite file with one subgraph."""

    tensors: list[Tensor]
    operators: list[Operator]
    inputs: list[int] = field(default_factory=lambda: [0])
    outputs: list[int] = field(default_factory=lambda: [-1])
    version: int = 3

    def build(self) -> bytes:
        """Return the file's bytes; an output of -1 means the last tensor."""
        model = schema.ModelT()
        model.version = self.version
        empty = schema.BufferT()
        model.buffers, model.operatorCodes = [empty], []
        graph = schema.SubGraphT()
        graph.tensors = [self._tensor(model, tensor) for tensor in self.tensors]
        graph.operators = [self._operator(model, operator) for operator in self.operators]
        graph.inputs = self.inputs
        graph.outputs = [len(self.tensors) - 1 if index == -1 else index for index in self.outputs]
        model.subgraphs = [graph]
        builder = Builder(1024)
        builder.Finish(model.Pack(builder), b"TFL3")
        return bytes(builder.Output())

    def _tensor(self, model: Any, tensor: Tensor) -> Any:
        result = schema.TensorT()
        result.name, result.shape, result.sparsity = tensor.name.encode(), list(tensor.shape), tensor.sparsity
        result.type, result.buffer = TYPES[tensor.dtype], 0
        if tensor.data is not None:
            buffer = schema.BufferT()
            buffer.data = np.frombuffer(tensor.data.tobytes(), np.uint8)
            model.buffers.append(buffer)
            result.buffer = len(model.buffers) - 1
        return result

    def _operator(self, model: Any, operator: Operator) -> Any:
        code = schema.OperatorCodeT()
        code.deprecatedBuiltinCode, code.builtinCode = min(operator.code, 127), operator.code
        model.operatorCodes.append(code)
        result = schema.OperatorT()
        result.opcodeIndex = len(model.operatorCodes) - 1
        result.inputs, result.outputs = operator.inputs, operator.outputs
        if operator.options is not None:
            result.builtinOptions = operator.options
            name = type(operator.options).__name__.removesuffix("T")
            result.builtinOptionsType = getattr(schema.BuiltinOptions, name)
        return result


def options(kind: str, **values: Any) -> Any:
    """Return the schema's options object of a kind, e.g. ``options("Conv2D", strideW=1)``."""
    result = getattr(schema, f"{kind}OptionsT")()
    for name, value in values.items():
        setattr(result, name, value)
    return result


def convolution() -> File:
    """A 1 x 1 convolution from 2 to 3 channels on a map of 4 x 4."""
    rng = np.random.default_rng(0)
    return File(
        [
            Tensor((1, 4, 4, 2), name="image"),
            Tensor((3, 1, 1, 2), rng.normal(size=(3, 1, 1, 2)).astype(np.float32), name="kernel"),
            Tensor((3,), rng.normal(size=3).astype(np.float32), name="bias"),
            Tensor((1, 4, 4, 3), name="result"),
        ],
        [Operator(3, [0, 1, 2], [3], options("Conv2D", strideW=1, strideH=1))],
    )
