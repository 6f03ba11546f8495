"""Fit the table of `training.convention`: ``python -m training.calibrate --data DIR --out FILE``.

``DIR`` is what ``poseable render --recipe convention`` wrote. The released network gets its region from the truth. It
is believed where it is sure and right on the whole, and where the landmark is seen.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import numpy as np

from pose import metrics
from pose.landmarks import index

from .convention import KINDS, Observation, fit, frames
from .dataset import Person
from .errors import DataError, TrainingError
from .evaluation.measure import true_roi
from .pipeline import pictures
from .pipeline.estimator import locate
from .pipeline.networks import Networks, open_detector, open_landmarks

Json = dict[str, Any]

MIN_FLAG = 0.9
MIN_VISIBILITY = 0.7
FACING = -0.5
"""Greatest z of the unit vector ahead of the trunk, camera axes: within 60 degrees of facing the camera."""
MOST_OFF = 0.15
"""Greatest median error of shoulders to ankles, torsos: beyond it the network is wrong, and its habits do not show."""
_LIMBS = [
    index(f"{side}_{name}")
    for side in ("left", "right")
    for name in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
]


def observe(networks: Networks, folder: Path, record: Json) -> Iterator[Observation]:
    """Yield the people of a record whom the network is sure of."""
    image = None
    for said in record["annotations"]:
        if said["category_id"] != 1 or said["not_applicable"]:
            continue
        world, landmarks = (np.array(said[key], np.float64) for key in ("world_landmarks", "landmarks"))
        if frames(world)[index("left_shoulder"), 2, 2] > FACING:
            continue
        image = pictures.read(folder / record["image"]["file_name"]) if image is None else image
        visibility = np.array(said["visibility"], np.float64)
        person = Person(
            said["id"], None, None, tuple(said["bbox"]), said["area"], landmarks, world, visibility, visibility
        )
        flag, pose = locate(networks, image, true_roi(person))
        off = metrics.pixel_errors(pose.landmarks, landmarks)[_LIMBS] / float(metrics.torso_length(landmarks))
        if flag < MIN_FLAG or np.median(off) > MOST_OFF:
            continue
        camera = record["image"]["camera"]
        matrix = np.array(camera["world_to_camera"]).reshape(3, 4)
        root = float(matrix[2, :3] @ np.array(said["hip_centre"]) + matrix[2, 3])
        yield Observation(
            world,
            landmarks[:, :2],
            pose.landmarks[:, :2],
            camera["fx"] / (world[:, 2] + root),
            (visibility > 0) & (pose.visibility >= MIN_VISIBILITY),
            np.column_stack([pose.landmarks[:, 2], world[:, 2] * camera["fx"] / root]),
        )


@click.command()
@click.option("--data", type=click.Path(exists=True, file_okay=False, path_type=Path), required=True)
@click.option("--model", default="blazepose-full", show_default=True)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True)
def main(data: Path, model: str, out: Path) -> None:
    """Fit where a released network puts its landmarks, and write the table."""
    try:
        _calibrate(data, model, out)
    except (TrainingError, OSError) as error:
        raise click.ClickException(str(error)) from error


def _calibrate(data: Path, model: str, out: Path) -> None:
    records = sorted((data / "records").glob("[0-9]*.json"))
    if not records:
        raise DataError(f"{data}: expected records of `poseable render`, found none")
    networks = Networks(open_landmarks(model), open_detector())
    found: list[Observation] = []
    with click.progressbar(records, label="looking") as bar:
        for path in bar:
            found += observe(networks, data, json.loads(path.read_text("utf-8")))
    fits, z_scale = fit(found)
    wish = json.loads((data / "render.json").read_text("utf-8"))
    table = {
        "about": "Where the released network puts landmarks, from where the rig has them; see training/convention.py.",
        "model": model,
        "data": {key: wish[key] for key in ("recipe", "seed", "count")},
        "command": "python -m training.calibrate",
        "people": len(found),
        "z_scale": round(z_scale, 3),
        "offsets_m": {kind: np.round(fits[kind].offset, 4).tolist() for kind in KINDS},
        "observations": {kind: fits[kind].count for kind in KINDS},
        "median_distance_cm": {
            kind: [round(100 * value, 2) if np.isfinite(value) else None for value in (one.before, one.after)]
            for kind, one in fits.items()
        },
    }
    out.write_text(json.dumps(table, indent=1) + "\n", "utf-8")
    click.echo(f"{len(found)} people, z scale {z_scale:.2f}")
    for kind, one in fits.items():
        offset = " ".join(f"{100 * value:+5.1f}" for value in one.offset)
        click.echo(
            f"{kind:<15}{one.count:>6}  offset cm {offset}  median {100 * one.before:.1f} -> {100 * one.after:.1f}"
        )


if __name__ == "__main__":
    main()
