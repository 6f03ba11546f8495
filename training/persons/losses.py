"""What the person detector is taught by, in ``keras.ops`` alone: one function for labels and for a teacher's word.

Predictions are the network's outputs by name, targets as in `training.persons.targets`. Scores: quality focal loss (Li
et al., "Generalized focal loss", NeurIPS 2020): cross-entropy with soft targets, weighted by the squared error, so that
thousands of easy anchors are quiet. Places: pseudo-Huber in shares of the person's own size, so that small people count
as much as large ones. Both are sums per positive anchor.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from keras import ops

from ..losses import from_logits, pseudo_huber
from .habits import BOX_PX
from .targets import COUNT, LIVE

Tensor = Any
Tensors = Mapping[str, Tensor]

DELTA = 0.05
"""Of the body circle's radius: where the loss of a place goes over from squared to absolute."""
LEAST_RADIUS_PX = 8.0
"""Nobody is smaller: a target that says so is a mistake, and must not be divided by."""
WEIGHTS: dict[str, float] = {"scores": 10.0, "places": 1.0, "sizes": 0.5, "unused": 1.0}
"""Of the terms in the sum: of the released detector's loss on renders, scores and places are half each."""
IMPORTANCE = (1.0, 2.0, 2.0, 1.0, 0.5)
"""Of neck, hip centre, body circle, shoulder centre and upper circle: region and tracks come from hips and circle."""
UNUSED_LOGIT = -8.0
"""Anchors that the released network does not use are kept below."""


def terms(outputs: Tensors, targets: Tensors) -> dict[str, Tensor]:
    """Return each term of the loss of a batch, unweighted.

    ``outputs``: ``boxes`` (b, 2254, 12), ``scores`` (b, 2254, 1); ``targets``: see `targets.TARGETS`.
    """
    logits = ops.squeeze(outputs["scores"], -1)
    live = ops.take(logits, LIVE, axis=1)
    raw, wanted = ops.take(outputs["boxes"], LIVE, axis=1), targets["boxes"]
    error = ops.square(ops.sigmoid(live) - targets["scores"])
    positives = ops.maximum(ops.sum(targets["scores"] * targets["scores_weight"]), 1.0)
    # The body circle's radius: from hip centre to circle point.
    span = wanted[..., 6:8] - wanted[..., 4:6]
    radius = ops.maximum(ops.sqrt(ops.sum(ops.square(span), -1)), LEAST_RADIUS_PX)
    off = ops.concatenate([raw[..., :2] - wanted[..., :2], raw[..., 4:] - wanted[..., 4:]], axis=-1)
    off = ops.reshape(off / radius[..., None], (-1, len(LIVE), len(IMPORTANCE), 2))
    places = ops.sum(pseudo_huber(off, DELTA), -1) * ops.convert_to_tensor(IMPORTANCE, "float32")
    sizes = pseudo_huber((raw[..., 2:4] - wanted[..., 2:4]) / BOX_PX, DELTA)
    weight = targets["boxes_weight"]
    sure = ops.maximum(ops.sum(weight), 1.0)
    return {
        "scores": ops.sum(from_logits(targets["scores"], live) * error * targets["scores_weight"]) / positives,
        "places": ops.sum(ops.sum(places, -1) * weight) / sure / sum(IMPORTANCE) / DELTA,
        "sizes": ops.sum(ops.sum(sizes, -1) * weight) / sure / DELTA,
        "unused": ops.mean(ops.relu(ops.take(logits, UNUSED, axis=1) - UNUSED_LOGIT)),
    }


def total(found: Tensors, weights: Mapping[str, float] = WEIGHTS) -> Tensor:
    """Return the weighted sum of the terms."""
    return sum(weights[name] * value for name, value in found.items())


UNUSED = sorted(set(range(COUNT)) - set(LIVE.tolist()))
