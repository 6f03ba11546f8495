"""Second look at a recording: smoother, with short gaps filled, with constant bones, and with a trust in every joint.

Unlike the live filters it knows the future, so nothing lags behind. What was not seen for longer than a short gap is
left out (NaN), and so is a limb that the person does not have: limbs are not invented. What is true of a character
stays as it is. Units and coordinate frames are those of ``static/spec/wire.json``.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from pose import landmarks, smoothing, wire
from pose.rescored import FILLED, Rescored, dtype
from pose.skeleton import BONE_FOLLOWERS, JOINT_BONES
from pose.smoothing import Floats

CUTOFF_HZ = 6.0
"""Usual in gait and wheelchair propulsion (Winter 2009, "Biomechanics and Motor Control", section 3.4)."""
MAX_GAP_S = 0.25
"""Longest gap that is filled: at most half of the fastest arm movements' period, about 2 Hz."""
CERTAIN_PRESENCE = 0.5
"""Below it the network itself believes the landmark to be outside of the picture."""
OUTLIER_SCALES = 3.0
"""Residuals of so many robust standard deviations count little: the usual bound of an outlier."""
MIN_SCALE_M = 0.005
"""Floor of the residuals' scale, in m: jitter below half a centimetre is nobody's error."""
BONE_SPREAD = 0.15
"""Relative deviation of a bone's length at which its trust falls to exp(-1/2): the live estimates' usual spread."""
MIN_STEP_S = 1e-4
"""Frames of one person closer than this are one frame: a clock's rounding, not a camera."""
MIN_FILL_STEP_S = 0.002
"""Gaps are filled at 500 fps at most, faster than the cameras in use: a gap gets 124 rows, whatever its clock says."""
MAX_FILL = 4
"""Rows filled per measured frame, on average over a track: an uneven clock must not make memory of short pauses."""
MIN_BONE_M = 0.01
"""A shorter bone has no direction to speak of."""
BLOCK = 4096
"""Rows at a time where each is worked on by itself: an hour's intermediate numbers would be half a gigabyte."""

Progress = Callable[[float], None]


def rescore(frames: wire.Frames, progress: Progress = lambda _: None) -> Rescored:
    """Return the frames (n, of a schema of `pose.wire`, in order of time) as (m, `pose.rescored.dtype`), in order too.

    Each person is treated alone; characters that were missed are kept as they are. ``progress`` is told the share that
    is done, 0..1.
    """
    missed = frames["flags"] == wire.MISSED
    persons = np.unique(frames["person"][~missed])
    parts = [_untouched(frames[missed])] if missed.any() else []
    for place, person in enumerate(persons):
        mine = frames["person"] == person

        def told(share: float, place: int = place) -> None:
            progress((place + share) / len(persons))

        parts.append(rescore_person(frames if mine.all() else frames[mine], told))
    made = dtype(frames.dtype)
    del frames  # so that what is put in order takes their place, where the caller has not kept them
    return _in_order(parts, made)


def _untouched(frames: wire.Frames) -> Rescored:
    """Return frames as they are, without any trust."""
    rows = np.zeros(len(frames), dtype(frames.dtype))
    for name in frames.dtype.names or ():
        rows[name] = frames[name]
    return rows


def _in_order(parts: list[Rescored], made: np.dtype[np.void]) -> Rescored:
    """Return all rows in order of time, and of persons where that is the same; empties ``parts``."""
    if len(parts) == 1:
        return parts.pop()  # one person's rows are in order
    keys = [np.concatenate([part[name] for part in parts] or [np.zeros(0)]) for name in ("person", "time")]
    order = np.lexsort(keys)
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    result = np.empty(len(order), made)
    filled = 0
    while parts:  # one by one: they take as much memory as the result
        part = parts.pop(0)
        result[place[filled : filled + len(part)]] = part
        filled += len(part)
    return result


def rescore_person(track: wire.Frames, progress: Progress = lambda _: None) -> Rescored:
    """Return one person's frames, smoothed, filled, with constant bone lengths and a trust."""
    apart = np.concatenate([[True], np.diff(track["time"]) >= MIN_STEP_S])
    track = track if apart.all() else track[apart]
    step = float(np.median(np.diff(track["time"]))) if len(track) > 1 else 1.0
    rows = close_gaps(track, step)
    del track  # an hour's copy is a hundred megabytes, and the caller has kept none
    seen = (rows["visibility"] >= landmarks.CERTAIN_VISIBILITY) & (rows["presence"] >= CERTAIN_PRESENCE)
    absent = wire.absent(rows, wire.SCHEMAS[wire.SCHEMA].groups[0]) & (rows["visibility"] == 0)  # NaN: a filled row
    residual = np.full(seen.shape, np.nan)
    lam = smoothing.stiffness(CUTOFF_HZ, step)
    for joint in range(landmarks.COUNT):
        _smooth_joint(rows, joint, seen[:, joint], lam, residual)
        progress(0.9 * (joint + 1) / landmarks.COUNT)
    for name in ("landmarks", "world_landmarks"):
        rows[name][absent] = np.nan  # a limb that somebody marked as missing stays so, however short that was
    lengths = bone_lengths(rows["world_landmarks"])
    rows["trust"] = trust(rows, seen, residual, lengths)
    for start in range(0, len(rows), BLOCK):
        block = rows["world_landmarks"][start : start + BLOCK]
        block[:] = hold_bones(block, lengths)
    progress(1.0)
    return rows


def close_gaps(track: wire.Frames, step_s: float) -> Rescored:
    """Return the frames as `Rescored`, and `FILLED` ones every ``step_s`` in pauses of up to `MAX_GAP_S`.

    The step is longer where `MIN_FILL_STEP_S` or `MAX_FILL` asks for it. Filled ones have no truth: nobody knows it.
    """
    time = track["time"]
    pauses = np.diff(time)
    step_s = max(step_s, MIN_FILL_STEP_S, float(pauses[pauses <= MAX_GAP_S].sum()) / (MAX_FILL * len(track)))
    missing = np.where(pauses <= MAX_GAP_S, np.rint(pauses / step_s).astype(int) - 1, 0).clip(min=0)
    source = np.repeat(np.arange(len(track)), np.append(missing, 0) + 1)
    number = np.arange(len(source)) - np.searchsorted(source, source)  # 0 for a measured frame, then 1, 2, ...
    rows = np.zeros(len(source), dtype(track.dtype))
    filled = number > 0
    share = number[filled] / (missing[source[filled]] + 1)
    for name in track.dtype.names or ():
        rows[name][~filled] = track[name]
        if rows.dtype[name].base.kind == "f":
            rows[name][filled] = np.nan
    rows["time"][filled] = time[source[filled]] + share * pauses[source[filled]]
    rows["flags"][filled] = FILLED
    for name in ("person", "image_size"):
        rows[name][filled] = track[name][source[filled]]
    return rows


def _smooth_joint(rows: Rescored, joint: int, seen: npt.NDArray[np.bool_], lam: float, residual: Floats) -> None:
    """Replace one joint's positions by those of a robust smoothing spline through the frames where it was seen."""
    measured = np.concatenate([rows["landmarks"][:, joint], rows["world_landmarks"][:, joint]], axis=1).astype(float)
    if seen.sum() < 2:
        result = np.where(seen[:, None], measured, np.nan)
        residual[seen, joint] = 0
    else:
        times, values = rows["time"][seen], measured[seen]
        pieces = smoothing.split(times, MAX_GAP_S)
        first = smoothing.fit(times, values, pieces, lam)
        # A jump pulls the curve towards itself: weigh it down (Cauchy's weights) and fit once more.
        away = np.linalg.norm((values - first.values)[:, 3:], axis=1)
        weights = 1 / (1 + (away / (OUTLIER_SCALES * _scale(away))) ** 2)
        spline = smoothing.fit(times, values, pieces, lam, weights)
        residual[seen, joint] = np.linalg.norm((values - spline.values)[:, 3:], axis=1)
        result = spline.at(rows["time"])
    rows["landmarks"][:, joint] = result[:, :3]
    rows["world_landmarks"][:, joint] = result[:, 3:]


def _scale(distances: Floats) -> float:
    """Return the robust scale of residuals' lengths, in m: their median, at least `MIN_SCALE_M`."""
    return max(float(np.median(distances)), MIN_SCALE_M)


def bone_lengths(world: npt.NDArray[np.float32]) -> Floats:
    """Return the person's median length of each of `pose.landmarks.BONES` (b,) in m; NaN where one was never seen.

    Left and right are measured apart: people are not symmetric.
    """
    lengths = _lengths(world)
    known = np.isfinite(lengths).any(axis=0)
    result = np.full(lengths.shape[1], np.nan)
    result[known] = np.nanmedian(lengths[:, known], axis=0)
    result[result < MIN_BONE_M] = np.nan
    return result


def _lengths(world: npt.NDArray[np.float32]) -> Floats:
    lengths = np.empty((len(world), len(landmarks.BONES)))
    for bone, (near, far) in enumerate(landmarks.BONES):
        vectors = world[:, far].astype(float) - world[:, near]
        lengths[:, bone] = np.sqrt((vectors**2).sum(axis=1))
    return lengths


def hold_bones(world: npt.NDArray[np.float32], lengths: Floats) -> npt.NDArray[np.float32]:
    """Return the positions (n, 33, 3) in m with every bone at its length (b,) in m, its direction unchanged.

    Hips and shoulders are moved about their centres; every other bone moves its far end, and what hangs on an end moves
    along. A bone of unknown length or without direction stays as it is.
    """
    world = world.astype(float)
    order = sorted(range(len(landmarks.BONES)), key=lambda bone: landmarks.BONES[bone] not in landmarks.PAIRS)
    for bone in order:
        near, far = landmarks.BONES[bone]
        vector = world[:, far] - world[:, near]
        current = np.linalg.norm(vector, axis=1)
        usable = current > MIN_BONE_M  # false for NaN
        if not np.isfinite(lengths[bone]) or not usable.any():
            continue
        change = np.zeros_like(vector)
        change[usable] = vector[usable] * (lengths[bone] / current[usable] - 1)[:, None]
        if (near, far) in landmarks.PAIRS:
            world[:, BONE_FOLLOWERS[near]] -= change[:, None] / 2
            world[:, BONE_FOLLOWERS[far]] += change[:, None] / 2
        else:
            world[:, BONE_FOLLOWERS[far]] += change[:, None]
    return world.astype(np.float32)


def trust(rows: Rescored, seen: npt.NDArray[np.bool_], residual: Floats, lengths: Floats) -> npt.NDArray[np.float32]:
    """Return how far to trust each joint (n, 33), 0..1; 0 where it is missing.

    ``visibility * presence * exp(-(d / BONE_SPREAD)^2 / 2) * exp(-(r / (OUTLIER_SCALES * s))^2 / 2)``, where d is the
    relative deviation of the joint's best bone from the person's median (a joint is at fault only if all its bones are
    off), r how far it was moved by smoothing and s that distance's usual size. A filled joint gets the lower trust of
    its two neighbours, less up to a half as the gap grows to `MAX_GAP_S`. The formula is this project's own: an
    ordering of joints by doubt, not a probability.
    """
    deviation = _lengths(rows["world_landmarks"])
    np.abs(np.subtract(np.divide(deviation, lengths, out=deviation), 1, out=deviation), out=deviation)  # in place
    score = np.where(seen, rows["visibility"].astype(float) * rows["presence"], np.nan)
    for joint in range(landmarks.COUNT):
        bones = JOINT_BONES[joint]
        if bones:
            best = np.nan_to_num(np.fmin.reduce(deviation[:, bones], axis=1), nan=0.0)
            score[:, joint] *= np.exp(-((best / BONE_SPREAD) ** 2) / 2)
        away = residual[:, joint]
        if seen[:, joint].any():
            limit = OUTLIER_SCALES * _scale(away[seen[:, joint]])
            score[:, joint] *= np.exp(-((away / limit) ** 2) / 2)
        score[:, joint] = _trust_gaps(rows["time"], score[:, joint])
    score[np.isnan(rows["landmarks"]).any(axis=2)] = 0
    return score.astype(np.float32)


def _trust_gaps(time: Floats, score: Floats) -> Floats:
    """Fill the NaN of one joint's trust (n,) from its neighbours."""
    known = np.flatnonzero(np.isfinite(score))
    if len(known) == 0:
        return np.zeros_like(score)
    right = np.searchsorted(known, np.arange(len(score)))
    left = known[np.clip(right - 1, 0, None)]
    right = known[np.clip(right, None, len(known) - 1)]
    doubt = 1 - np.clip((time[right] - time[left]) / MAX_GAP_S, 0, 1) / 2
    return np.where(np.isfinite(score), score, np.minimum(score[left], score[right]) * doubt)
