"""Made-up people in made-up pictures, as a data set has them, for tests of the person detector."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from pose.landmarks import COUNT, index
from tests import pictures
from training.dataset import Dataset, Person, Picture


def person(neck: tuple[float, float], torso: float = 40.0, group: str | None = "standing", number: int = 1) -> Person:
    """Somebody upright whose neck is there, px; ears, shoulders, hips, wrists and ankles are labelled."""
    landmarks = np.full((COUNT, 3), np.nan)
    x, y = neck
    shoulders = y + 0.2 * torso
    rows = {
        "ear": (0.15, y - 0.2 * torso),
        "shoulder": (0.4, shoulders),
        "wrist": (0.5, shoulders + torso),
        "hip": (0.3, shoulders + torso),
        "ankle": (0.3, shoulders + 2.6 * torso),
    }
    for name, (aside, height) in rows.items():
        for side, sign in (("left", 1), ("right", -1)):
            landmarks[index(f"{side}_{name}")] = x + sign * aside * torso, height, 0
    known = np.where(np.isfinite(landmarks[:, 0]), 1.0, np.nan)
    return Person(number, None, group, (0, 0, 1, 1), 1.0, landmarks, landmarks / 100, known, known)


def of_joints(joints: dict[str, tuple[float, float]], number: int = 1) -> Person:
    """Somebody of `tests.pictures`."""
    landmarks = np.full((COUNT, 3), np.nan)
    for name, place in joints.items():
        landmarks[index(name), :2] = place
    known = np.where(np.isfinite(landmarks[:, 0]), 1.0, np.nan)
    return Person(number, None, "standing", (0, 0, 1, 1), 1.0, landmarks, landmarks / np.nan, known, known)


def write(image: npt.NDArray[np.uint8], path: Path, *people: Person, number: int = 1) -> Picture:
    """Save a picture of these people."""
    Image.fromarray(image).save(path)
    return Picture(number, path, (image.shape[1], image.shape[0]), people, None, 0.0)


def rendered(folder: Path, count: int, seed: int = 0, people: int = 1) -> Dataset:
    """Return a data set of drawn people, who are in ``folder``."""
    found = []
    for k in range(count):
        scene = pictures.scene(people, seed + k, 240, 320)
        every = [of_joints(dict(joints), place) for place, joints in enumerate(scene.joints)]
        found.append(write(scene.image, folder / f"{seed + k}.png", *every, number=k))
    return Dataset(folder / "people.json", tuple(found))
