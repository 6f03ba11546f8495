"""Make what a network tells of visibility and presence mean what it says, folded into its last layers.

Each landmark's visibility logit l becomes a l + b, with a and b fitted on pictures whose truth is known (Platt, 1999;
Guo et al., ICML 2017). Logits come out of a convolution without activation, so a and b go into its kernel and bias, and
nothing that runs the network needs to know.

Renders show what the released network takes for nobody, so teaching moves the pose flag as well. Its bias is raised
until people in photos are seen as they were before.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from pose.landmarks import COUNT, RAW_COUNT

from .views import Views

Doubles = npt.NDArray[np.float64]
Values = npt.NDArray[np.float32]

LEAST_PEOPLE = 200
"""Below this, two numbers for each of 33 landmarks would be made of chance; the network stays as it is."""
RIDGE = 4.0
"""Observations' worth of pull towards a = 1, b = 0: a landmark that is nearly always seen tells little about a."""
MOST_LOST = 0.003
"""Share of the people in photos that may fall below a flag of 0.5 when its bias has been raised."""
MOST_RAISED = 2.0
"""Nats. A flag that needs more has forgotten what people are, and the guard shall see it."""
_FLAG = "flag"
_VALUES, _VISIBILITY = 5, 3
_BATCH = 32


def calibrate(model: Any, views: Views) -> bool:
    """Fit and fold the scaling into ``model``, a whole network; ``views`` hold whole crops. Return whether it did."""
    logits, truth, known = _observed(model, views)
    if known.any(1).sum() < LEAST_PEOPLE:
        return False
    layer = _last_layer(model)
    kernel, bias = (np.array(values) for values in layer.get_weights())
    for k in range(COUNT):
        gain, offset = fit(logits[known[:, k], k], truth[known[:, k], k])
        channel = k * _VALUES + _VISIBILITY
        kernel[..., channel] *= gain
        bias[channel] = gain * bias[channel] + offset
    layer.set_weights([kernel, bias])
    return True


def keep_flag(model: Any, crops: Values) -> float:
    """Raise the flag's bias so that people are seen; return by how much.

    ``crops`` (n, 256, 256, 3), 0..1, are of people whom the network before teaching sees.
    """
    parts = [model.predict_on_batch(crops[start : start + _BATCH])[_FLAG] for start in range(0, len(crops), _BATCH)]
    said = np.concatenate([np.asarray(part, np.float64).ravel() for part in parts])
    logits = np.log(np.clip(said, 1e-9, 1)) - np.log(np.clip(1 - said, 1e-9, 1))
    raised = float(np.clip(-np.quantile(logits, MOST_LOST), 0, MOST_RAISED))
    layer = next(layer for layer in model.layers if getattr(layer, "filters", None) == 1)
    kernel, bias = layer.get_weights()
    layer.set_weights([kernel, bias + np.float32(raised)])
    return raised


def fit(logits: Doubles, truth: Doubles) -> tuple[float, float]:
    """Return a > 0 and b of the logistic regression of ``truth`` (n,), 0 or 1, on ``logits`` (n,)."""

    def cost(at: Doubles) -> tuple[float, Doubles]:
        gain = np.exp(at[0])
        value = gain * logits + at[1]
        loss = np.logaddexp(0, value) - truth * value
        slope = 1 / (1 + np.exp(-np.clip(value, -50, 50))) - truth
        gradient = np.array([np.sum(slope * logits) * gain, np.sum(slope)]) + 2 * RIDGE * at
        return float(loss.sum() + RIDGE * at @ at), gradient

    found = minimize(cost, np.zeros(2), jac=True, method="L-BFGS-B", bounds=[(-3, 3), (-10, 10)]).x
    return float(np.exp(found[0])), float(found[1])


def _last_layer(model: Any) -> Any:
    """Return the convolution that makes the 39 x 5 values of the landmarks."""
    return next(layer for layer in model.layers if getattr(layer, "filters", None) == _VALUES * RAW_COUNT)


def _observed(model: Any, views: Views) -> tuple[Doubles, Doubles, npt.NDArray[np.bool_]]:
    parts = list(_parts(model, views))
    logits, truth, known = (np.concatenate(column) for column in zip(*parts, strict=True))
    return logits, truth, known > 0


def _parts(model: Any, views: Views) -> Iterator[tuple[Doubles, Doubles, Doubles]]:
    for start in range(0, views.count, _BATCH):
        (images,), targets = views.read(np.arange(start, min(start + _BATCH, views.count)))
        said = np.asarray(model.predict_on_batch(images)["landmarks"], np.float64)
        logits = said.reshape(-1, RAW_COUNT, _VALUES)[:, :COUNT, _VISIBILITY]
        yield logits, targets["visibility"].astype(np.float64), targets["visibility_weight"].astype(np.float64)
