"""What a pose network is taught by, in ``keras.ops`` alone: the same for labels and for a teacher's word.

Predictions are the landmark network's outputs by name; targets are what `training.data` gives, or
`training.teaching.sources` makes of another network's outputs. Every target has a weight beside it; what is not known
has weight 0 and no gradient. Sums are divided by the sum of weights, so that a batch with few labels is not quiet, and
one with none is 0.

Units: px of the 256 px crop; world landmarks count as `WORLD_PX` px a metre.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from keras import ops

from pose.landmarks import COUNT, RAW_COUNT
from pose.projection import HEATMAP_SIDE, INPUT_SIDE

Tensor = Any
Tensors = Mapping[str, Tensor]

DELTA_PX = 8.0
"""Where the loss goes over from squared to absolute: the size of a good network's errors."""
WORLD_PX = 130.0
"""px a metre: a person of 1.75 m fills the crop's middle."""
HEATMAP_SIGMA = 1.5
"""Cells: the refinement looks three cells around (``pose.projection``)."""
WEIGHTS: dict[str, float] = {
    "xy": 1.0,
    "z": 0.15,
    "world": 0.5,
    "visibility": 3.0,
    "presence": 0.9,
    "alignment": 0.3,
    "flag": 1.5,
    "heatmap": 40.0,
}
"""Of the terms in the sum. Those of probabilities are scaled to px: a nat is worth about three."""
_VALUES = 5
_SMALL = 1e-6


def pseudo_huber(error: Tensor, delta: float = DELTA_PX) -> Tensor:
    """Return delta * (sqrt(1 + (e / delta)²) - 1): e² / (2 delta) near 0, |e| far away (Charbonnier et al. 1997)."""
    return delta * (ops.sqrt(1.0 + ops.square(error / delta)) - 1.0)


def from_logits(target: Tensor, logit: Tensor) -> Tensor:
    """Return the cross-entropy, in nats, of a probability and a logit; without overflow."""
    return ops.maximum(logit, 0.0) - logit * target + ops.log1p(ops.exp(-ops.abs(logit)))


def weighted_mean(values: Tensor, weights: Tensor) -> Tensor:
    """Return the weighted mean of all; 0 where nothing has weight. Values without weight may be anything finite."""
    total = ops.sum(weights)
    return ops.sum(values * weights) / ops.maximum(total, _SMALL)


def terms(outputs: Tensors, targets: Tensors) -> dict[str, Tensor]:
    """Return each term of the loss of a batch, unweighted.

    ``outputs``: ``landmarks`` (b, 195), ``world`` (b, 117), ``flag`` (b, 1) probability, ``heatmap`` (b, 64, 64, 39)
    if there is one. ``targets``: see `training.data.TARGETS`.
    """
    raw = ops.reshape(outputs["landmarks"], (-1, RAW_COUNT, _VALUES))
    points, extra = raw[:, :COUNT], raw[:, COUNT : COUNT + 2]
    world = ops.reshape(outputs["world"], (-1, RAW_COUNT, 3))[:, :COUNT]
    off = points[..., :3] - targets["landmarks"]
    distance = pseudo_huber(ops.sqrt(ops.sum(ops.square(off[..., :2]), -1) + _SMALL))
    apart = (world - targets["world"]) * WORLD_PX
    found = {
        "xy": weighted_mean(distance, targets["landmarks_weight"]),
        "z": weighted_mean(pseudo_huber(off[..., 2]), targets["z_weight"]),
        "world": weighted_mean(ops.sum(pseudo_huber(apart), -1) / 3.0, targets["world_weight"]),
        "visibility": weighted_mean(from_logits(targets["visibility"], points[..., 3]), targets["visibility_weight"]),
        "presence": weighted_mean(from_logits(targets["presence"], points[..., 4]), targets["presence_weight"]),
        "alignment": weighted_mean(
            ops.sum(pseudo_huber(extra[..., :2] - targets["alignment"]), -1) / 2.0, targets["alignment_weight"]
        ),
        "flag": weighted_mean(_flag_loss(outputs["flag"], targets["flag"]), targets["flag_weight"]),
    }
    if "heatmap" in outputs:
        found["heatmap"] = _heatmap_loss(outputs["heatmap"][..., :COUNT], targets)
    return found


def total(found: Tensors, weights: Mapping[str, float] = WEIGHTS) -> Tensor:
    """Return the weighted sum of the terms."""
    return sum(weights[name] * value for name, value in found.items())


def _flag_loss(probability: Tensor, target: Tensor) -> Tensor:
    """Return the cross-entropy of the flag, whose sigmoid is inside the network."""
    safe = ops.clip(probability, _SMALL, 1.0 - _SMALL)
    return -(target * ops.log(safe) + (1.0 - target) * ops.log(1.0 - safe))


def _heatmap_loss(logits: Tensor, targets: Tensors) -> Tensor:
    """Return the cross-entropy of the maps with Gaussians at the landmarks, of those that count, per landmark."""
    cells = ops.arange(HEATMAP_SIDE, dtype="float32")
    places = targets["landmarks"][..., :2] * (HEATMAP_SIDE / INPUT_SIDE)
    spread = [
        ops.exp(-ops.square(cells[None, :, None] - places[:, None, :, axis]) / (2 * HEATMAP_SIGMA**2))
        for axis in (0, 1)
    ]
    wanted = spread[1][:, :, None, :] * spread[0][:, None, :, :]
    by_landmark = ops.mean(from_logits(wanted, logits), axis=(1, 2))
    return weighted_mean(by_landmark, targets["landmarks_weight"])
