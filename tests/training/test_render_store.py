"""The folder that a rendering fills."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.training.facts import person, scene
from training.errors import RecipeError
from training.render.recipe import Job
from training.render.store import Store, missing
from training.render.studio import Drawn

WISH = {"recipe": "default", "seed": 1, "count": 3}


def job(shot: int, frames: int = 1) -> Job:
    times = tuple(0.25 * frame for frame in range(frames))
    return Job(shot, f"s/{shot}", (64, 96), 0.9, times, {}, sequence=frames > 1)


def drawn(one: Job, frame: int = 0) -> Drawn:
    return Drawn(one, frame, b"jpeg", scene(person(), number=one.shot, frame=frame), None)


def test_a_shot_is_done_with_its_last_picture(tmp_path: Path) -> None:
    store = Store(tmp_path, WISH)
    still, film = job(0), job(1, 2)
    store.add(drawn(still))
    store.add(drawn(film, 0))
    assert missing(store, [still, film]) == [film]
    store.add(drawn(film, 1))
    assert missing(Store(tmp_path, WISH), [still, film]) == []  # another run finds it


def test_a_picture_without_its_record_is_drawn_again(tmp_path: Path) -> None:
    """What a kill between the two leaves."""
    store = Store(tmp_path, WISH)
    store.add(drawn(job(0)))
    (tmp_path / "records/000000.json").unlink()
    assert (tmp_path / "images/000000.jpg").read_bytes() == b"jpeg"
    assert missing(store, [job(0)]) == [job(0)]


def test_half_written_files_are_neither_records_nor_pictures(tmp_path: Path) -> None:
    store = Store(tmp_path, WISH)
    store.add(drawn(job(0)))
    (tmp_path / "records/.000001.json.77.part").write_text('{"image"')
    assert store.annotate({}) == (1, 1)


def test_refuses_a_folder_with_another_rendering(tmp_path: Path) -> None:
    Store(tmp_path, WISH)
    with pytest.raises(RecipeError, match=r"seed is 1 there, 2 is asked for\. Take another --out"):
        Store(tmp_path, {**WISH, "seed": 2})


def test_annotations_hold_everything_in_order(tmp_path: Path) -> None:
    store = Store(tmp_path, WISH)
    for one, frame in ((job(4, 2), 1), (job(4, 2), 0), (job(0), 0)):
        store.add(drawn(one, frame))
    assert store.annotate({"about": "test"}) == (3, 3)
    content = json.loads((tmp_path / "annotations.json").read_text())
    assert content["info"]["seed"] == 1
    assert [image["file_name"] for image in content["images"]] == [
        "images/000000.jpg", "images/000004_000.jpg", "images/000004_001.jpg",
    ]  # fmt: skip
    assert [image["sequence"] for image in content["images"]] == [None, 4, 4]
    assert [image["time_s"] for image in content["images"]] == [0, 0, 0.25]
    assert len({entry["id"] for entry in content["annotations"]}) == 6
    assert {entry["image_id"] for entry in content["annotations"]} == {image["id"] for image in content["images"]}
