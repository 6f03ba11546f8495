"""Slow, independent versions of what `pose/` and `static/js/pose/` compute, and the golden files made from them.

Written from the papers' and MediaPipe's definitions with other means than the code under test (complex numbers,
homogeneous matrices, one object per filtered number), so that a mistake has to be made twice. Run as a program, it
writes ``tests/golden/{roi,detection,projection,filters}.json``.
"""

from __future__ import annotations

import cmath
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

GOLDEN = Path(__file__).resolve().parent / "golden"
Doubles = npt.NDArray[np.float64]


def region(centre: complex, scale: complex) -> dict[str, float]:
    """Return the region of a person whose alignment points are `centre` and `scale` (image px, x + y i)."""
    towards = (scale - centre).conjugate()  # y upwards, as angles are drawn
    # Clockwise turn that brings "up" onto the line: the line's angle back from 90 degrees.
    turn = math.remainder(math.pi / 2 - cmath.phase(towards), 2 * math.pi)
    side = 2 * abs(towards) * 1.25
    rotation = turn if turn < math.pi else -math.pi
    return {"x_center": centre.real, "y_center": centre.imag, "width": side, "height": side, "rotation": rotation}


def to_image(roi: dict[str, float], u: float, v: float) -> tuple[float, float]:
    """Map a crop's point to the image by a chain of homogeneous matrices."""
    cos, sin = math.cos(roi["rotation"]), math.sin(roi["rotation"])
    move = np.array([[1, 0, roi["x_center"]], [0, 1, roi["y_center"]], [0, 0, 1]])
    turn = np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]])
    scale = np.diag([roi["width"], roi["height"], 1.0])
    centre = np.array([[1, 0, -0.5], [0, 1, -0.5], [0, 0, 1]])
    x, y, _ = move @ turn @ scale @ centre @ np.array([u, v, 1.0])
    return float(x), float(y)


def overlap(a: list[float], b: list[float]) -> float:
    """Return the intersection over union of boxes with whole numbers as corners, by counting unit squares."""
    cells = [
        {(x, y) for x in range(int(box[0]), int(box[2])) for y in range(int(box[1]), int(box[3]))} for box in (a, b)
    ]
    union = cells[0] | cells[1]
    return len(cells[0] & cells[1]) / len(union) if union else 0.0


def anchors() -> list[tuple[float, float]]:
    """Return the 2254 anchors' centres: strides 8, 16, 32, 32, 32 on 224 px, two anchors each."""
    centres: list[tuple[float, float]] = []
    # MediaPipe's SsdAnchorsCalculator joins layers of one stride: each gives aspect ratio 1 twice (one interpolated).
    for stride, layers in ((8, 1), (16, 1), (32, 3)):
        cells = 224 // stride
        for y in range(cells):
            for x in range(cells):
                centres += [((x + 0.5) / cells, (y + 0.5) / cells)] * (2 * layers)
    return centres


class Euro:
    """The one-euro filter of one number, as published, with MediaPipe's speed from raw to raw value."""

    def __init__(self, min_cutoff: float, beta: float) -> None:
        self.min_cutoff, self.beta = min_cutoff, beta
        self.last: tuple[float, float] | None = None
        self.speed = self.smooth = 0.0

    def __call__(self, value: float, time: float, size: float) -> float:
        if self.last is None:
            self.last, self.smooth = (value, time), value
            return value
        period = time - self.last[1]
        speed = (value - self.last[0]) / size / period
        self.speed += self._alpha(1.0, period) * (speed - self.speed)
        alpha = self._alpha(self.min_cutoff + self.beta * abs(self.speed), period)
        self.smooth += alpha * (value - self.smooth)
        self.last = (value, time)
        return self.smooth

    @staticmethod
    def _alpha(cutoff: float, period: float) -> float:
        weight = 2 * math.pi * cutoff * period
        return weight / (weight + 1)


def refined(u: float, v: float, channel: Doubles) -> tuple[float, float]:
    """Refine a point in the crop frame by a (64, 64) map of logits, cell by cell."""
    column, row = int(u * 64), int(v * 64)
    reach = [
        (r, c, 1 / (1 + math.exp(-channel[r, c])))
        for r in range(64)
        for c in range(64)
        if abs(r - row) <= 3 and abs(c - column) <= 3
    ]
    if column < 0 or column > 63 or row < 0 or max((p for _, _, p in reach), default=0.0) < 0.5:
        return u, v
    total = sum(p for _, _, p in reach)
    return sum(c * p for _, c, p in reach) / total / 64, sum(r * p for r, _, p in reach) / total / 64


def golden_roi() -> dict[str, Any]:
    """Return regions from alignment points in all directions, points through them, and overlaps."""
    rng = np.random.default_rng(1)
    cases = []
    for number in range(12):
        centre = complex(*rng.uniform(0, 640, 2))
        scale = centre + cmath.rect(rng.uniform(20, 300), math.tau * number / 12)
        roi = region(centre, scale)
        u, v = (float(c) for c in rng.uniform(-0.2, 1.2, 2))
        points = [centre.real, centre.imag, scale.real, scale.imag]
        cases.append({"alignment": points, "roi": roi, "crop": [u, v], "image": to_image(roi, u, v)})
    corners = np.sort(rng.integers(0, 12, (20, 2, 2)), axis=1).reshape(20, 4).astype(float).tolist()
    overlaps = [{"a": a, "b": b, "overlap": overlap(a, b)} for a, b in zip(corners[::2], corners[1::2], strict=True)]
    return {"cases": cases, "overlaps": overlaps}


def golden_detection() -> dict[str, Any]:
    """Return sparse raw output (all other anchors far below), and the people in it."""
    centres = anchors()
    # Two anchors on one person, a third beside the others, and one that is not sure enough.
    raw: dict[int, dict[str, Any]] = {
        1700: {"logit": 3.0, "values": [2, -3, 60, 50, 1, 20, 3, -60, 0, -30, 4, -80]},
        1702: {"logit": 1.0, "values": [-6, 1, 56, 54, -7, 24, -3, -58, -8, -26, -4, -76]},
        40: {"logit": 120.0, "values": [0, 0, 20, 24, 0, 30, 2, -40, 1, 8, 1, -20]},
        900: {"logit": -0.1, "values": [0, 0, 30, 30, 0, 0, 0, 0, 0, 0, 0, 0]},
    }
    decoded = {}
    for anchor, entry in raw.items():
        x, y = centres[anchor]
        values = [value / 224 for value in entry["values"]]
        cx, cy, w, h = x + values[0], y + values[1], values[2], values[3]
        points = [value + (x if place % 2 == 0 else y) for place, value in enumerate(values[4:])]
        score = 1 / (1 + math.exp(-min(100.0, entry["logit"])))
        decoded[anchor] = {
            "score": score,
            "box": [cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2],
            "keypoints": points,
        }
    first, second = decoded[1700], decoded[1702]
    weights = np.array([first["score"], second["score"]]) / (first["score"] + second["score"])
    merged = {
        "score": first["score"],
        "box": (weights @ np.array([first["box"], second["box"]])).tolist(),
        "keypoints": (weights @ np.array([first["keypoints"], second["keypoints"]])).tolist(),
    }
    samples = {str(place): centres[place] for place in (0, 1, 2, 56, 1567, 1568, 1959, 1960, 2253)}
    return {
        "anchors": {"count": len(centres), "samples": samples},
        "raw": {str(anchor): entry for anchor, entry in raw.items()},
        "decoded": [decoded[40], decoded[1700], decoded[1702]],
        "people": [decoded[40], merged],
    }


def golden_projection() -> dict[str, Any]:
    """Return one raw pose, its region, and the pose in the image; heat maps are made by a formula that tests repeat."""
    rng = np.random.default_rng(2)
    landmarks = np.column_stack(
        [rng.uniform(-10, 270, (39, 2)), rng.normal(0, 60, 39), rng.normal(0, 3, (39, 2))]
    ).round(3)
    world = rng.normal(0, 0.4, (39, 3)).round(4)
    roi = region(complex(300, 260), complex(250, 90))
    heatmap = heat_map()
    plain = [(u, v) for u, v in (landmarks[:, :2] / 256).tolist()]
    spots = [refined(u, v, heatmap[:, :, i]) for i, (u, v) in enumerate(plain)]
    points = [to_image(roi, u, v) for u, v in spots]
    depths = (landmarks[:, 2] * roi["width"] / 256).tolist()
    turn = cmath.exp(1j * roi["rotation"])
    turned = [turn * complex(x, y) for x, y, _ in world.tolist()]
    return {
        "raw": {"landmarks": landmarks.ravel().tolist(), "world": world.ravel().tolist()},
        "roi": roi,
        "pose": {
            "landmarks": [[x, y, z] for (x, y), z in zip(points, depths, strict=True)][:33],
            "world_landmarks": [[p.real, p.imag, z] for p, z in zip(turned, world[:, 2].tolist(), strict=True)][:33],
            "visibility": [1 / (1 + math.exp(-logit)) for logit in landmarks[:33, 3].tolist()],
            "presence": [1 / (1 + math.exp(-logit)) for logit in landmarks[:33, 4].tolist()],
            "next_roi": region(complex(*points[33]), complex(*points[34])),
        },
        "refined": sum(before != after for before, after in zip(plain, spots, strict=True)),
    }


def heat_map() -> Doubles:
    """Return logits (64, 64, 39): logit(row, column, channel) = 5 sin(0.3 row + 0.7 channel) cos(0.2 column) - 2."""
    row, column, channel = np.indices((64, 64, 39))
    return np.asarray(5 * np.sin(0.3 * row + 0.7 * channel) * np.cos(0.2 * column) - 2)


def golden_filters() -> dict[str, Any]:
    """Return four numbers over time, jumping and resting at uneven intervals, and how they come out."""
    rng = np.random.default_rng(3)
    times = np.cumsum(rng.uniform(0.02, 0.08, 25)) + 1
    values = np.cumsum(rng.normal(0, [0.1, 1, 10, 0], (25, 4)), axis=0) + rng.normal(0, 0.3, (25, 4))
    values[10:15] = values[10]
    sizes = 300 + 20 * np.sin(times)
    series = []
    for min_cutoff, beta in ((0.05, 80.0), (0.1, 40.0)):
        filters = [Euro(min_cutoff, beta) for _ in range(4)]
        smooth = [
            [euro(value, time, size) for euro, value in zip(filters, row, strict=True)]
            for row, time, size in zip(values.tolist(), times.tolist(), sizes.tolist(), strict=True)
        ]
        series.append({"min_cutoff": min_cutoff, "beta": beta, "smooth": smooth})
    return {"times": times.tolist(), "sizes": sizes.tolist(), "values": values.tolist(), "series": series}


FILES = {
    "roi": golden_roi,
    "detection": golden_detection,
    "projection": golden_projection,
    "filters": golden_filters,
}


def main() -> None:
    """Write the golden files."""
    for name, make in FILES.items():
        (GOLDEN / f"{name}.json").write_text(json.dumps(make(), indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
