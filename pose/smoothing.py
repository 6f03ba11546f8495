"""Zero-lag smoothing of samples at uneven times, which fills short gaps in the same stroke.

A cubic smoothing spline g minimises ``sum w_i (y_i - g(t_i))^2 + lam * integral g''(t)^2 dt``. In the frequency domain
that is the second-order Butterworth filter that movement science applies forwards and backwards, but it needs no
resampling (Woltring 1986, "A Fortran package for generalized, cross-validatory spline smoothing and differentiation",
Adv. Eng. Software 8:104-113). The banded solution is Reinsch's (Green & Silverman 1994, "Nonparametric Regression and
Generalized Linear Models", section 2.3.3).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.linalg import solveh_banded

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Spline:
    """Natural cubic splines, one per piece: knots (n,), values and second derivatives (n, k), piece numbers (n,)."""

    times: Floats
    values: Floats
    curvature: Floats
    pieces: Ints

    def at(self, times: Floats) -> Floats:
        """Return the values (m, k) at ``times`` (m,) in s; NaN outside of the pieces and between them."""
        right = np.clip(np.searchsorted(self.times, times), 1, len(self.times) - 1)
        left = right - 1
        inside = (times >= self.times[left]) & (times <= self.times[right])
        at_knot = (times == self.times[left]) | (times == self.times[right])
        inside &= (self.pieces[left] == self.pieces[right]) | at_knot
        width = self.times[right] - self.times[left]
        a = ((self.times[right] - times) / width)[:, None]
        b = 1 - a
        bend = (a**3 - a) * self.curvature[left] + (b**3 - b) * self.curvature[right]
        values = a * self.values[left] + b * self.values[right] + bend * (width**2 / 6)[:, None]
        return np.where(inside[:, None], values, np.nan)


def stiffness(cutoff_hz: float, step_s: float) -> float:
    """Return lam for unit weights, so that an oscillation of ``cutoff_hz`` sampled every ``step_s`` is halved.

    The gain at f is 1 / (1 + (f / cutoff)^4), that of a second-order Butterworth filter run forwards and backwards.
    """
    return float(1 / (step_s * (2 * np.pi * cutoff_hz) ** 4))


def split(times: Floats, max_gap_s: float) -> Ints:
    """Return the piece (n,) of each of ``times`` (n,) in s: a new one begins after a pause above ``max_gap_s``."""
    return np.concatenate([[0], np.cumsum(np.diff(times) > max_gap_s)]).astype(np.intp)


def fit(times: Floats, values: Floats, pieces: Ints, lam: float, weights: Floats | None = None) -> Spline:
    """Fit all pieces at once.

    ``times`` (n,) in s rise within a piece; ``values`` (n, k); ``weights`` (n,) above 0, by default 1. Pieces of one or
    two samples stay as they are.
    """
    inverse = np.ones(len(times)) if weights is None else 1 / weights
    curvature = np.zeros_like(values)
    smooth = values.copy()
    inner = np.flatnonzero(pieces[2:] == pieces[:-2]) + 1
    if len(inner) == 0:
        return Spline(times, smooth, curvature, pieces)
    before, after = times[inner] - times[inner - 1], times[inner + 1] - times[inner]
    # The columns of Q: second differences of the samples around each inner knot.
    a, c = (1 / before)[:, None], (1 / after)[:, None]
    b = -(a + c)
    w_before, w_at, w_after = (inverse[inner + shift][:, None] for shift in (-1, 0, 1))
    bands = np.zeros((3, len(inner)))
    bands[0] = (before + after) / 3 + lam * (a**2 * w_before + b**2 * w_at + c**2 * w_after)[:, 0]
    # Neighbours in the matrix that are no neighbours in time belong to different pieces and share nothing.
    if len(inner) > 1:
        near = np.diff(inner) == 1
        shared = b[:-1] * a[1:] * w_at[:-1] + c[:-1] * b[1:] * w_after[:-1]
        bands[1, :-1] = near * (after[:-1] / 6 + lam * shared[:, 0])
    if len(inner) > 2:
        near = inner[2:] - inner[:-2] == 2
        bands[2, :-2] = near * (lam * c[:-2] * a[2:] * w_after[:-2])[:, 0]
    second = a * values[inner - 1] + b * values[inner] + c * values[inner + 1]
    curvature[inner] = solveh_banded(bands, second, lower=True, check_finite=False)
    bent = curvature[inner]
    smooth[inner - 1] -= lam * w_before * a * bent
    smooth[inner] -= lam * w_at * b * bent
    smooth[inner + 1] -= lam * w_after * c * bent
    return Spline(times, smooth, curvature, pieces)
