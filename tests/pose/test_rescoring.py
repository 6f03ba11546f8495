"""Re-scoring against recordings whose truth is known."""

from __future__ import annotations

import tracemalloc

import numpy as np
import numpy.typing as npt
import pytest

from pose import landmarks, rescoring, wire
from pose.rescored import FILLED

FPS = 30
NOISE_M = 0.015
PX_PER_M = 300
# What smoothing may take off the movement below: (f / 6 Hz)^4, that is 0.08 % of its 0.5 m at 1 Hz and 1.2 % of the
# arm's second harmonic of 0.1 m; the first and last moments, where a spline has one side only, are judged apart.
CLEAN_M = 0.002
WRIST, ELBOW, SHOULDER = (landmarks.index(f"left_{name}") for name in ("wrist", "elbow", "shoulder"))
FACE = landmarks.index("nose")
Array = npt.NDArray[np.float64]


def walk(time: Array) -> Array:
    """A body of constant bones (n, 33, 3) in m: it sways at 1 Hz and swings its left arm about the shoulder."""
    body = np.random.default_rng(3).normal(0, 0.3, (landmarks.COUNT, 3))
    sway = 0.1 * np.sin(2 * np.pi * time)[:, None] * np.array([1.0, 0.2, 0.5])
    world = np.tile(body, (len(time), 1, 1))
    angle = 0.6 * np.sin(2 * np.pi * 1.0 * time)
    turn = np.zeros((len(time), 3, 3))
    turn[:, 0, 0], turn[:, 0, 1] = np.cos(angle), -np.sin(angle)
    turn[:, 1, 0], turn[:, 1, 1], turn[:, 2, 2] = np.sin(angle), np.cos(angle), 1
    arm = [landmarks.index(f"left_{name}") for name in ("elbow", "wrist", "pinky", "index", "thumb")]
    world[:, arm] = np.einsum("nij,kj->nki", turn, body[arm] - body[SHOULDER]) + body[SHOULDER]
    return world + sway[:, None]


def recording(time: Array, world: Array, person: int = 1) -> wire.Frames:
    frames = np.zeros(len(time), wire.FRAME)
    frames["time"], frames["person"], frames["image_size"] = time, person, (1280, 720)
    frames["world_landmarks"], frames["landmarks"] = world, world * PX_PER_M + 300
    frames["score"], frames["visibility"], frames["presence"] = 0.9, 0.95, 0.98
    return frames


def clock(seconds: float) -> Array:
    """Uneven, as a camera's is: 3 ms of jitter."""
    count = int(seconds * FPS)
    return np.arange(count) / FPS + np.random.default_rng(5).uniform(-0.003, 0.003, count) + 0.003


def rms(difference: Array) -> float:
    return float(np.sqrt(np.nanmean(difference**2)))


def test_clean_movement_is_left_alone() -> None:
    time = clock(10)
    truth = walk(time)
    result = rescoring.rescore(recording(time, truth))
    assert np.abs(result["world_landmarks"] - truth)[10:-10].max() < CLEAN_M
    assert np.abs(result["world_landmarks"] - truth).max() < 0.01
    assert len(result) == len(time)
    assert result["trust"].min() > 0.85  # visibility times presence is 0.931
    assert (result["flags"] == 0).all()


def test_noise_is_lowered() -> None:
    time = clock(20)
    truth = walk(time)
    noisy = truth + np.random.default_rng(1).normal(0, NOISE_M, truth.shape)
    result = rescoring.rescore(recording(time, noisy))
    # White noise keeps the share of its band below the cut-off, about 6 Hz of 15: amplitude 0.63, less for held bones.
    assert rms(result["world_landmarks"] - truth) < 0.75 * NOISE_M
    assert rms(result["landmarks"] / PX_PER_M - 300 / PX_PER_M - truth) < 0.75 * NOISE_M


def test_nothing_lags() -> None:
    time = np.arange(600) / FPS
    truth = walk(time)
    noisy = truth + np.random.default_rng(2).normal(0, NOISE_M, truth.shape)
    result = rescoring.rescore(recording(time, noisy))["world_landmarks"][:, WRIST, 0].astype(float)
    reference = truth[:, WRIST, 0]
    lags = np.arange(-5, 6)
    middle = slice(10, -10)
    match = [np.corrcoef(np.roll(result, -lag)[middle], reference[middle])[0, 1] for lag in lags]
    best = int(np.argmax(match))
    assert lags[best] == 0
    # The vertex of the parabola through the three best: a fraction of a frame, 0.1 of which is 3 ms.
    a, b, c = match[best - 1 : best + 2]
    assert abs((a - c) / (2 * (a - 2 * b + c))) < 0.1


def test_short_gaps_of_a_joint_are_filled_and_long_ones_left_out() -> None:
    time = clock(10)
    truth = walk(time)
    frames = recording(time, truth)
    short, long = slice(100, 105), slice(150, 180)  # 0.2 s and 1 s
    for gap in (short, long):
        frames["visibility"][gap, WRIST] = 0.1
        frames["world_landmarks"][gap, WRIST] += 0.5  # the network's guess, far off
        frames["landmarks"][gap, WRIST] += 150
    result = rescoring.rescore(frames)
    assert np.abs(result["world_landmarks"][short, WRIST] - truth[short, WRIST]).max() < 0.02
    assert (result["trust"][short, WRIST] > 0).all()
    assert (result["trust"][short, WRIST] < result["trust"][90, WRIST]).all()
    for name in ("landmarks", "world_landmarks"):
        assert np.isnan(result[name][long, WRIST]).all()
    assert (result["trust"][long, WRIST] == 0).all()
    assert np.isfinite(result["world_landmarks"][long, ELBOW]).all()


def test_what_is_outside_of_the_picture_is_missing() -> None:
    time = clock(4)
    frames = recording(time, walk(time))
    frames["presence"][30:90, WRIST] = 0.2
    assert np.isnan(rescoring.rescore(frames)["landmarks"][30:90, WRIST]).all()


def test_missing_frames_of_a_person_are_filled_when_few() -> None:
    time = np.arange(300) / FPS
    truth = walk(time)
    kept = np.ones(300, bool)
    kept[100:104] = kept[200:230] = False  # pauses of 5 and 31 steps
    result = rescoring.rescore(recording(time, truth)[kept])
    filled = result["flags"] == FILLED
    assert np.allclose(result["time"][filled], time[100:104], atol=1e-9)
    assert np.abs(result["world_landmarks"][filled] - truth[100:104]).max() < 0.02
    assert np.isnan(result["visibility"][filled]).all()  # nothing was measured
    assert (result["trust"][filled] > 0).all()
    assert len(result) == 300 - 30


def test_a_clock_of_microseconds_fills_no_gap_with_thousands() -> None:
    time = np.concatenate([start + np.arange(40) * 1.1e-4 for start in (0, 0.25)])
    filled = rescoring.close_gaps(recording(time, walk(time)), 1.1e-4)["flags"] == FILLED
    assert 100 < filled.sum() <= rescoring.MAX_GAP_S / rescoring.MIN_FILL_STEP_S


def test_an_uneven_clock_fills_no_more_than_a_few_rows_a_frame() -> None:
    time = np.cumsum(np.tile([1.1e-4, 1.1e-4, 0.24], 30))
    filled = rescoring.close_gaps(recording(time, walk(time)), 1.1e-4)["flags"] == FILLED
    assert 0 < filled.sum() <= rescoring.MAX_FILL * len(time)


def test_bones_keep_their_length() -> None:
    time = clock(10)
    truth = walk(time)
    stretched = truth.copy()
    length = 1 + 0.2 * np.sin(2 * np.pi * 0.7 * time)[:, None]
    hand = [WRIST, *(landmarks.index(f"left_{name}") for name in ("pinky", "index", "thumb"))]
    forearm = (truth[:, WRIST] - truth[:, ELBOW]) * (length - 1)
    stretched[:, hand] += forearm[:, None]
    before, after = (
        np.linalg.norm(world[:, WRIST] - world[:, ELBOW], axis=1)
        for world in (stretched, rescoring.rescore(recording(time, stretched))["world_landmarks"].astype(float))
    )
    assert before.std() / before.mean() > 0.1
    assert after.std() / after.mean() < 1e-4
    actual = np.linalg.norm(truth[0, WRIST] - truth[0, ELBOW])
    assert after.mean() == pytest.approx(actual, rel=0.03)


def test_left_and_right_may_differ() -> None:
    time = clock(5)
    truth = walk(time)
    left, right = (
        landmarks.BONES.index(tuple(landmarks.index(f"{s}_{j}") for j in ("knee", "ankle"))) for s in ("left", "right")
    )
    lengths = rescoring.bone_lengths(rescoring.rescore(recording(time, truth))["world_landmarks"])
    for bone in (left, right):
        near, far = landmarks.BONES[bone]
        assert lengths[bone] == pytest.approx(np.linalg.norm(truth[0, far] - truth[0, near]), rel=1e-3)
    assert lengths[left] != pytest.approx(lengths[right], rel=0.05)  # the test's body is not symmetric


def test_a_jump_is_smoothed_out_and_not_trusted() -> None:
    time = clock(10)
    truth = walk(time)
    frames = recording(time, truth + np.random.default_rng(4).normal(0, 0.003, truth.shape))
    frames["world_landmarks"][150, FACE] += 0.3
    result = rescoring.rescore(frames)
    assert np.linalg.norm(result["world_landmarks"][150, FACE] - truth[150, FACE]) < 0.03
    assert result["trust"][150, FACE] < 0.1
    assert np.median(result["trust"][:, FACE]) > 0.8


def test_a_wrong_bone_blames_its_end_and_not_its_neighbours() -> None:
    time = clock(10)
    world = walk(time)
    wrong = slice(100, 160)  # too long for an outlier
    world[wrong, WRIST] += (world[wrong, WRIST] - world[wrong, ELBOW]) * 0.6
    trust = rescoring.rescore(recording(time, world))["trust"][110:150]
    assert trust[:, WRIST].max() < 0.1
    assert trust[:, [ELBOW, SHOULDER]].min() > 0.8


HAND = [WRIST, *(landmarks.index(f"left_{name}") for name in ("pinky", "index", "thumb"))]


def without_hand(frames: wire.Frames, rows: slice) -> None:
    """Mark the left hand as one that the person does not have."""
    for name in ("landmarks", "world_landmarks"):
        frames[name][rows, HAND] = np.nan
    for name in ("visibility", "presence"):
        frames[name][rows, HAND] = 0


def test_a_limb_that_is_not_there_is_not_made_up() -> None:
    time = clock(10)
    truth = walk(time)
    frames = recording(time, truth)
    without_hand(frames, slice(None))
    result = rescoring.rescore(frames)
    assert np.isnan(result["landmarks"][:, HAND]).all()
    assert np.isnan(result["world_landmarks"][:, HAND]).all()
    assert (result["trust"][:, HAND] == 0).all()
    rest = np.setdiff1d(np.arange(landmarks.COUNT), HAND)
    assert np.abs(result["world_landmarks"] - truth)[10:-10, rest].max() < CLEAN_M
    assert result["trust"][:, rest].min() > 0.85


def test_a_limb_that_is_not_there_for_a_moment_is_not_filled_as_a_gap_is() -> None:
    time = clock(10)
    frames = recording(time, walk(time))
    moment = slice(100, 104)  # short enough to be filled
    without_hand(frames, moment)
    result = rescoring.rescore(frames)
    assert np.isnan(result["landmarks"][moment, HAND]).all()
    assert np.isnan(result["world_landmarks"][moment, HAND]).all()
    assert (result["trust"][moment, HAND] == 0).all()
    assert np.isfinite(result["landmarks"][[99, 104]]).all()


def with_truth(frames: wire.Frames, character: int) -> wire.Frames:
    result = np.zeros(len(frames), wire.TRUTH_FRAME)
    for name in wire.FRAME.names or ():
        result[name] = frames[name]
    result["truth_person"], result["truth_visibility"] = character, 1
    for name in ("landmarks", "world_landmarks"):
        result[f"truth_{name}"] = np.random.default_rng(7).normal(0, 1, (len(frames), landmarks.COUNT, 3))
    return result


def test_truth_is_passed_on_and_changes_nothing() -> None:
    time = clock(5)
    plain = recording(time, walk(time))
    frames = with_truth(plain, 3)
    result, without = rescoring.rescore(frames), rescoring.rescore(plain)
    for name in wire.TRUTH_FRAME.names or ():
        if name.startswith("truth_"):
            assert result[name].tobytes() == frames[name].tobytes(), name
        else:
            assert result[name].tobytes() == without[name].tobytes(), name
    assert result["trust"].tobytes() == without["trust"].tobytes()


def test_characters_that_were_missed_are_kept_as_they_are() -> None:
    time = np.arange(90) / FPS
    seen = with_truth(recording(time, walk(time)), 1)
    missed = with_truth(recording(time[::2], walk(time[::2]), 0), 2)
    missed["flags"], missed["score"] = wire.MISSED, 0
    for name in ("landmarks", "world_landmarks"):
        missed[name] = np.nan
    for name in ("visibility", "presence"):
        missed[name] = 0
    frames = np.concatenate([seen, missed])
    result = rescoring.rescore(frames[np.argsort(frames["time"], kind="stable")])
    assert (np.diff(result["time"]) >= 0).all()
    kept = result[result["flags"] == wire.MISSED]
    for name in wire.TRUTH_FRAME.names or ():
        assert kept[name].tobytes() == missed[name].tobytes(), name
    assert (kept["trust"] == 0).all()
    alone = rescoring.rescore(seen)
    assert result[result["person"] == 1].tobytes() == alone.tobytes()


@pytest.mark.parametrize("count", [0, 1, 40])
def test_a_recording_of_misses_alone(count: int) -> None:
    frames = np.zeros(count, wire.TRUTH_FRAME)
    frames["time"], frames["flags"], frames["truth_person"] = np.arange(count) / FPS, wire.MISSED, 1
    frames["landmarks"] = frames["world_landmarks"] = np.nan
    result = rescoring.rescore(frames)
    assert len(result) == count
    assert result["truth_person"].tolist() == [1] * count


def test_memory_is_a_few_copies_of_the_recording() -> None:
    """An hour of 108,000 frames must not need a gigabyte: the result is 1.1 of its size, and the rest is one more."""
    time = clock(600)
    frames = recording(time, walk(time))
    tracemalloc.start()
    try:
        rescoring.rescore(frames)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert 1.1 < peak / frames.nbytes < 2.5


def test_people_are_treated_apart() -> None:
    time = np.arange(90) / FPS
    one, other = walk(time), walk(time) + 1.5
    frames = np.concatenate([recording(time, one, 1), recording(time, other, 7)])
    frames = frames[np.argsort(frames["time"], kind="stable")]
    result = rescoring.rescore(frames)
    assert (np.diff(result["time"]) >= 0).all()
    for person, truth in ((1, one), (7, other)):
        mine = result[result["person"] == person]
        assert np.abs(mine["world_landmarks"] - truth)[10:-10].max() < CLEAN_M


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_the_shortest_recordings(count: int) -> None:
    time = np.arange(count) / FPS
    result = rescoring.rescore(recording(time, walk(time)))
    assert len(result) == count
    assert np.isfinite(result["landmarks"]).all()


def test_nobody_seen_at_all() -> None:
    time = clock(1)
    frames = recording(time, walk(time))
    frames["visibility"] = 0.1
    result = rescoring.rescore(frames)
    assert np.isnan(result["landmarks"]).all()
    assert (result["trust"] == 0).all()


def test_two_frames_at_one_time_count_as_one() -> None:
    time = np.repeat(np.arange(30) / FPS, 2)
    result = rescoring.rescore(recording(time, walk(time)))
    assert len(result) == 30
    assert np.isfinite(result["landmarks"]).all()


def test_progress_rises_to_the_end() -> None:
    time = clock(2)
    frames = np.concatenate([recording(time, walk(time), 1), recording(time, walk(time), 2)])
    told: list[float] = []
    rescoring.rescore(frames[np.argsort(frames["time"], kind="stable")], told.append)
    assert told == sorted(told)
    assert told[-1] == 1
    assert len(told) > 20


def test_input_is_not_changed() -> None:
    time = clock(2)
    frames = recording(time, walk(time))
    copy = frames.copy()
    rescoring.rescore(frames)
    assert frames.tobytes() == copy.tobytes()
