"""``poseable train pose``, as its user would: from a COCO file to a model that the page offers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
from click.testing import CliRunner

import poseable
from pose.landmarks import COCO17, index
from tests import pictures
from training.commands import train
from training.teaching import finish, network

# Keras 3 turns TensorFlow 2.19's variables into arrays in a way that numpy 2 deprecates.
pytestmark = pytest.mark.filterwarnings(
    "ignore:__array__ implementation doesn't accept a copy:DeprecationWarning", "ignore::UserWarning:keras"
)
PHOTOS = 12
SAME_PX = 0.05
"""Between two runs of the same seed, three steps: sums of floats run in any order on several cores."""
RECIPE: dict[str, Any] = {
    "about": "three steps, to see that all is joined",
    "command": "of a test",
    "source": "blazepose-lite",
    "batch": {"labelled": 3, "photos": 1, "nobody": 0},
    "shares": [0.5, 1.0],
    "stages": [
        {"name": "late", "cut": "add_254", "views": 1, "least_views": 12, "rounds": 1, "steps": 2, "rate": 1e-4},
        {"name": "whole", "cut": None, "views": 1, "least_views": 12, "rounds": 1, "steps": 1, "rate": 1e-5},
    ],
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Photos of one person at several places, labelled with what the released network says of one of them."""
    found = tmp_path_factory.mktemp("own")
    photo = pictures.scene(1, 3).image
    (person,) = poseable.predict(photo, "blazepose-lite", detector="person-detector")
    entries, people = [], []
    for number in range(PHOTOS):
        share = 1 - number / 64
        size = (round(photo.shape[1] * share), round(photo.shape[0] * share))
        PIL.Image.fromarray(photo).resize(size).save(found / f"{number}.jpg")
        entries.append({"id": number + 1, "file_name": f"{number}.jpg", "width": size[0], "height": size[1]})
        points = [person.landmarks[index(COCO17[name]), :2] * share for name in COCO17]
        inside = [bool((point >= 0).all() and (point < size).all()) for point in points]
        keypoints = [
            v for p, there in zip(points, inside, strict=True) for v in ((*p.tolist(), 2) if there else (0, 0, 0))
        ]
        people.append(
            {"id": number + 1, "image_id": number + 1, "category_id": 1, "iscrowd": 0, "keypoints": keypoints}
        )
    content = {"images": entries, "annotations": people, "categories": [{"id": 1, "name": "person"}]}
    (found / "mine.json").write_text(json.dumps(content))
    (found / "recipe.json").write_text(json.dumps(RECIPE))
    return found


def run(folder: Path, out: Path, *more: str) -> Any:
    recipe = str(folder / "recipe.json")
    return CliRunner().invoke(
        train, ["pose", "--data", str(folder / "mine.json"), "--recipe", recipe, "--out", str(out), *more]
    )


def test_from_labels_to_a_model_of_ones_own(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finish, "OWN", tmp_path / "models")
    out = tmp_path / "run"
    done = run(folder, out, "--photos", str(folder), "--name", "mine")
    assert done.exit_code == 0, done.output
    assert "kept 50% of the way" in done.output, "after three tiny steps the nearest share is as good as any"
    report = json.loads((out / "report.json").read_text())
    assert report["complaints"] == []
    assert report["ordinary_people"]["median_torsos"] < 0.01
    assert report["validation"]["groups"]["all"]["pck@0.2"]["after"] > 0.95
    assert {path.name for path in (out / "report").iterdir()} == {"index.html", "run.png", "pictures.png"}
    assert "Before on the left" in (out / "report/index.html").read_text()
    made = tmp_path / "models/mine"
    assert {path.name for path in made.iterdir()} >= {"model.json", "mine.tflite", "report.json"}
    entry = json.loads((tmp_path / "models/manifest.json").read_text())["models"]["mine"]
    assert entry["taught"]["recipe"]["name"] == "recipe"
    assert entry["evaluation"]["validation"]["synthetic"] is False
    (person,) = poseable.predict(folder / "0.jpg", str(made / "mine.tflite"), detector="person-detector")
    (released,) = poseable.predict(folder / "0.jpg", "blazepose-lite", detector="person-detector")
    moved = np.abs(person.landmarks - released.landmarks).max()
    assert 0 < moved < 5, "px: it was taught, a little"
    assert not (out / "views").exists(), "what is large does not stay"

    twin = tmp_path / "twin"
    assert run(folder, twin, "--photos", str(folder)).exit_code == 0
    crops = np.random.default_rng(0).random((2, 256, 256, 3)).astype(np.float32)
    said = [network.open_taught(one / "taught.keras").predict_on_batch(crops)["landmarks"] for one in (out, twin)]
    assert np.abs(said[0] - said[1]).max() < SAME_PX

    again = run(folder, out, "--photos", str(folder))
    assert again.exit_code == 0, "a finished run is measured again, not taught again"
    other = run(folder, out, "--photos", str(folder), "--seed", "3")
    assert other.exit_code == 1
    assert "another recipe, seed or data" in other.output


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--recipe", "nothing"], "neither a .json file nor one of the recipes"),
        (["--images", "."] * 2, "--images: expected none, or one for each --data, got 2 for 1"),
    ],
)
def test_what_cannot_be_done_is_said(folder: Path, tmp_path: Path, options: list[str], words: str) -> None:
    done = run(folder, tmp_path, *options)
    assert done.exit_code == 1
    assert words in done.output
