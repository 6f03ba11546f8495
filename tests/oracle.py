"""An independent reference: MediaPipe's own PoseLandmarker on a bundle of the same released weights."""

from __future__ import annotations

import ctypes
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import mediapipe
import numpy as np
import numpy.typing as npt
import pytest
from mediapipe.tasks.python import BaseOptions, vision

from converter.task import write_task

Doubles = npt.NDArray[np.float64]
WEIGHTS = Path(__file__).resolve().parents[1] / "node_modules" / "@mediapipe" / "pose"
DETECTOR = WEIGHTS / "pose_solution_packed_assets.data"
# MediaPipe links against them, although nothing is drawn here; no package of PyPI or npm brings them.
SYSTEM_LIBRARIES = ("libEGL.so.1", "libGLESv2.so.2")


def require() -> None:
    """Skip the test, saying what is missing, where MediaPipe cannot be loaded; in continuous integration, fail."""
    try:
        for library in SYSTEM_LIBRARIES:
            ctypes.CDLL(library)
    except OSError as error:
        missing = f"MediaPipe needs Debian's libegl1 and libgles2: {error}"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)


@dataclass(frozen=True)
class Estimate:
    """One person: landmarks (33, 3) px, world landmarks (33, 3) m, visibility and presence (33,)."""

    landmarks: Doubles
    world_landmarks: Doubles
    visibility: Doubles
    presence: Doubles

    @property
    def torso(self) -> float:
        """Distance from shoulder centre to hip centre, px."""
        shoulders, hips = self.landmarks[11:13, :2].mean(axis=0), self.landmarks[23:25, :2].mean(axis=0)
        return float(np.linalg.norm(shoulders - hips))


@cache
def _bundle(model: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "pose.task"
        write_task(DETECTOR, WEIGHTS / f"pose_landmark_{model.removeprefix('blazepose-')}.tflite", path)
        return path.read_bytes()


def _options(model: str | Path, mode: vision.RunningMode, people: int) -> vision.PoseLandmarkerOptions:
    content = model.read_bytes() if isinstance(model, Path) else _bundle(model)
    base = BaseOptions(model_asset_buffer=content)
    return vision.PoseLandmarkerOptions(base_options=base, running_mode=mode, num_poses=people)


def on_pictures(model: str | Path, images: Sequence[npt.NDArray[np.uint8]], people: int = 1) -> list[list[Estimate]]:
    """Estimate each picture on its own (mode IMAGE: nothing is smoothed), with a released model or a .task file."""
    require()
    with vision.PoseLandmarker.create_from_options(_options(model, vision.RunningMode.IMAGE, people)) as landmarker:
        return [_estimates(landmarker.detect(_wrap(image)), image) for image in images]


def on_video(model: str, frames: Sequence[npt.NDArray[np.uint8]], times: Sequence[float]) -> list[list[Estimate]]:
    """Follow one person through frames taken at `times` (s) (mode VIDEO: landmarks are smoothed)."""
    require()
    with vision.PoseLandmarker.create_from_options(_options(model, vision.RunningMode.VIDEO, 1)) as landmarker:
        return [
            _estimates(landmarker.detect_for_video(_wrap(frame), round(1000 * time)), frame)
            for frame, time in zip(frames, times, strict=True)
        ]


def _wrap(image: npt.NDArray[np.uint8]) -> mediapipe.Image:
    return mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=np.ascontiguousarray(image))


def _estimates(result: vision.PoseLandmarkerResult, image: npt.NDArray[np.uint8]) -> list[Estimate]:
    # z is normalised by the picture's width, as x is.
    scale = np.array([image.shape[1], image.shape[0], image.shape[1]])
    return [
        Estimate(
            landmarks=np.array([[p.x, p.y, p.z] for p in points]) * scale,
            world_landmarks=np.array([[p.x, p.y, p.z] for p in world]),
            visibility=np.array([p.visibility for p in points]),
            presence=np.array([p.presence for p in points]),
        )
        for points, world in zip(result.pose_landmarks, result.pose_world_landmarks, strict=True)
    ]
