"""The .task bundle is one that MediaPipe's own PoseLandmarker takes, and it sees the people that were drawn."""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

import mediapipe
import numpy as np
import pytest
from mediapipe.tasks import python as tasks
from mediapipe.tasks.python import vision

from converter import sources, task, tflite
from converter.errors import ConversionError, MissingPackageError
from tests import oracle
from tests.pictures import scene

DETECTOR, LANDMARKS = "person-detector", "blazepose-lite"


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("task") / "pose.task"
    task.write_task(sources.find(DETECTOR), sources.find(LANDMARKS), path)
    return path


def test_holds_both_networks_unchanged(bundle: Path) -> None:
    with zipfile.ZipFile(bundle) as opened:
        assert opened.namelist() == [task.DETECTOR_NAME, task.LANDMARKS_NAME]
        assert {info.compress_type for info in opened.infolist()} == {zipfile.ZIP_STORED}
        for name, original in ((task.DETECTOR_NAME, DETECTOR), (task.LANDMARKS_NAME, LANDMARKS)):
            inside, outside = tflite.parse(opened.read(name), name), tflite.read(sources.find(original))
            assert inside.operators == outside.operators
            for one, other in zip(inside.tensors, outside.tensors, strict=True):
                assert one.shape == other.shape
                np.testing.assert_array_equal(one.value, other.value)


def test_the_same_networks_give_the_same_bytes(bundle: Path, tmp_path: Path) -> None:
    task.write_task(sources.find(DETECTOR), sources.find(LANDMARKS), tmp_path / "again.task")
    assert (tmp_path / "again.task").read_bytes() == bundle.read_bytes()


def test_mediapipe_finds_both_people_with_it(bundle: Path) -> None:
    oracle.require()
    picture = scene(people=2, seed=2)
    options = vision.PoseLandmarkerOptions(
        base_options=tasks.BaseOptions(model_asset_path=str(bundle)),
        running_mode=vision.RunningMode.IMAGE,
        num_poses=2,
    )
    with vision.PoseLandmarker.create_from_options(options) as landmarker:
        found = landmarker.detect(mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=picture.image))
    width = picture.image.shape[1]
    hips = sorted((person[23].x + person[24].x) / 2 * width for person in found.pose_landmarks)
    drawn = sorted((joints["left_hip"][0] + joints["right_hip"][0]) / 2 for joints in picture.joints)
    torso = min(joints["left_hip"][1] - joints["left_shoulder"][1] for joints in picture.joints)
    assert len(drawn) == 2
    # the two conventions of where a hip is differ by about a tenth of the torso
    assert np.allclose(hips, drawn, atol=torso / 6), (hips, drawn, torso)


def test_refuses_networks_in_the_wrong_place(tmp_path: Path) -> None:
    with pytest.raises(
        ConversionError, match=r"expected a network with outputs of shapes \(\(1, 2254, 12\), .* found \(\(1, 195\)"
    ):
        task.write_task(sources.find(LANDMARKS), sources.find(DETECTOR), tmp_path / "wrong.task")
    assert not (tmp_path / "wrong.task").exists()


def test_says_that_mediapipe_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mediapipe.tasks.metadata", None)
    with pytest.raises(MissingPackageError, match="needs the package mediapipe"):
        task.write_task(sources.find(DETECTOR), sources.find(LANDMARKS), tmp_path / "none.task")
