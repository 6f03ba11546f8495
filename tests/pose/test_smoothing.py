"""The spline against SciPy's, which is another algorithm for the same minimum, and against its transfer function."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.interpolate import make_smoothing_spline

from pose import smoothing

ROUNDING = 1e-6  # relative to the values; two solvers of the same banded system


def uneven(count: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    times = np.cumsum(rng.uniform(0.01, 0.1, count))
    values = np.stack([np.sin(times), np.cos(3 * times)], axis=1) + rng.normal(0, 0.1, (count, 2))
    return times, values, rng.uniform(0.1, 1, count)


@given(st.integers(5, 60), st.integers(0, 1000), st.floats(1e-6, 1.0))
@settings(deadline=None)
def test_same_minimum_as_scipy(count: int, seed: int, lam: float) -> None:
    times, values, weights = uneven(count, seed)
    spline = smoothing.fit(times, values, np.zeros(count, int), lam, weights)
    reference = make_smoothing_spline(times, values, weights, lam=lam)
    fine = np.linspace(times[0], times[-1], 301)
    assert np.abs(spline.values - reference(times)).max() < ROUNDING
    assert np.abs(spline.at(fine) - reference(fine)).max() < ROUNDING


def test_pieces_do_not_see_each_other() -> None:
    times, values, weights = uneven(40, 1)
    lam = 1e-3
    pieces = np.repeat([0, 1, 2, 3], [20, 1, 2, 17])
    together = smoothing.fit(times, values, pieces, lam, weights)
    for piece in range(4):
        mine = pieces == piece
        alone = smoothing.fit(times[mine], values[mine], np.zeros(mine.sum(), int), lam, weights[mine])
        assert np.abs(together.values[mine] - alone.values).max() < ROUNDING
    between = (times[19] + times[20]) / 2
    assert np.isnan(together.at(np.array([between, times[0] - 1, times[-1] + 1]))).all()
    assert np.abs(together.at(times) - together.values).max() < ROUNDING


@pytest.mark.parametrize("ratio", [0.25, 0.5, 1.0, 1.5])
def test_gain_is_that_of_butterworth_both_ways(ratio: float) -> None:
    step, cutoff = 1 / 120, 6.0
    times = np.arange(1200) * step
    wave = np.sin(2 * np.pi * ratio * cutoff * times)[:, None]
    lam = smoothing.stiffness(cutoff, step)
    smooth = smoothing.fit(times, wave, np.zeros(1200, int), lam).values
    middle = slice(300, 900)  # without the ends
    gain = float((smooth[middle] * wave[middle]).sum() / (wave[middle] ** 2).sum())
    assert gain == pytest.approx(1 / (1 + ratio**4), abs=0.01)  # sampling adds a little to the continuous formula


def test_pieces_begin_after_a_pause() -> None:
    times = np.array([0.0, 0.1, 0.2, 0.5, 0.6, 1.0])
    assert smoothing.split(times, 0.25).tolist() == [0, 0, 0, 1, 1, 2]


def test_a_straight_line_stays() -> None:
    times, _, _ = uneven(50, 2)
    line = np.stack([2 * times - 1, -times], axis=1)
    assert np.abs(smoothing.fit(times, line, np.zeros(50, int), 100.0).values - line).max() < ROUNDING
