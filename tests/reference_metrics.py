"""Slow, independent versions of limbs and metrics, and the golden files made from them.

Limbs are cut from the skeleton's graph, not read from their table; metrics go landmark by landmark with None for what
is absent, and the best rotation is SciPy's. Run as a program, it writes ``tests/golden/{limbs,metrics}.json``.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

import numpy as np
from scipy.spatial.transform import Rotation

from pose.landmarks import EDGES, NAMES
from tests.reference import GOLDEN

Point = list[float] | None
Points = list[Point]

# Limb -> the joint where the body ends, and whether that joint itself is missing.
CUTS = {
    "hand": ("wrist", False),
    "forearm": ("wrist", True),
    "arm": ("elbow", True),
    "foot": ("ankle", False),
    "lower_leg": ("ankle", True),
    "leg": ("knee", True),
}


def reachable(start: str, without: str) -> set[str]:
    """Names that lines of the skeleton join to `start` when a joint is taken out."""
    found, open_ends = set(), [start]
    while open_ends:
        name = open_ends.pop()
        if name in found or name == without:
            continue
        found.add(name)
        open_ends += [NAMES[a + b - NAMES.index(name)] for a, b in EDGES if NAMES.index(name) in (a, b)]
    return found


def gone_without(limb: str) -> set[str]:
    """Names of the landmarks beyond the cut."""
    side, part = limb.split("_", 1)
    joint, itself = CUTS[part]
    cut = f"{side}_{joint}"
    gone = reachable(cut, "") - reachable("left_hip", cut)
    return gone if itself else gone - {cut}


def golden_limbs() -> dict[str, Any]:
    """Return every limb alone and some together: the landmarks that go, and the limbs that are within them."""
    limbs = [f"{side}_{part}" for side in ("left", "right") for part in CUTS]
    choices = [[limb] for limb in limbs]
    choices += [[], ["left_hand", "left_arm"], ["right_foot", "left_leg", "right_forearm"], limbs]
    cases = []
    for chosen in choices:
        gone = set().union(*(gone_without(limb) for limb in chosen))
        within = [limb for limb in limbs if gone_without(limb) <= gone]
        cases.append({"limbs": chosen, "landmarks": [name for name in NAMES if name in gone], "within": within})
    return {"limbs": limbs, "cases": cases}


# Sigmas as COCO's evaluation lists them, in the order of its 17 keypoints, times 10.
SIGMAS = [0.26, 0.25, 0.25, 0.35, 0.35, 0.79, 0.79, 0.72, 0.72, 0.62, 0.62, 1.07, 1.07, 0.87, 0.87, 0.89, 0.89]
KEYPOINTS = ["nose", "left_eye", "right_eye", "left_ear", "right_ear"] + [
    f"{side}_{part}" for part in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle") for side in ("left", "right")
]


def place(name: str) -> int:
    return NAMES.index(name)


def between(points: Points, part: str) -> Point:
    """Half-way between the left and the right one."""
    left, right = points[place(f"left_{part}")], points[place(f"right_{part}")]
    return left and right and [(a + b) / 2 for a, b in zip(left, right, strict=True)]


def average(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return math.fsum(known) / len(known) if known else None


def apart(a: Point, b: Point, axes: int) -> float | None:
    return a and b and math.dist(a[:axes], b[:axes])


def torso(truth: Points) -> float | None:
    """From shoulder centre to hip centre, at least a fifth of the larger extent of all points; px."""
    length = apart(between(truth, "shoulder"), between(truth, "hip"), 2)
    known = [point for point in truth if point]
    extents = [max(p[axis] for p in known) - min(p[axis] for p in known) for axis in (0, 1)]
    return length if length is None else max([length, *(extent / 5 for extent in extents)])


def similarity_error(predicted: Points, truth: Points) -> float | None:
    """Mean distance after the best rotation by SciPy, then the best scale by least squares; mm."""
    both = [(p, t) for p, t in zip(predicted, truth, strict=True) if p and t]
    if len(both) < 3:
        return None
    source, target = (np.array(points) - np.mean(points, axis=0) for points in zip(*both, strict=True))
    turned = Rotation.align_vectors(target, source)[0].apply(source)
    (scale,), *_ = np.linalg.lstsq(turned.reshape(-1, 1), target.ravel(), rcond=None)
    return average([1000 * math.dist(a, b) for a, b in zip(scale * turned, target, strict=True)])


def judged(case: dict[str, Any]) -> dict[str, Any]:
    """All figures of one tracked person."""
    found, true = case["predicted"], case["truth"]
    nobody: Points = [None] * 33
    image, world = (found or {}).get("landmarks", nobody), (found or {}).get("world_landmarks", nobody)
    seen = (found or {}).get("visibility", [None] * 33)
    length = torso(true["landmarks"])
    pixels = [apart(p, t, 2) for p, t in zip(image, true["landmarks"], strict=True)]
    points: dict[str, list[int | None]] = {"pck@0.2": [], "pck@0.1": [], "visibility": [], "pdj@0.2": []}
    for i, point in enumerate(true["landmarks"]):
        for share in (0.2, 0.1):
            near = pixels[i] is not None and length is not None and pixels[i] <= share * length
            points[f"pck@{share}"].append(None if point is None or length is None else int(near))
        agrees = seen[i] is not None and (seen[i] < 0.5) == (true["visibility"][i] < 0.5)
        points["visibility"].append(None if point is None else int(agrees))
        right = points["pck@0.2"][i]
        points["pdj@0.2"].append(None if right is None else int(right == 1 and agrees))
    hips = between(world, "hip"), between(true["world_landmarks"], "hip")
    rooted = [
        [point and hip and [a - b for a, b in zip(point, hip, strict=True)] for point in body]
        for body, hip in zip((world, true["world_landmarks"]), hips, strict=True)
    ]
    millimetres = [None if (d := apart(p, t, 3)) is None else 1000 * d for p, t in zip(*rooted, strict=True)]
    similar: list[float | None] = []
    for name, tenth in zip(KEYPOINTS, SIGMAS, strict=True):
        error = pixels[place(name)]
        variance = (2 * tenth / 10) ** 2
        exact = 0.0 if error is None else math.exp(-(error**2) / variance / case["area"] / 2)
        similar.append(None if true["landmarks"][place(name)] is None else exact)
    return {
        "torso": length,
        "pixel_errors": pixels,
        "world_errors": millimetres,
        "points": points,
        "pck@0.2": average(points["pck@0.2"]),
        "pdj@0.2": average(points["pdj@0.2"]),
        "oks": average(similar),
        "mpjpe": average(millimetres),
        "pa_mpjpe": similarity_error(world, true["world_landmarks"]),
    }


# A standing body: x to the person's left, y down, z away from who looks, m; the right side is its mirror image.
BODY = {
    **{"nose": (0, -0.62, -0.1), "mouth_left": (0.03, -0.57, -0.08), "left_ear": (0.07, -0.62, 0)},
    **{"left_eye_inner": (0.02, -0.65, -0.08), "left_eye": (0.03, -0.65, -0.08)},
    **{"left_eye_outer": (0.04, -0.65, -0.07), "left_shoulder": (0.18, -0.48, 0), "left_elbow": (0.25, -0.2, 0.02)},
    **{"left_wrist": (0.27, 0.04, -0.06), "left_pinky": (0.28, 0.12, -0.06), "left_index": (0.26, 0.13, -0.1)},
    **{"left_thumb": (0.24, 0.09, -0.1), "left_hip": (0.1, 0, 0), "left_knee": (0.11, 0.42, -0.03)},
    **{"left_ankle": (0.11, 0.82, 0.02), "left_heel": (0.11, 0.86, 0.06), "left_foot_index": (0.14, 0.88, -0.12)},
}


class Cast:
    """Makes people: a plausible standing body, seen from somewhere, and what a tracker might say of it."""

    def __init__(self, seed: int) -> None:
        self.random = np.random.default_rng(seed)

    def body(self) -> np.ndarray[Any, Any]:
        rows = []
        for name in NAMES:
            own = name.replace("right", "left")
            x, y, z = BODY[own]
            rows.append([-x if own != name else x, y, z])
        return np.array(rows) + self.random.normal(0, 0.01, (33, 3))

    def truth(self, turn: list[float], absent: tuple[str, ...] = (), at: tuple[float, float] = (320, 240)) -> Any:
        """A person turned by Euler angles xyz, degrees, seen from far away at 200 px per metre."""
        world = Rotation.from_euler("xyz", turn, degrees=True).apply(self.body())
        image = np.column_stack([world[:, :2] * 200 + at, world[:, 2] * 200])
        seen = (self.random.uniform(size=33) < 0.8).astype(float)
        gone = [name in absent for name in NAMES]
        return {"landmarks": listed(image, gone), "world_landmarks": listed(world, gone), "visibility": seen.tolist()}

    def tracked(self, truth: Any, error_px: float, absent: tuple[str, ...] = ()) -> Any:
        """What a tracker says: off by so much, smaller and turned in space; it invents limbs that are not there."""
        gone = [name in absent for name in NAMES]
        image, world = (
            np.array([point or [300.0, 200.0, 0.0] for point in truth[field]])
            for field in ("landmarks", "world_landmarks")
        )
        image = image + self.random.normal(0, error_px, image.shape)
        world = 0.9 * Rotation.from_euler("y", 12, degrees=True).apply(world) + self.random.normal(0, 0.04, world.shape)
        return {
            "landmarks": listed(image, gone),
            "world_landmarks": listed(world, gone),
            "visibility": self.random.uniform(size=33).round(3).tolist(),
        }


def listed(points: np.ndarray[Any, Any], gone: list[bool]) -> Points:
    """Rounded, so that the file is short."""
    return [None if absent else row for row, absent in zip(points.round(4).tolist(), gone, strict=True)]


def golden_metrics() -> dict[str, Any]:
    """Return people with their figures, and crowds with who is who."""
    cast = Cast(4)
    hand, leg = ("left_pinky", "left_index", "left_thumb"), ("right_ankle", "right_heel", "right_foot_index")
    front, side, above = [0, 20, 0], [0, 95, 5], [88, 0, 0]
    scenes = [
        ("front", cast.truth(front), 12.0, ()),
        ("side", cast.truth(side), 15.0, ()),
        ("from above, the torso end-on", cast.truth(above), 4.0, ()),
        ("without a hand and a lower leg", cast.truth(front, hand + leg), 12.0, ()),
        ("with what the tracker leaves out", cast.truth(side), 12.0, (*hand, "left_knee")),
        ("without hips in the truth", cast.truth(front, ("left_hip",)), 12.0, ()),
        ("missed", cast.truth(front, hand), None, ()),
        ("two landmarks in common", cast.truth(front), 3.0, tuple(NAMES[2:])),
        ("three landmarks in common", cast.truth(front), 3.0, tuple(NAMES[3:])),
    ]
    cases = []
    for name, truth, error_px, left_out in scenes:
        predicted = None if error_px is None else cast.tracked(truth, error_px, left_out)
        case = {"name": name, "area": 200.0 * 380.0, "predicted": predicted, "truth": truth}
        cases.append({**case, "expected": judged(case)})
    return {"cases": cases, "crowds": [crowd(cast, shifts) for shifts in CROWDS]}


# Places of true people, then of predictions (px from the left), and who is who by hand. A torso is 96 px.
CROWDS: list[tuple[list[float], list[float], list[int | None]]] = [
    ([100, 400], [395, 110], [1, 0]),
    ([100, 160], [150], [None, 0]),
    # The nearest pair goes first, though then the other true person has nobody near enough.
    ([100, 170], [150, 230], [None, 0]),
    ([100, 180], [125, 170], [0, 1]),
    ([100], [240], [None]),
    ([], [100], []),
    ([100], [], [None]),
]


def crowd(cast: Cast, shifts: tuple[list[float], list[float], list[int | None]]) -> dict[str, Any]:
    true, found, matched = shifts
    people = [[cast.truth([0, 0, 0], at=(x, 240))["landmarks"] for x in places] for places in (true, found)]
    return {"truth": people[0], "predicted": people[1], "matched": matched}


FILES = {"limbs": golden_limbs, "metrics": golden_metrics}


def main() -> None:
    """Write the golden files."""
    for name, make in FILES.items():
        text = re.sub(r"\[[^][{}\"]+\]", lambda numbers: " ".join(numbers[0].split()), json.dumps(make(), indent=1))
        (GOLDEN / f"{name}.json").write_text(text + "\n", "utf-8")


if __name__ == "__main__":
    main()
