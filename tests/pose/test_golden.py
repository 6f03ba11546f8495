"""`pose/` against the golden files, which the slow reference made; the JavaScript twins read the same files."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from pose import detection, filters, landmarks, projection, roi
from tests import reference

# Doubles on both sides, in sums of up to 49 terms.
EXACT = 1e-9
RAW_FLOOR = -50.0
"""Logit of the anchors that see nobody."""


def load(name: str) -> dict[str, Any]:
    golden: dict[str, Any] = json.loads((reference.GOLDEN / f"{name}.json").read_text("utf-8"))
    return golden


def flat(content: Any, path: str = "") -> list[tuple[str, float]]:
    """Return the numbers of nested lists and objects with where they are."""
    if isinstance(content, dict):
        return [leaf for key, value in content.items() for leaf in flat(value, f"{path}.{key}")]
    if isinstance(content, list):
        return [leaf for place, value in enumerate(content) for leaf in flat(value, f"{path}[{place}]")]
    return [(path, content)]


@pytest.mark.parametrize("name", reference.FILES)
def test_the_golden_file_is_what_the_reference_makes(name: str) -> None:
    made, kept = (flat(content) for content in (json.loads(json.dumps(reference.FILES[name]())), load(name)))
    assert [path for path, _ in made] == [path for path, _ in kept]
    assert [value for _, value in made] == pytest.approx([value for _, value in kept], abs=EXACT)


def test_regions() -> None:
    golden = load("roi")
    for case in golden["cases"]:
        region = roi.roi_from_alignment(*case["alignment"])
        assert vars(region) == pytest.approx(case["roi"], abs=EXACT)
        assert roi.crop_to_image(region, *case["crop"]) == pytest.approx(case["image"], abs=EXACT)
        assert roi.image_to_crop(region, *case["image"]) == pytest.approx(case["crop"], abs=EXACT)
    for pair in golden["overlaps"]:
        assert roi.box_overlap(pair["a"], pair["b"]) == pytest.approx(pair["overlap"], abs=EXACT)


def test_detections() -> None:
    golden = load("detection")
    centres = detection.anchor_centres()
    assert len(centres) == golden["anchors"]["count"]
    for place, centre in golden["anchors"]["samples"].items():
        assert centres[int(place)] == pytest.approx(centre, abs=EXACT)
    boxes, scores = np.zeros((2254, 12)), np.full(2254, RAW_FLOOR)
    for place, entry in golden["raw"].items():
        boxes[int(place)], scores[int(place)] = entry["values"], entry["logit"]
    decoded = detection.decode_detections(boxes, scores)
    assert_detections(decoded, golden["decoded"])
    assert_detections(detection.suppress(decoded), golden["people"])


def assert_detections(found: list[detection.Detection], expected: list[dict[str, Any]]) -> None:
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        assert one.score == pytest.approx(other["score"], abs=EXACT)
        assert one.box == pytest.approx(other["box"], abs=EXACT)
        assert one.keypoints == pytest.approx(other["keypoints"], abs=EXACT)


def test_projection() -> None:
    golden = load("projection")
    assert 0 < golden["refined"] < landmarks.RAW_COUNT, "the case should refine some points and leave some"
    raw = projection.RawPose(
        np.array(golden["raw"]["landmarks"]), reference.heat_map(), np.array(golden["raw"]["world"])
    )
    pose = projection.project_pose(raw, roi.Roi(**golden["roi"]))
    for name in ("landmarks", "world_landmarks", "visibility", "presence"):
        np.testing.assert_allclose(getattr(pose, name), golden["pose"][name], atol=EXACT, rtol=0)
    assert vars(pose.next_roi) == pytest.approx(golden["pose"]["next_roi"], abs=EXACT)


def test_filters() -> None:
    golden = load("filters")
    for series in golden["series"]:
        parameters = filters.OneEuro(series["min_cutoff"], series["beta"], 1.0)
        assert parameters in (filters.LANDMARKS, filters.WORLD_LANDMARKS)
        state = None
        rows = zip(golden["values"], golden["times"], golden["sizes"], series["smooth"], strict=True)
        for values, time, size, expected in rows:
            smooth, state = filters.one_euro(parameters, state, np.array(values), time, size)
            np.testing.assert_allclose(smooth, expected, atol=EXACT, rtol=0)
