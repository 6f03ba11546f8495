"""Where BlazePose puts its landmarks, as opposed to where anatomy has them.

A rig's landmarks are joint centres and points of the skin; the released networks were taught by annotators and a body
model (GHUM) with habits of their own: their hips lie in front of the joints' centres, their shoulders above. A network
that is taught on anatomical points would unlearn its convention for nothing, and an evaluation would blame it for
centimetres. So each landmark is given an offset: three numbers in a frame of the body itself, the same for left and
right, fitted where the released network is sure of an easy picture and the truth is known.

The offsets are in ``training/convention.json``, made by::

    poseable render --recipe convention --count 600 --seed 5 --out build/convention
    python -m training.calibrate --data build/convention --out training/convention.json

``poseable render`` applies them when it writes ``annotations.json``; the records beside it stay anatomical.

Frames: camera axes (x right, y down, z away), metres. A landmark's frame is three vectors, not always at right angles
and, for a straight limb, not independent; a small ridge in the fit keeps offsets short then:

- head: towards the person's own side, up (mouth to eyes), forward; shoulders and hips: the same of the trunk;
- limbs: along the bone that comes, along the one that goes, and their cross product, mirrored on the right.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pose.landmarks import COUNT, NAMES, index

from .errors import DataError

Doubles = npt.NDArray[np.float64]
Json = dict[str, Any]

PATH = Path(__file__).with_suffix(".json")
RIDGE = 1.0
"""Squared weight that pulls each number of an offset to 0, in observations of a metre: noticed only where the pictures
say nothing about a direction."""
HUBER_M = 0.03
"""A residual beyond this is counted in proportion only (Huber 1964): it is a blunder, not a habit."""
ROUNDS = 15
"""Of iterated re-weighting; offsets stand still to a tenth of a millimetre by then."""
ANATOMICAL = "anatomical"
_HEAD = range(11)
_TRUNK = ("shoulder", "hip")
# Landmark -> bone that comes (from, to) and bone that goes; of one side. Two names are their middle.
_LIMBS: dict[str, tuple[tuple[str, str], tuple[str, str]]] = {
    "elbow": (("shoulder", "elbow"), ("elbow", "wrist")),
    "wrist": (("elbow", "wrist"), ("wrist", "index")),
    "pinky": (("wrist", "pinky"), ("pinky", "index")),
    "index": (("wrist", "index"), ("pinky", "index")),
    "thumb": (("wrist", "thumb"), ("pinky", "index")),
    "knee": (("hip", "knee"), ("knee", "ankle")),
    "ankle": (("knee", "ankle"), ("heel", "foot_index")),
    "heel": (("ankle", "heel"), ("heel", "foot_index")),
    "foot_index": (("ankle", "foot_index"), ("heel", "foot_index")),
}


def kind_of(name: str) -> str:
    """Return what a landmark and its counterpart have in common: ``left_eye_inner`` and the right one are eye_inner."""
    return name.removeprefix("left_").removeprefix("right_").removesuffix("_left").removesuffix("_right")


KINDS = tuple(dict.fromkeys(map(kind_of, NAMES)))
"""Kinds of landmarks: one offset each."""


@dataclass(frozen=True)
class Convention:
    """Offsets (kinds, 3) m, and how many times z in the image is the depth behind the hip centre at the hips' scale."""

    offsets: dict[str, tuple[float, float, float]]
    z_scale: float
    digest: str

    def table(self) -> Doubles:
        """Return the offsets of all landmarks (33, 3)."""
        return np.array([self.offsets[kind_of(name)] for name in NAMES])


@cache
def load(path: Path = PATH) -> Convention | None:
    """Read the table; None if there is none. Raises `DataError` if it lacks a landmark."""
    if not path.is_file():
        return None
    text = path.read_text("utf-8")
    said = json.loads(text)
    lacking = [kind for kind in KINDS if len(said.get("offsets_m", {}).get(kind, ())) != 3]
    if lacking:
        raise DataError(f"{path}: expected three numbers for each landmark; none for {', '.join(lacking)}")
    offsets = {kind: (x, y, z) for kind, (x, y, z) in said["offsets_m"].items()}
    return Convention(offsets, float(said["z_scale"]), hashlib.sha256(text.encode()).hexdigest())


def _unit(vector: Doubles) -> Doubles:
    return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-9))


def _upright(own_left: Doubles, up: Doubles) -> Doubles:
    """Return left, up and forward (rows) at right angles; forward is left x up with y down: right-handed, mirrored."""
    up = _unit(up)
    left = _unit(own_left - up * float(own_left @ up))
    return np.stack([left, up, np.cross(left, up)])


def frames(world: Doubles) -> Doubles:
    """Return each landmark's frame (33, 3, 3): rows are the vectors that its offset's numbers go with.

    ``world`` (33, 3) anatomical, camera axes, m; NaN for absent ones. NaN where a frame cannot be told.
    """
    at = {name: world[k] for k, name in enumerate(NAMES)}
    eyes, mouth = (at["left_eye"] + at["right_eye"]) / 2, (at["mouth_left"] + at["mouth_right"]) / 2
    head = _upright(at["left_ear"] - at["right_ear"], eyes - mouth)
    shoulders, hips = ([at[f"{side}_{name}"] for side in ("left", "right")] for name in _TRUNK)
    across = shoulders[0] - shoulders[1] + hips[0] - hips[1]
    trunk = _upright(across, (shoulders[0] + shoulders[1] - hips[0] - hips[1]) / 2)
    found = np.full((COUNT, 3, 3), np.nan)
    for k, name in enumerate(NAMES):
        side = "right" if "right" in name else "left"
        mirror = -1.0 if side == "right" else 1.0
        if k in _HEAD or kind_of(name) in _TRUNK:
            # Out to the person's own side: 0 for the nose, which lies in the middle.
            own = 0.0 if name == "nose" else mirror
            found[k] = (head if k in _HEAD else trunk) * np.array([[own], [1.0], [1.0]])
            continue
        comes, goes = (_unit(at[f"{side}_{b}"] - at[f"{side}_{a}"]) for a, b in _LIMBS[kind_of(name)])
        found[k] = np.stack([comes, goes, np.cross(comes, goes) * mirror])
    return found


def shifts(world: Doubles, convention: Convention) -> Doubles:
    """Return how far each landmark (33, 3) moves, m, camera axes; 0 where a missing limb leaves no frame."""
    return np.asarray(np.nan_to_num(np.einsum("kc,kcx->kx", convention.table(), frames(world))))


@dataclass(frozen=True)
class Observation:
    """One person of whom the network is sure: truth, what was predicted, and which landmarks count.

    ``world`` (33, 3) m; ``truth`` and ``predicted`` (33, 2) px; ``px_per_m`` (33,) at each landmark's depth; ``used``
    (33,) bool; ``depth`` (33, 2): predicted z in the image, px, and world z times px per m at the hips.
    """

    world: Doubles
    truth: Doubles
    predicted: Doubles
    px_per_m: Doubles
    used: npt.NDArray[np.bool_]
    depth: Doubles


@dataclass(frozen=True)
class Fit:
    """The offset of one kind of landmark (m), observations, and the median distance in the image before and after."""

    offset: Doubles
    count: int
    before: float
    after: float


def fit(observations: Iterable[Observation]) -> tuple[dict[str, Fit], float]:
    """Return the offsets by kind, and the scale of z in the image.

    An offset's picture is its first two camera axes times px per m: linear, so that views from around tell all three
    numbers. Least squares with Huber weights.
    """
    rows: dict[str, list[tuple[Doubles, Doubles]]] = {kind: [] for kind in KINDS}
    depths = []
    for one in observations:
        axes = frames(one.world)
        off = (one.predicted - one.truth) / one.px_per_m[:, None]
        for k in np.flatnonzero(one.used & np.isfinite(axes).all((1, 2))):
            rows[kind_of(NAMES[k])].append((axes[k, :, :2].T, off[k]))
        depths.append(one.depth[one.used])
    if not depths:
        raise DataError("expected people of whom the network is sure, found none")
    pairs = np.concatenate(depths)
    z_scale = float(pairs[:, 0] @ pairs[:, 1] / (pairs[:, 1] @ pairs[:, 1]))
    return {kind: _fit_one(some) for kind, some in rows.items()}, z_scale


def _fit_one(some: list[tuple[Doubles, Doubles]]) -> Fit:
    if not some:
        return Fit(np.zeros(3), 0, float("nan"), float("nan"))
    axes, off = (np.stack(parts) for parts in zip(*some, strict=True))  # (n, 2, 3), (n, 2)
    offset = np.zeros(3)
    for _ in range(ROUNDS):
        residual = np.linalg.norm(off - axes @ offset, axis=1)
        weight = np.minimum(1, HUBER_M / np.maximum(residual, 1e-9))
        left = np.einsum("nij,nik,n->jk", axes, axes, weight) + RIDGE * np.eye(3)
        offset = np.linalg.solve(left, np.einsum("nij,ni,n->j", axes, off, weight))
    distances = [float(np.median(np.linalg.norm(rest, axis=1))) for rest in (off, off - axes @ offset)]
    return Fit(offset, len(some), *distances)


def applied(annotation: Json, camera: Json, convention: Convention) -> Json:
    """Return a person's annotation (docs/data.md) in the convention; ``camera`` is the image's.

    Landmarks, key points and world landmarks move; what hides them, and boxes, stay.
    """
    absent = [np.nan] * 3
    world = np.array([point or absent for point in annotation["world_landmarks"]], np.float64)
    matrix = np.array(camera["world_to_camera"], np.float64).reshape(3, 4)
    root = matrix[:, :3] @ np.array(annotation["hip_centre"]) + matrix[:, 3]
    points = world + shifts(world, convention) + root
    hips = points[[index("left_hip"), index("right_hip")]].mean(0)
    x = camera["cx"] + camera["fx"] * points[:, 0] / points[:, 2]
    y = camera["cy"] + camera["fy"] * points[:, 1] / points[:, 2]
    z = convention.z_scale * (points[:, 2] - hips[2]) * camera["fx"] / hips[2]
    landmarks = np.column_stack([x, y, z])
    return {
        **annotation,
        "landmarks": _listed(landmarks, 2),
        "world_landmarks": _listed(points - hips, 4),
        "keypoints": _keypoints(annotation["keypoints"], landmarks),
    }


def _listed(points: Doubles, digits: int) -> list[list[float] | None]:
    return [np.round(point, digits).tolist() if np.isfinite(point).all() else None for point in points]


def _keypoints(said: list[float], landmarks: Doubles) -> list[float]:
    from .render.coco import PLACES

    found = list(said)
    for k, place in enumerate(PLACES):
        if found[3 * k + 2] > 0:
            found[3 * k : 3 * k + 2] = np.round(landmarks[place, :2], 2).tolist()
    return found
