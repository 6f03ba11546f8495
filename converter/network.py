"""A parsed TFLite graph as a Keras network with the file's weights, every variable of it trainable.

Written with ``keras.layers`` and ``keras.ops`` alone, so that it runs, trains, saves and loads on every Keras back
end. Layers are named ``<operator>_<tensor>``, for example ``add_240``: the operator's TFLite name and the index of
the tensor that it makes. These names depend on the file alone, so a recipe may cut the network at one of them.
Activations that TFLite fuses into an operator are layers of their own, ``<name>_relu6``; the operator's layer is the
value before it.

Tensors keep TFLite's layout: batch, height, width, channels. The batch, 1 in the files, becomes free.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import keras
import numpy as np
from keras import layers

from .errors import InconsistentGraphError, TFLiteError, UnknownModelError, UnsupportedError
from .patch import Operand
from .tflite import ACTIVATIONS, PADDINGS, Array, Graph, Operator

PACKAGE = "poseable"


@keras.saving.register_keras_serializable(package=PACKAGE)
class DepthToSpace(layers.Layer):  # type: ignore[misc]  # keras ships no types
    """Move channels into space: (batch, h, w, b * b * c) becomes (batch, h * b, w * b, c); b is `block`."""

    def __init__(self, block: int, **options: Any) -> None:
        super().__init__(**options)
        self.block = block

    def call(self, x: Any) -> Any:
        """Rearrange one batch."""
        _, height, width, channels = x.shape
        block, rest = self.block, channels // self.block**2
        x = keras.ops.reshape(x, (-1, height, width, block, block, rest))
        x = keras.ops.transpose(x, (0, 1, 3, 2, 4, 5))
        return keras.ops.reshape(x, (-1, height * block, width * block, rest))

    def get_config(self) -> dict[str, Any]:
        """Return what is needed to build the layer again."""
        return {**super().get_config(), "block": self.block}


@keras.saving.register_keras_serializable(package=PACKAGE)
class ZeroPadding(layers.Layer):  # type: ignore[misc]
    """Zeros before and after each axis: `padding` is a list of (before, after), the batch axis first."""

    def __init__(self, padding: list[list[int]], **options: Any) -> None:
        super().__init__(**options)
        self.padding = [list(pair) for pair in padding]

    def call(self, x: Any) -> Any:
        """Pad one batch."""
        return keras.ops.pad(x, self.padding)

    def get_config(self) -> dict[str, Any]:
        """Return what is needed to build the layer again."""
        return {**super().get_config(), "padding": self.padding}


def build(graph: Graph, outputs: Mapping[str, int] | None = None, name: str = "network") -> Any:
    """Return a functional Keras model with the graph's weights.

    Its input is called ``image``; its outputs are a dictionary, for which `outputs` maps names to positions in the
    file's list of outputs (all, named ``output_0`` and so on, if left out). Operators that no chosen output needs are
    dropped. Raises `UnsupportedError` or `InconsistentGraphError`, naming the operator.
    """
    if outputs is None:
        outputs = {f"output_{position}": position for position in range(len(graph.outputs))}
    for output, position in outputs.items():
        if not 0 <= position < len(graph.outputs):
            raise UnknownModelError(f"{graph.file}: output '{output}' at {position}, the file has {len(graph.outputs)}")
    if len(graph.inputs) != 1:
        raise UnsupportedError(graph.file, "inputs", f"expected 1, found {len(graph.inputs)}")
    builder = _Builder(graph)
    for operator in _needed(graph, {graph.outputs[position] for position in outputs.values()}):
        builder.add(operator)
    results = {output: builder.value(graph.outputs[position], "outputs") for output, position in outputs.items()}
    return keras.Model(builder.image, results, name=name)


def _needed(graph: Graph, wanted: set[int]) -> list[Operator]:
    """Return the operators that the wanted tensors depend on, in running order."""
    kept = []
    for operator in reversed(graph.operators):
        if wanted & set(operator.outputs):
            kept.append(operator)
            wanted = wanted | set(operator.inputs)
    return kept[::-1]


def constants(graph: Graph, model: Any) -> dict[Operand, Array]:
    """Return the weights of `model`, which `build` made of `graph`, as the graph's constants, in TFLite's layout.

    Operators without a layer in `model`, such as those that only the segmentation mask needs, are left out.
    """
    layers_by_name = {layer.name: layer for layer in model.layers}
    found: dict[Operand, Array] = {}
    for operator in graph.operators:
        layer = layers_by_name.get(operator.layer)
        if layer is None or not layer.weights:
            continue
        kernel, *bias = layer.get_weights()
        if operator.kind == "DEPTHWISE_CONV_2D":
            kernel = kernel.reshape(1, *kernel.shape[:2], -1)
        else:
            kernel = kernel.transpose(3, 0, 1, 2)
        for position, values in enumerate([kernel, *bias], 1):
            found[Operand(operator.outputs[0], position)] = values
    return found


class _Builder:
    """Turns operators into layers, one by one, and remembers what each tensor has become."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        source = graph.tensors[graph.inputs[0]]
        if len(source.shape) < 2 or source.dtype != np.float32:
            raise UnsupportedError(
                graph.file, "input", f"expected float32 with a batch, found {source.dtype} {source.shape}"
            )
        self.image = keras.Input(source.shape[1:], name="image")
        self.values: dict[int, Any] = {source.index: self.image}

    def value(self, index: int, where: str) -> Any:
        """Return the Keras tensor of a value that depends on the image."""
        if index not in self.values:
            raise UnsupportedError(self.graph.file, where, f"tensor {index} does not depend on the input")
        return self.values[index]

    def constant(self, operator: Operator, position: int) -> Array:
        """Return an operand that must be a constant."""
        value = self.graph.tensors[operator.inputs[position]].value
        if value is None:
            raise UnsupportedError(self.graph.file, operator.where, f"operand {position} is no constant")
        return value

    def refuse(self, operator: Operator, fault: str) -> UnsupportedError:
        """Return the error for a variant of an operator that is not rebuilt."""
        return UnsupportedError(self.graph.file, operator.where, fault)

    def add(self, operator: Operator) -> None:
        """Append one operator and its fused activation; check the result against the shape that the file states."""
        target = self.graph.tensors[operator.outputs[0]]
        name = operator.layer
        try:
            result = _LAYERS[operator.kind](self, operator, name)
            result = self._activate(operator, result, name)
        except TFLiteError:
            raise
        except (ValueError, TypeError, OverflowError) as error:
            # what Keras says about shapes that do not fit together
            raise InconsistentGraphError(self.graph.file, operator.where, str(error).partition("\n")[0]) from error
        if tuple(result.shape[1:]) != target.shape[1:] or target.dtype != np.float32:
            stated = f"{target.dtype} {target.shape[1:]}"
            fault = f"makes float32 {tuple(result.shape[1:])}, the file says {stated}"
            raise InconsistentGraphError(self.graph.file, operator.where, fault)
        self.values[target.index] = result

    def _activate(self, operator: Operator, x: Any, name: str) -> Any:
        activation = ACTIVATIONS[operator.options.get("activation", 0)]
        if activation == "none":
            return x
        if activation not in ("relu", "relu6"):
            raise self.refuse(operator, f"activation {activation}, known are none, relu and relu6")
        return layers.ReLU(max_value=6.0 if activation == "relu6" else None, name=f"{name}_{activation}")(x)


def _first(builder: _Builder, operator: Operator) -> Any:
    return builder.value(operator.inputs[0], operator.where)


def _image_operand(builder: _Builder, operator: Operator) -> Any:
    """Return the first operand, which must have height, width and channels."""
    x = _first(builder, operator)
    if len(x.shape) != 4:
        raise builder.refuse(operator, f"expected an operand of rank 4, found {len(x.shape)}")
    return x


def _strides(builder: _Builder, operator: Operator) -> dict[str, Any]:
    options = operator.options
    dilation = (options.get("dilation_h", 1), options.get("dilation_w", 1))
    if dilation != (1, 1):
        raise builder.refuse(operator, f"dilation {dilation}, expected none")
    return {"strides": (options["stride_h"], options["stride_w"]), "padding": PADDINGS[options["padding"]]}


def _with_weights(builder: _Builder, operator: Operator, layer: Any, x: Any, kernel: Array) -> Any:
    """Apply a convolution layer and give it the file's weights."""
    weights = [kernel]
    if layer.use_bias:
        bias = builder.constant(operator, 2)
        if bias.shape != (
            kernel.shape[-2] * kernel.shape[-1] if isinstance(layer, layers.DepthwiseConv2D) else kernel.shape[-1],
        ):
            raise builder.refuse(operator, f"a bias of shape {bias.shape} for a kernel of shape {kernel.shape}")
        weights.append(bias)
    y = layer(x)
    layer.set_weights(weights)
    return y


def _kernel(builder: _Builder, operator: Operator) -> Array:
    kernel = builder.constant(operator, 1)
    if kernel.ndim != 4 or 0 in kernel.shape or kernel.dtype != np.float32:
        raise builder.refuse(operator, f"expected a float32 kernel of rank 4, found {kernel.dtype} {kernel.shape}")
    return kernel


def _convolution(builder: _Builder, operator: Operator, name: str) -> Any:
    x, kernel = _image_operand(builder, operator), _kernel(builder, operator).transpose(1, 2, 3, 0)
    if kernel.shape[2] != x.shape[-1]:
        raise builder.refuse(operator, f"kernel for {kernel.shape[2]} channels, the operand has {x.shape[-1]}")
    options = _strides(builder, operator)
    layer = layers.Conv2D(kernel.shape[3], kernel.shape[:2], use_bias=operator.inputs[2] != -1, name=name, **options)
    return _with_weights(builder, operator, layer, x, kernel)


def _depthwise_convolution(builder: _Builder, operator: Operator, name: str) -> Any:
    x, kernel = _image_operand(builder, operator), _kernel(builder, operator)
    multiplier, channels = operator.options["multiplier"], x.shape[-1]
    if kernel.shape[0] != 1 or kernel.shape[3] != channels * multiplier:
        fault = f"kernel {kernel.shape} for {channels} channels and multiplier {multiplier}"
        raise builder.refuse(operator, fault)
    kernel = kernel.reshape(*kernel.shape[1:3], channels, multiplier)
    options = _strides(builder, operator) | {"depth_multiplier": multiplier, "use_bias": operator.inputs[2] != -1}
    return _with_weights(builder, operator, layers.DepthwiseConv2D(kernel.shape[:2], name=name, **options), x, kernel)


def _add(builder: _Builder, operator: Operator, name: str) -> Any:
    return layers.Add(name=name)([builder.value(index, operator.where) for index in operator.inputs[:2]])


def _concatenation(builder: _Builder, operator: Operator, name: str) -> Any:
    if operator.options["axis"] == 0:
        raise builder.refuse(operator, "along the batch")
    values = [builder.value(index, operator.where) for index in operator.inputs]
    return layers.Concatenate(axis=operator.options["axis"], name=name)(values)


def _max_pool(builder: _Builder, operator: Operator, name: str) -> Any:
    window = (operator.options["height"], operator.options["width"])
    return layers.MaxPooling2D(window, name=name, **_strides(builder, operator))(_image_operand(builder, operator))


def _pad(builder: _Builder, operator: Operator, name: str) -> Any:
    x, padding = _first(builder, operator), builder.constant(operator, 1)
    if padding.shape != (len(x.shape), 2) or padding[0].any() or (padding < 0).any():
        raise builder.refuse(operator, f"padding {padding.tolist()} of a tensor of rank {len(x.shape)}")
    return ZeroPadding([[int(size) for size in pair] for pair in padding], name=name)(x)


def _resize(builder: _Builder, operator: Operator, name: str) -> Any:
    x, size = _image_operand(builder, operator), builder.constant(operator, 1)
    if size.shape != (2,) or (size % x.shape[1:3]).any() or (size <= 0).any():
        raise builder.refuse(operator, f"from {tuple(x.shape[1:3])} to {size.tolist()}, expected whole multiples")
    if operator.options["align_corners"] or not operator.options["half_pixel_centers"]:
        raise builder.refuse(operator, "expected half-pixel centres and corners that are not aligned")
    factors = tuple(int(new // old) for new, old in zip(size, x.shape[1:3], strict=True))
    return layers.UpSampling2D(factors, interpolation="bilinear", name=name)(x)


def _reshape(builder: _Builder, operator: Operator, name: str) -> Any:
    return layers.Reshape(builder.graph.tensors[operator.outputs[0]].shape[1:], name=name)(_first(builder, operator))


def _logistic(builder: _Builder, operator: Operator, name: str) -> Any:
    return layers.Activation("sigmoid", name=name)(_first(builder, operator))


def _depth_to_space(builder: _Builder, operator: Operator, name: str) -> Any:
    x, block = _image_operand(builder, operator), operator.options["block"]
    if x.shape[-1] % block**2:
        raise builder.refuse(operator, f"{x.shape[-1]} channels in blocks of {block} x {block}")
    return DepthToSpace(block, name=name)(x)


_LAYERS: Mapping[str, Callable[[_Builder, Operator, str], Any]] = {
    "ADD": _add,
    "CONCATENATION": _concatenation,
    "CONV_2D": _convolution,
    "DEPTHWISE_CONV_2D": _depthwise_convolution,
    "DEPTH_TO_SPACE": _depth_to_space,
    "LOGISTIC": _logistic,
    "MAX_POOL_2D": _max_pool,
    "PAD": _pad,
    "RESHAPE": _reshape,
    "RESIZE_BILINEAR": _resize,
}
