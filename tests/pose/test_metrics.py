"""Metrics by the golden file that the JavaScript twin reads too, and by laws that hold for any people."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.spatial.transform import Rotation

from pose import metrics
from pose.landmarks import COUNT, index
from tests import reference, reference_metrics

Doubles = npt.NDArray[np.float64]

# Doubles on both sides, in sums of up to 99 terms of up to 1000 mm or px.
EXACT = 1e-8
# Relative rounding of doubles after a singular value decomposition, times the largest distances below, mm.
CLOSE_MM = 1e-5
GOLDEN: dict[str, Any] = json.loads((reference.GOLDEN / "metrics.json").read_text("utf-8"))


def points(rows: list[list[float] | None]) -> Doubles:
    return np.array([[np.nan] * 3 if row is None else row for row in rows])


def numbers(row: list[float | None]) -> Doubles:
    return np.array([np.nan if value is None else value for value in row])


def missed() -> dict[str, Any]:
    return {"landmarks": [None] * COUNT, "world_landmarks": [None] * COUNT, "visibility": [None] * COUNT}


class People:
    """All cases of the golden file as one batch: shapes (n, 33, 3) and (n, 33)."""

    def __init__(self) -> None:
        cases = GOLDEN["cases"]
        found = [case["predicted"] or missed() for case in cases]
        self.image, self.true_image = (
            np.array([points(one["landmarks"]) for one in side]) for side in (found, [c["truth"] for c in cases])
        )
        self.world, self.true_world = (
            np.array([points(one["world_landmarks"]) for one in side]) for side in (found, [c["truth"] for c in cases])
        )
        self.seen = np.array([numbers(one["visibility"]) for one in found])
        self.true_seen = np.array([numbers(case["truth"]["visibility"]) for case in cases])
        self.area = np.array([case["area"] for case in cases])


def expected(*keys: str) -> Doubles:
    rows = []
    for case in GOLDEN["cases"]:
        value = case["expected"]
        for key in keys:
            value = value[key]
        rows.append(numbers(value) if isinstance(value, list) else np.nan if value is None else value)
    return np.array(rows)


def test_the_golden_file_is_what_the_reference_makes() -> None:
    made = json.loads(json.dumps(reference_metrics.golden_metrics()))
    assert flat(made) == pytest.approx(flat(GOLDEN), abs=EXACT, nan_ok=True)


def flat(content: Any) -> list[float]:
    if isinstance(content, dict):
        content = list(content.values())
    if isinstance(content, list):
        return [number for part in content for number in flat(part)]
    return [] if isinstance(content, str) else [np.nan if content is None else content]


def same(found: Doubles, wanted: Doubles) -> None:
    np.testing.assert_allclose(found, wanted, rtol=0, atol=EXACT)


def test_people_get_their_figures_all_at_once() -> None:
    people = People()
    images, worlds = (people.image, people.true_image), (people.world, people.true_world)
    same(metrics.torso_length(people.true_image), expected("torso"))
    same(metrics.pixel_errors(*images), expected("pixel_errors"))
    same(metrics.world_errors(*worlds), expected("world_errors"))
    for share in (0.2, 0.1):
        same(metrics.pck_points(*images, share), expected("points", f"pck@{share}"))
    same(metrics.visibility_points(people.true_image, people.seen, people.true_seen), expected("points", "visibility"))
    same(metrics.pdj_points(*images, people.seen, people.true_seen, 0.2), expected("points", "pdj@0.2"))
    same(metrics.oks(*images, people.area), expected("oks"))
    same(metrics.mpjpe(*worlds), expected("mpjpe"))
    same(metrics.pa_mpjpe(*worlds), expected("pa_mpjpe"))


@pytest.mark.parametrize("number", range(len(GOLDEN["cases"])), ids=[case["name"] for case in GOLDEN["cases"]])
def test_one_person_gets_the_same_figures(number: int) -> None:
    people, wanted = People(), GOLDEN["cases"][number]["expected"]
    image, true_image = people.image[number], people.true_image[number]
    assert metrics.pck(image, true_image, 0.2) == pytest.approx(wanted["pck@0.2"], abs=EXACT)
    seen = people.seen[number], people.true_seen[number]
    assert metrics.pdj(image, true_image, *seen, 0.2) == pytest.approx(wanted["pdj@0.2"], abs=EXACT)
    assert metrics.mean(metrics.pa_mpjpe(people.world[number], people.true_world[number])) == pytest.approx(
        wanted["pa_mpjpe"], abs=EXACT
    )


@pytest.mark.parametrize("crowd", GOLDEN["crowds"], ids=lambda crowd: str(crowd["matched"]))
def test_who_is_who(crowd: dict[str, Any]) -> None:
    found, true = (np.array([points(p) for p in crowd[side]]).reshape(-1, 33, 3) for side in ("predicted", "truth"))
    assert metrics.match_people(found, true) == crowd["matched"]


def test_whoever_has_no_place_is_matched_with_nobody() -> None:
    true = People().true_image[:1]
    nowhere = np.full((1, COUNT, 3), np.nan)
    assert metrics.match_people(nowhere, true) == [None]
    assert metrics.match_people(true, nowhere) == [None]
    assert metrics.match_people(true, true) == [0]
    assert metrics.match_people(true + 5, true, limit=0) == [None]


law = settings(deadline=None)
"""A busy machine is no reason to fail."""

turns = st.builds(Rotation.from_rotvec, arrays.arrays(np.float64, 3, elements=st.floats(-3, 3)))
moves = arrays.arrays(np.float64, 3, elements=st.floats(-5, 5))
seeds = st.integers(0, 2**32 - 1)


def body(seed: int, spread: float = 0.4) -> Doubles:
    return np.random.default_rng(seed).normal(0, spread, (COUNT, 3))


@law
@given(seeds, turns, st.floats(0.2, 5), moves)
def test_alignment_undoes_every_similarity(seed: int, turn: Rotation, scale: float, move: Doubles) -> None:
    true = body(seed)
    assert metrics.pa_mpjpe(scale * turn.apply(true) + move, true) == pytest.approx(0, abs=CLOSE_MM)


@law
@given(seeds, turns, st.floats(0.2, 5), moves)
def test_aligned_error_does_not_depend_on_where_the_prediction_is(
    seed: int, turn: Rotation, scale: float, move: Doubles
) -> None:
    true, found = body(seed), body(seed) + body(seed + 1, 0.05)
    moved = scale * turn.apply(found) + move
    assert metrics.pa_mpjpe(moved, true) == pytest.approx(metrics.pa_mpjpe(found, true), abs=CLOSE_MM)


@law
@given(seeds, turns, moves)
def test_a_mirror_image_is_no_similarity(seed: int, turn: Rotation, move: Doubles) -> None:
    true = body(seed)
    mirrored = turn.apply(true * [-1, 1, 1]) + move
    # A cloud of 33 points with a spread of 0.4 m is never nearly flat.
    assert metrics.pa_mpjpe(mirrored, true) > 100


@law
@given(seeds, turns, st.floats(0.5, 2), moves)
def test_no_other_similarity_fits_better(seed: int, turn: Rotation, scale: float, move: Doubles) -> None:
    true, found = body(seed), body(seed) + body(seed + 1, 0.1)
    best = ((metrics.aligned(found, true) - true) ** 2).sum()
    assert best <= ((scale * turn.apply(found) + move - true) ** 2).sum() + 1e-9


@law
@given(seeds, moves)
def test_only_the_hip_centre_counts_for_root_alignment(seed: int, move: Doubles) -> None:
    true, found = body(seed), body(seed + 1)
    assert metrics.mpjpe(found + move, true) == pytest.approx(metrics.mpjpe(found, true), abs=CLOSE_MM)
    hips = [index("left_hip"), index("right_hip")]
    rooted = [one - one[hips].mean(0) for one in (found, true)]
    assert metrics.mpjpe(found, true) == pytest.approx(
        np.mean([1000 * np.linalg.norm(a - b) for a, b in zip(*rooted, strict=True)])
    )


@law
@given(seeds, st.floats(0.1, 10), st.floats(-1000, 1000), st.floats(0, 6))
def test_pck_and_oks_do_not_depend_on_the_picture(seed: int, scale: float, shift: float, angle: float) -> None:
    true = np.clip(body(seed, 100), -300, 300)
    # The floor under a torso's length depends on upright boxes: this one is longer, however the picture is turned.
    true[[index("left_hip"), index("right_hip")]] = 0
    true[[index("left_shoulder"), index("right_shoulder")]] = [0, -400, 0]
    found = true + body(seed + 1, 20)
    turn = Rotation.from_rotvec([0, 0, angle])
    moved = [scale * turn.apply(one) + shift for one in (found, true)]
    errors, limit = metrics.pixel_errors(found, true), 0.2 * metrics.torso_length(true)
    safe = np.abs(errors - limit) > 1e-6 * limit  # rounding decides on the edge
    np.testing.assert_array_equal(metrics.pck_points(*moved, 0.2)[safe], metrics.pck_points(found, true, 0.2)[safe])
    assert metrics.oks(*moved, 1e4 * scale**2) == pytest.approx(metrics.oks(found, true, 1e4))


@law
@given(seeds, st.lists(st.integers(0, COUNT - 1), max_size=12, unique=True))
def test_what_is_absent_in_the_truth_cannot_matter(seed: int, gone: list[int]) -> None:
    true, found = body(seed, 100), body(seed, 100) + body(seed + 1, 20)
    true[gone] = np.nan
    elsewhere = found.copy()
    elsewhere[gone] = 1e6
    for figure in (metrics.mpjpe, metrics.pa_mpjpe, lambda a, b: metrics.oks(a, b, 1e4)):
        np.testing.assert_array_equal(figure(found, true), figure(elsewhere, true))
    points_found = metrics.pck_points(found, true, 0.2)
    np.testing.assert_array_equal(points_found, metrics.pck_points(elsewhere, true, 0.2))
    torso = np.isfinite(metrics.torso_length(true))
    assert np.isnan(points_found[gone]).all()
    assert np.isfinite(points_found).sum() == (COUNT - len(gone) if torso else 0)


def test_a_missed_person_is_wrong_and_has_no_distance() -> None:
    true = People().true_image[:1]
    nothing = np.full_like(true, np.nan)
    unseen, seen = np.full((1, COUNT), np.nan), np.ones((1, COUNT))
    assert metrics.pck(nothing, true, 0.2) == 0
    assert metrics.pdj(nothing, true, unseen, seen, 0.2) == 0
    assert metrics.oks(nothing, true, 1e4) == 0
    assert np.isnan(metrics.mpjpe(nothing, true)).all()
    assert np.isnan(metrics.pa_mpjpe(nothing, true)).all()


def test_missed_people_count_among_the_found() -> None:
    true = np.repeat(People().true_image[:1], 4, axis=0)
    found = true.copy()
    found[3] = np.nan
    assert metrics.pck(found, true, 0.1) == 0.75


def test_nothing_known_is_none_never_zero() -> None:
    nothing = np.full((2, COUNT, 3), np.nan)
    empty = np.zeros((0, COUNT, 3))
    for people in (nothing, empty):
        assert metrics.pck(people, people, 0.2) is None
        assert metrics.mean(metrics.mpjpe(people, people)) is None
        assert metrics.mean(metrics.pa_mpjpe(people, people)) is None
        assert metrics.mean(metrics.oks(people, people, 1.0)) is None
    assert np.isnan(metrics.torso_length(nothing)).all()


def test_a_place_without_its_visibility_is_not_enough() -> None:
    true = People().true_image[0]
    truly = np.tile([1.0, 0.0, 1.0], 11)
    claimed = np.tile([0.5, 0.49, 0.2], 11)
    assert metrics.pck(true, true, 0.2) == 1
    assert metrics.pdj(true, true, claimed, truly, 0.2) == pytest.approx(2 / 3)


def test_a_torso_seen_end_on_is_measured_by_the_body() -> None:
    true = np.zeros((COUNT, 3))
    true[:, 0] = np.linspace(0, 300, COUNT)
    true[[index(f"{side}_{part}") for side in ("left", "right") for part in ("hip", "shoulder")], :2] = 150
    assert metrics.torso_length(true) == metrics.TORSO_FLOOR * 300
    true[[index("left_hip"), index("right_hip")], 1] += 100
    assert metrics.torso_length(true) == 100
    assert np.isnan(metrics.torso_length(np.zeros((COUNT, 3)))), "a person of no size has no torso"


@pytest.mark.parametrize("area", [0.0, -5.0, np.nan])
def test_an_area_that_is_none_gives_no_similarity(area: float) -> None:
    true = People().true_image[0]
    for found in (true, np.full_like(true, np.nan)):
        assert np.isnan(metrics.oks(found, true, area))


def test_points_that_are_one_place_cannot_be_aligned() -> None:
    assert np.isnan(metrics.pa_mpjpe(np.ones((COUNT, 3)), body(1)))


def test_other_shapes_are_refused() -> None:
    for wrong in (np.zeros((17, 3)), np.zeros((COUNT, 2)), np.zeros(99)):
        for figure in (metrics.pixel_errors, metrics.world_errors, metrics.pa_mpjpe, metrics.match_people):
            with pytest.raises(ValueError, match=r"landmarks: expected shape \(\.\.\., 33, 3\), got"):
                figure(body(1), wrong)
    with pytest.raises(ValueError, match=r"true visibility: expected shape \(33,\), got \(32,\)"):
        metrics.visibility_points(body(1), np.ones(33), np.ones(32))
