"""Adam whose steps are shares of the weights.

Batch normalisation is folded into the released networks' kernels, so that the scales of their channels differ by orders
of magnitude. A step of one size for all, as Adam's, is noise for large weights and ruins small ones. Here a step is
``rate * scale * adam``, where ``scale`` is the root mean square of the weights that make one output channel, as they
were released: all channels change by the same share (compare LAMB and LARS, You et al. 2017 and 2020, whose scales are
of whole layers).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from keras import ops

Values = npt.NDArray[np.float32]

BETAS = (0.9, 0.99)
EPSILON = 1e-9
"""Gradients of folded networks are small: Adam's usual 1e-7 would be felt."""
LEAST_SHARE = 0.1
"""Of a layer's root mean square: the least scale of a channel, so that a channel of zeros can wake up."""
LEAST_BIAS = 1e-3


def relative_scales(network: Any) -> list[Values]:
    """Return for each trainable variable of a network of convolutions its scale, in a shape that broadcasts to it.

    Call it before teaching: the scales are those of the released weights, after a restart too.
    """
    found: dict[str, Values] = {}
    for layer in network.layers:
        depthwise = isinstance(layer, keras.layers.DepthwiseConv2D)
        for variable in layer.trainable_variables:
            weights = keras.ops.convert_to_numpy(variable)
            found[variable.path] = _scale(weights, (0, 1) if depthwise else tuple(range(weights.ndim - 1)))
    return [found[variable.path] for variable in network.trainable_variables]


def _scale(weights: Values, axes: tuple[int, ...]) -> Values:
    whole = float(np.sqrt(np.mean(np.square(weights))))
    if weights.ndim == 1:
        return np.full(1, max(whole, LEAST_BIAS), np.float32)
    by_channel = np.sqrt(np.mean(np.square(weights), axis=axes, keepdims=True))
    return np.asarray(np.maximum(by_channel, max(LEAST_SHARE * whole, LEAST_BIAS)), np.float32)


@keras.saving.register_keras_serializable(package="poseable")
class RelativeAdam(keras.optimizers.Adam):  # type: ignore[misc]  # keras ships no types
    """See the module. ``learning_rate`` is the share of its scale by which a weight moves in a step, at most."""

    def __init__(self, learning_rate: Any, scales: Sequence[Values], **options: Any) -> None:
        """Take scales in the order of the variables that will be optimised; ``options`` are those of Keras's Adam."""
        super().__init__(learning_rate, *BETAS, epsilon=EPSILON, **options)
        self._scales = [np.asarray(scale, np.float32) for scale in scales]

    def build(self, variables: Sequence[Any]) -> None:
        """Take the variables; raises `ValueError` if there are more or fewer than scales."""
        if len(variables) != len(self._scales):
            raise ValueError(f"expected {len(self._scales)} variables, one for each scale, got {len(variables)}")
        super().build(variables)

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Move one variable."""
        place = self._get_variable_index(variable)
        first, second = self._momentums[place], self._velocities[place]
        step = ops.cast(self.iterations + 1, variable.dtype)
        self.assign_add(first, (gradient - first) * (1 - self.beta_1))
        self.assign_add(second, (ops.square(gradient) - second) * (1 - self.beta_2))
        mean = first / (1 - ops.power(self.beta_1, step))
        spread = ops.sqrt(second / (1 - ops.power(self.beta_2, step)))
        share = ops.cast(learning_rate, variable.dtype) * mean / (spread + self.epsilon)
        self.assign_sub(variable, share * ops.convert_to_tensor(self._scales[place]))

    def get_config(self) -> dict[str, Any]:
        """Return what is needed to build the optimizer again."""
        return {**super().get_config(), "scales": [scale.tolist() for scale in self._scales]}
