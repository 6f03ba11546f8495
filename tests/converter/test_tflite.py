"""The reader takes the released files as they are and refuses everything else by name, with the place."""

from __future__ import annotations

import random
import tracemalloc
from collections import Counter
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

from converter import network, sources, tflite
from converter.errors import (
    InconsistentGraphError,
    NotTFLiteError,
    TFLiteError,
    TruncatedBufferError,
    UnknownOperatorError,
    UnsupportedError,
)
from tests.converter.files import File, Operator, Tensor, convolution

NAMES = list(sources.SOURCES)


def parse(data: bytes | File) -> tflite.Graph:
    return tflite.parse(data if isinstance(data, bytes) else data.build(), "some.tflite")


@pytest.mark.parametrize(
    ("name", "operators", "outputs"),
    [
        ("person-detector", 109, [(1, 2254, 12), (1, 2254, 1)]),
        ("blazepose-lite", 129, [(1, 195), (1, 1), (1, 256, 256, 1), (1, 64, 64, 39), (1, 117)]),
        ("blazepose-full", 140, [(1, 195), (1, 1), (1, 256, 256, 1), (1, 64, 64, 39), (1, 117)]),
        ("blazepose-heavy", 293, [(1, 195), (1, 1), (1, 256, 256, 1), (1, 64, 64, 39), (1, 117)]),
    ],
)
def test_reads_the_released_files(name: str, operators: int, outputs: list[tuple[int, ...]]) -> None:
    graph = tflite.read(sources.find(name))
    assert len(graph.operators) == operators
    assert [graph.tensors[index].shape for index in graph.outputs] == outputs
    assert not {"DEQUANTIZE", "DENSIFY"} & Counter(operator.kind for operator in graph.operators).keys()
    used = {index for operator in graph.operators for index in operator.inputs}
    weights = [graph.tensors[index].value for index in used if graph.tensors[index].value is not None]
    assert {str(value.dtype) for value in weights} <= {"float32", "int32"}


def test_sparse_constants_are_as_sparse_as_the_file_says() -> None:
    graph = tflite.read(sources.find("person-detector"))
    weights = [
        value
        for operator in graph.operators
        if operator.kind in ("CONV_2D", "DEPTHWISE_CONV_2D")
        for index in operator.inputs[1:]
        if (value := graph.tensors[index].value) is not None
    ]
    # counted once with TFLite's own DENSIFY kernels; a decoder that drops or doubles values changes it
    assert sum(value.size for value in weights) == 2_965_314
    assert sum(np.count_nonzero(value) for value in weights) == 921_513


@pytest.mark.parametrize("data", [b"", b"TFL3", b"\x89PNG\r\n\x1a\n" * 9, bytes(100), b"\x1c\0\0\0TFL2" + bytes(99)])
def test_refuses_what_is_no_tflite_file(data: bytes) -> None:
    with pytest.raises(NotTFLiteError, match=r"^some.tflite: bytes 4 to 8: expected the identifier 'TFL3'"):
        parse(data)


def test_refuses_another_version() -> None:
    file = convolution()
    file.version = 4
    with pytest.raises(NotTFLiteError, match="version: expected 3, found 4"):
        parse(file)


def test_names_an_unknown_operator_and_its_place() -> None:
    file = convolution()
    file.tensors.append(Tensor((1, 4, 4, 3), name="sine"))
    file.operators.append(Operator(66, [3], [4]))  # SIN
    with pytest.raises(
        UnknownOperatorError, match=r"operator 1 \(builtin 66, makes tensor 4\): known are ADD, "
    ) as caught:
        parse(file)
    assert (caught.value.file, caught.value.where) == ("some.tflite", "operator 1 (builtin 66, makes tensor 4)")


def test_names_a_custom_operator() -> None:
    file = convolution()
    file.operators[0].code = 32
    with pytest.raises(UnknownOperatorError, match=r"operator 0 \(custom '"):
        parse(file)


def test_says_which_constant_is_too_short() -> None:
    file = convolution()
    assert file.tensors[1].data is not None
    file.tensors[1].data = file.tensors[1].data.ravel()[:4]
    with pytest.raises(
        TruncatedBufferError, match=r"tensor 1 \(kernel\): shape \(3, 1, 1, 2\) needs 24 bytes, .* has 16"
    ):
        parse(file)


def constants(change: Any) -> File:
    file = convolution()
    change(SimpleNamespace(file=file, image=file.tensors[0], kernel=file.tensors[1], operator=file.operators[0]))
    return file


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (lambda f: setattr(f.kernel, "dtype", "int8"), UnsupportedError, r"tensor 1 \(kernel\): element type 9"),
        (lambda f: setattr(f.image, "shape", (1, -1, 4, 2)), UnsupportedError, r"tensor 0 \(image\): shape"),
        (lambda f: setattr(f.image, "shape", (1,) * 9), UnsupportedError, r"tensor 0.*9 entries, at most 8"),
        (
            lambda f: f.kernel.data.__setitem__((0, 0, 0, 0), np.inf),
            InconsistentGraphError,
            r"\(kernel\): .*not finite",
        ),
        (lambda f: setattr(f.operator, "inputs", [0, 1, 9]), InconsistentGraphError, r"operator 0.* tensor 9 of 4"),
        (lambda f: setattr(f.operator, "inputs", [0, 1]), InconsistentGraphError, "at least 3 inputs.*found 2"),
        (lambda f: setattr(f.operator, "inputs", [3, 1, 2]), InconsistentGraphError, "tensor 3 before anything makes"),
        (lambda f: setattr(f.operator, "outputs", [1]), InconsistentGraphError, "tensor 1, which exists already"),
        (lambda f: setattr(f.operator, "outputs", []), InconsistentGraphError, "found 3 inputs and 0 outputs"),
        (lambda f: setattr(f.file, "outputs", [7]), InconsistentGraphError, "outputs: refer to tensor 7 of 4"),
        (lambda f: setattr(f.file, "outputs", []), InconsistentGraphError, "outputs: the graph has none"),
        (lambda f: setattr(f.file, "inputs", []), InconsistentGraphError, "inputs: the graph has none"),
        (lambda f: setattr(f.file, "operators", []), InconsistentGraphError, "outputs: nothing makes tensor 3"),
        (lambda f: setattr(f.operator.options, "padding", 5), InconsistentGraphError, "padding 5"),
        (lambda f: setattr(f.operator.options, "strideW", 0), InconsistentGraphError, "stride_w is 0"),
        (
            lambda f: setattr(f.operator.options, "fusedActivationFunction", 77),
            InconsistentGraphError,
            "activation 77",
        ),
    ],
)
def test_refuses_by_name(change: Any, error: type[TFLiteError], message: str) -> None:
    with pytest.raises(error, match=message) as caught:
        parse(constants(change))
    assert str(caught.value).startswith("some.tflite: ")


def test_dequantize_of_anything_but_a_constant_is_refused() -> None:
    file = File([Tensor((1, 2), dtype="float16"), Tensor((1, 2))], [Operator(6, [0], [1])], inputs=[0], outputs=[1])
    with pytest.raises(UnsupportedError, match=r"operator 0 \(DEQUANTIZE\): of tensor 0, which is no constant"):
        parse(file)


def test_every_truncation_of_a_small_file_is_refused() -> None:
    data = convolution().build()
    for length in range(len(data)):
        with pytest.raises(TFLiteError):
            parse(data[:length])


@pytest.mark.parametrize("name", ["blazepose-lite", "person-detector"])
def test_truncations_of_a_released_file_are_refused(name: str) -> None:
    data = sources.find(name).read_bytes()
    rng = random.Random(0)
    for length in [*(rng.randrange(len(data)) for _ in range(60)), len(data) // 2, len(data) - 1000, 8, 9]:
        with pytest.raises(TFLiteError) as caught:
            tflite.parse(data[:length], name)
        assert caught.value.where


def graph_or_error(data: bytes) -> str:
    """Parse and build; the only ways to fail are the named ones."""
    try:
        network.build(parse(data))
    except TFLiteError as error:
        return type(error).__name__ if error.where and error.fault else "an error that does not say where"
    return "built"


def test_flipped_bits_of_a_small_file_give_a_network_or_a_named_error() -> None:
    data = convolution().build()
    seen: Counter[str] = Counter()
    # all single bits but those of the weights' bytes, which cannot break anything
    for bit in range(0, len(data) * 8, 3):
        broken = bytearray(data)
        broken[bit // 8] ^= 1 << bit % 8
        seen[graph_or_error(bytes(broken))] += 1
    assert {"built", "TruncatedBufferError", "InconsistentGraphError", "UnsupportedError"} <= seen.keys(), seen
    assert "an error that does not say where" not in seen


@pytest.mark.parametrize("name", ["blazepose-lite", "person-detector"])
def test_flipped_bytes_of_a_released_file_give_a_graph_or_a_named_error(name: str) -> None:
    data = sources.find(name).read_bytes()
    rng = random.Random(1)
    # the structure lies at the file's end, after the weights
    tail = len(data) - 60_000
    seen: Counter[str] = Counter()
    for _ in range(150):
        broken = bytearray(data)
        for _ in range(rng.choice([1, 1, 8])):
            broken[rng.randrange(tail, len(data))] = rng.choice([0, 1, 0x7F, 0xFF, rng.randrange(256)])
        try:
            tflite.parse(bytes(broken), name)
            seen["parsed"] += 1
        except TFLiteError as error:
            seen[type(error).__name__] += 1
    assert sum(seen.values()) == 150
    assert len(seen) >= 3, seen


def test_a_sparse_tensor_cannot_claim_the_memory() -> None:
    sparsity = schema.SparsityParametersT()
    sparsity.traversalOrder, sparsity.dimMetadata = [0, 1], []
    for _ in range(2):
        level = schema.DimensionMetadataT()
        level.format, level.denseSize = 0, 30_000
        sparsity.dimMetadata.append(level)
    huge = Tensor((30_000, 30_000), np.zeros(4, np.float32), sparsity=sparsity)
    tracemalloc.start()
    with pytest.raises(UnsupportedError, match="constants of more than"):
        parse(File([huge], [], inputs=[0], outputs=[0]))
    assert tracemalloc.get_traced_memory()[1] < 10e6  # bytes
    tracemalloc.stop()
