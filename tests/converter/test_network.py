"""The Keras rebuild: each operator against TFLite's interpreter, gradients, names, saving, other back ends."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import pytest
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter, OpResolverType

from converter import network, sources, tflite
from converter.errors import InconsistentGraphError, TFLiteError, UnknownModelError, UnsupportedError
from tests.converter.files import File, Operator, Tensor, options

# Keras 3 turns TensorFlow 2.19's variables into arrays in a way that numpy 2 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")

ROOT = Path(__file__).resolve().parents[2]
# Sums of at most 27 products of size 1, in float32.
SMALL_SUM_TOLERANCE = 1e-5
RNG = np.random.default_rng(0)


def released(name: str) -> Any:
    return network.build(tflite.read(sources.find(name)), sources.SOURCES[name].positions, name)


@pytest.fixture(scope="module")
def lite() -> Any:
    return released("blazepose-lite")


def normal(*shape: int) -> npt.NDArray[np.float32]:
    return RNG.normal(size=shape).astype(np.float32)


def integers(*values: int) -> npt.NDArray[np.int32]:
    return np.array(values, np.int32)


def file(kind: tuple[int, Any], image: tuple[int, ...], result: tuple[int, ...], *constants: Tensor) -> File:
    """One operator of the image and constants."""
    code, details = kind
    count = len(constants) + 1
    tensors = [Tensor(image, name="image"), *constants, Tensor(result, name="result")]
    return File(tensors, [Operator(code, list(range(count)), [count], details)])


def ints(*values: int, shape: tuple[int, ...] | None = None) -> Tensor:
    return Tensor(shape or (len(values),), integers(*values), "int32")


def conv(padding: int, stride: int, activation: int) -> tuple[int, Any]:
    return 3, options("Conv2D", padding=padding, strideW=stride, strideH=stride, fusedActivationFunction=activation)


def depthwise(padding: int, stride: int, multiplier: int) -> tuple[int, Any]:
    details = options("DepthwiseConv2D", padding=padding, strideW=stride, strideH=stride, depthMultiplier=multiplier)
    return 4, details


def pool(padding: int) -> tuple[int, Any]:
    return 17, options("Pool2D", padding=padding, strideW=2, strideH=2, filterWidth=2, filterHeight=2)


def resize(**details: bool) -> tuple[int, Any]:
    return 23, options("ResizeBilinear", **details)


KERNEL, BIAS = Tensor((5, 3, 3, 3), normal(5, 3, 3, 3)), Tensor((5,), normal(5))
WIDE = (normal(1, 3, 3, 3), normal(1, 3, 3, 6))
CASES = {
    "convolution, same": file(conv(0, 1, 0), (1, 7, 6, 3), (1, 7, 6, 5), KERNEL, BIAS),
    "convolution, same, stride 2, odd and even": file(conv(0, 2, 3), (1, 7, 6, 3), (1, 4, 3, 5), KERNEL, BIAS),
    "convolution, valid, relu": file(conv(1, 1, 1), (1, 7, 6, 3), (1, 5, 4, 5), KERNEL, BIAS),
    "depthwise": file(
        depthwise(0, 2, 1), (1, 8, 8, 3), (1, 4, 4, 3), Tensor((1, 3, 3, 3), WIDE[0]), Tensor((3,), normal(3))
    ),
    "depthwise, multiplier 2": file(
        depthwise(1, 1, 2), (1, 8, 8, 3), (1, 6, 6, 6), Tensor((1, 3, 3, 6), WIDE[1]), Tensor((6,), normal(6))
    ),
    "max pool, same, odd": file(pool(0), (1, 5, 5, 2), (1, 3, 3, 2)),
    "max pool, valid, odd": file(pool(1), (1, 5, 5, 2), (1, 2, 2, 2)),
    "pad": file(
        (34, options("Pad")), (1, 3, 4, 2), (1, 6, 5, 6), ints(0, 0, 1, 2, 0, 1, 3, 1, shape=(4, 2))
    ),
    "resize by 2": file(resize(halfPixelCenters=True), (1, 3, 4, 2), (1, 6, 8, 2), ints(6, 8)),
    "resize by 3 and 1": file(resize(halfPixelCenters=True), (1, 3, 4, 2), (1, 9, 4, 2), ints(9, 4)),
    "reshape": file((22, options("Reshape", newShape=[1, 24])), (1, 3, 4, 2), (1, 24), ints(1, 24)),
    "logistic": file((14, None), (1, 3, 4, 2), (1, 3, 4, 2)),
    "depth to space": file((5, options("DepthToSpace", blockSize=2)), (1, 2, 3, 8), (1, 4, 6, 2)),
    "add to itself": File(
        [Tensor((1, 2, 2, 3)), Tensor((1, 2, 2, 3))],
        [Operator(0, [0, 0], [1], options("Add", fusedActivationFunction=3))],
    ),
    "concatenation": File(
        [Tensor((1, 2, 3, 2)), Tensor((1, 2, 6, 2))],
        [Operator(2, [0, 0], [1], options("Concatenation", axis=-2))],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_each_operator_does_what_tflite_does(case: str) -> None:
    data = CASES[case].build()
    interpreter = Interpreter(model_content=data, experimental_op_resolver_type=OpResolverType.BUILTIN_REF)
    interpreter.allocate_tensors()
    image = 4 * normal(*CASES[case].tensors[0].shape)
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], image)
    interpreter.invoke()
    expected = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    model = network.build(tflite.parse(data, case))
    result = keras.ops.convert_to_numpy(model(image)["output_0"])
    np.testing.assert_allclose(result, expected, rtol=SMALL_SUM_TOLERANCE, atol=SMALL_SUM_TOLERANCE)


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        (file(conv(0, 1, 4), (1, 7, 6, 3), (1, 7, 6, 5), KERNEL, BIAS), UnsupportedError, "activation tanh"),
        (
            file(conv(0, 1, 0), (1, 7, 6, 4), (1, 7, 6, 5), KERNEL, BIAS),
            UnsupportedError,
            "kernel for 3 channels, .* 4",
        ),
        (file(conv(0, 1, 0), (1, 9, 6, 3), (1, 7, 6, 5), KERNEL, BIAS), InconsistentGraphError, "the file says"),
        (file(conv(1, 1, 0), (1, 2, 2, 3), (1, 1, 1, 5), KERNEL, BIAS), InconsistentGraphError, "CONV_2D"),
        (
            file(conv(0, 1, 0), (1, 7, 6, 3), (1, 7, 6, 5), KERNEL, Tensor((3,), normal(3))),
            UnsupportedError,
            r"a bias of shape \(3,\)",
        ),
        (
            file(
                (3, options("Conv2D", strideW=1, strideH=1, dilationWFactor=2)),
                (1, 7, 6, 3),
                (1, 7, 6, 5),
                KERNEL,
                BIAS,
            ),
            UnsupportedError,
            "dilation",
        ),
        (file(resize(alignCorners=True), (1, 3, 4, 2), (1, 6, 8, 2), ints(6, 8)), UnsupportedError, "half-pixel"),
        (
            file(resize(halfPixelCenters=True), (1, 3, 4, 2), (1, 5, 8, 2), ints(5, 8)),
            UnsupportedError,
            "whole multiples",
        ),
        (
            file((34, options("Pad")), (1, 3, 4, 2), (2, 3, 4, 2), ints(1, 0, 0, 0, 0, 0, 0, 0, shape=(4, 2))),
            UnsupportedError,
            "padding",
        ),
        (file((5, options("DepthToSpace", blockSize=3)), (1, 2, 3, 8), (1, 4, 6, 2)), UnsupportedError, "8 channels"),
        (
            file((22, options("Reshape", newShape=[1, 25])), (1, 3, 4, 2), (1, 25), ints(1, 25)),
            InconsistentGraphError,
            "RESHAPE",
        ),
    ],
)
def test_variants_that_would_be_wrong_are_refused(wrong: File, error: type[TFLiteError], message: str) -> None:
    with pytest.raises(error, match=message) as caught:
        network.build(tflite.parse(wrong.build(), "some.tflite"))
    assert caught.value.where.startswith("operator 0 (")


@pytest.mark.parametrize("name", ["person-detector", "blazepose-lite", "blazepose-full"])
def test_every_variable_is_trainable_and_gets_a_gradient(name: str) -> None:
    model = released(name)
    assert len(model.trainable_variables) == len(model.variables) > 100
    image = RNG.random((2, *model.input_shape[1:])).astype(np.float32)
    with tf.GradientTape() as tape:
        loss = sum(keras.ops.mean(keras.ops.square(output)) for output in model(image).values())
    gradients = tape.gradient(loss, [variable.value for variable in model.trainable_variables])
    for variable, gradient in zip(model.trainable_variables, gradients, strict=True):
        assert gradient is not None, variable.path
        assert np.all(np.isfinite(gradient)), variable.path
    # a few variables feed channels that ReLU6 holds at 0 or 6 on these two images
    assert np.mean([bool(np.any(gradient)) for gradient in gradients]) > 0.95


def test_the_layers_that_recipes_cut_at_keep_their_names() -> None:
    model = released("blazepose-full")
    assert model.get_layer("add_240").output.shape == (None, 16, 16, 64)
    assert [layer.name for layer in model.layers[:4]] == ["image", "pad_203", "conv_2d_204", "conv_2d_204_relu6"]
    features = keras.Model(model.input, model.get_layer("add_240").output)
    head = keras.Model(model.get_layer("add_240").output, model.output["landmarks"])
    image = RNG.random((1, 256, 256, 3)).astype(np.float32)
    np.testing.assert_array_equal(head(features(image)), model(image)["landmarks"])


def test_only_what_the_chosen_outputs_need_is_built(lite: Any) -> None:
    assert set(lite.output) == {"landmarks", "flag", "heatmap", "world"}
    graph = tflite.read(sources.find("blazepose-lite"))
    everything = network.build(graph)
    assert len(everything.output) == 5
    flag = network.build(graph, {"flag": 1})
    assert len(flag.layers) < len(lite.layers) < len(everything.layers)
    with pytest.raises(UnknownModelError, match="output 'mask' at 5, the file has 5"):
        network.build(graph, {"mask": 5})


@pytest.mark.parametrize("name", ["person-detector", "blazepose-lite"])
def test_a_saved_network_is_the_same(name: str, tmp_path: Path) -> None:
    model = released(name)
    model.save(tmp_path / "saved.keras")
    again = keras.saving.load_model(tmp_path / "saved.keras")
    image = RNG.random((1, *model.input_shape[1:])).astype(np.float32)
    for output, values in model(image).items():
        np.testing.assert_array_equal(again(image)[output], values)


def test_the_rebuild_depends_on_keras_alone() -> None:
    tree = ast.parse((ROOT / "converter/network.py").read_text())
    imported = {
        name.split(".")[0]
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module]
            if isinstance(node, ast.ImportFrom) and node.module and not node.level
            else []
        )
    }
    assert imported == {"__future__", "collections", "typing", "keras", "numpy"}


OTHER_BACK_END = """
import sys
from pathlib import Path
import keras
import numpy as np
from converter import network, tflite
for path in Path(sys.argv[1]).glob("*.tflite"):
    result = network.build(tflite.read(path))(np.load(path.with_suffix(".npy")))["output_0"]
    np.save(path.with_suffix(".result.npy"), keras.ops.convert_to_numpy(result))
assert "tensorflow" not in sys.modules
"""


def test_each_operator_runs_on_another_back_end(tmp_path: Path) -> None:
    pytest.importorskip("jax", reason="comes with tensorflowjs today; it is not ours to require")
    for number, case in enumerate(CASES):
        (tmp_path / f"{number}.tflite").write_bytes(CASES[case].build())
        np.save(tmp_path / f"{number}.npy", normal(*CASES[case].tensors[0].shape))
    environment = {"KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", OTHER_BACK_END, str(tmp_path)]
    subprocess.run(command, check=True, cwd=ROOT, env=environment, capture_output=True)
    for number in range(len(CASES)):
        model = network.build(tflite.read(tmp_path / f"{number}.tflite"))
        expected = model(np.load(tmp_path / f"{number}.npy"))["output_0"]
        result = np.load(tmp_path / f"{number}.result.npy")
        np.testing.assert_allclose(result, expected, rtol=SMALL_SUM_TOLERANCE, atol=SMALL_SUM_TOLERANCE)
