"""Our models in other people's pages: in stock pose-detection they give what our own pipeline gives."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from playwright.sync_api import Page

from converter import manifest
from tests import pictures
from tests.e2e.conftest import ROOT
from tests.e2e.tracking import open_blank, serve
from training.pipeline import networks
from training.pipeline.estimator import Estimator, Person

MODELS = ROOT / "static/models"
DETECTOR = "person-detector"

# The package samples its crops a little differently: half a cell aside, and without rounding to 1/32 px and to whole
# levels. (What lies outside a picture is black to it, and the picture's edge to MediaPipe and us; so people are whole.)
# Of the torso; seen was 1.2 % for the median landmark of a picture, and 3.7 % for the worst one.
MEDIAN_SHARE = 0.025
WORST_SHARE = 0.08
WORLD_M = 0.025
"""For the median landmark of a picture; seen was 12 mm."""
PROBABILITY = 0.02
"""For the pose flag, and the median visibility."""


def _pairs() -> list[tuple[str, str]]:
    """Each committed landmark network with the released detector, and each other detector with a landmark network."""
    committed = {name: entry["role"] for name, entry in manifest.read(MODELS).items() if entry["committed"]}
    landmarks = [name for name, role in committed.items() if role == "landmarks"]
    others = [name for name, role in committed.items() if role == "detector" and name != DETECTOR]
    return [(name, DETECTOR) for name in landmarks] + [(landmarks[0], name) for name in others]


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The other page's script with the stock package, in one module."""
    out = tmp_path_factory.mktemp("elsewhere") / "elsewhere.mjs"
    source = str(ROOT / "tests/e2e/elsewhere.js")
    options = ["--bundle", "--format=esm", "--log-level=error", f"--outfile={out}"]
    subprocess.run(["node_modules/.bin/esbuild", source, *options], cwd=ROOT, check=True)
    return out


@pytest.mark.parametrize(("landmarks", "detector"), _pairs())
def test_pose_detection_gives_what_our_pipeline_gives(
    page: Page, base_url: str, package: Path, landmarks: str, detector: str
) -> None:
    images = [pictures.scene(1, seed).image for seed in range(3)]
    open_blank(page, base_url)
    page.route("**/elsewhere.mjs", lambda route: route.fulfill(content_type="text/javascript", path=package))
    urls = serve(page, images)
    found: list[list[dict[str, Any]]] = page.evaluate(
        """async ({ landmarks, detector, pictures }) => {
          const { estimate } = await import("/elsewhere.mjs");
          const url = (name) => `${globalThis.assets}/models/${name}/model.json`;
          return estimate({
            wasm: `${globalThis.assets}/vendor/wasm/`,
            landmarkModelUrl: url(landmarks),
            detectorModelUrl: url(detector),
            pictures,
          });
        }""",
        {"landmarks": landmarks, "detector": detector, "pictures": urls},
    )
    ours = networks.Networks(networks.open_landmarks(landmarks), networks.open_detector(detector))
    for image, people in zip(images, found, strict=True):
        (person,) = people
        (expected,) = Estimator(ours, max_people=1, smooth=False).estimate(image, 0.0)
        _assert_same(person, expected)


def _assert_same(person: dict[str, Any], expected: Person) -> None:
    """Compare the package's pose with ours."""
    keypoints, pose = person["keypoints"], expected.pose
    points = np.array([[point["x"], point["y"]] for point in keypoints])
    world = np.array([[point["x"], point["y"], point["z"]] for point in person["keypoints3D"]])
    scores = np.array([point["score"] for point in keypoints])
    shares = np.linalg.norm(points - pose.landmarks[:, :2], axis=1) / _torso(pose.landmarks)
    assert np.median(shares) < MEDIAN_SHARE
    assert shares.max() < WORST_SHARE
    assert np.median(np.linalg.norm(world - pose.world_landmarks, axis=1)) < WORLD_M
    assert person["score"] == pytest.approx(expected.score, abs=PROBABILITY)
    assert np.median(np.abs(scores - pose.visibility)) < PROBABILITY


def _torso(landmarks: npt.NDArray[np.float64]) -> float:
    """Return the distance from shoulder centre to hip centre, px."""
    shoulders, hips = landmarks[11:13, :2].mean(axis=0), landmarks[23:25, :2].mean(axis=0)
    return float(np.linalg.norm(shoulders - hips))
