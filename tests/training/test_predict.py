"""Poses from Python and from the command line."""

from __future__ import annotations

import json
import re
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

import poseable
from pose.landmarks import COUNT, NAMES, index
from tests import footage, pictures
from tests.test_repository import ROOT
from training.pipeline import networks
from training.predict import draw
from training.predict.command import predict
from training.predict.video import Copy, Video

FRAMES = 8


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pictures with one, two and no people, a video, and files of which each is broken in its own way."""
    folder = tmp_path_factory.mktemp("photos")
    Image.fromarray(pictures.photos()["astronaut"]).save(folder / "one.jpg")
    (folder / "below").mkdir()
    Image.fromarray(pictures.scene(2, 3).image).save(folder / "below" / "two.png")
    Image.fromarray(footage.black()).save(folder / "nobody.png")
    copy = Copy(folder / "walk.mp4", footage.RATE)
    for frame, time in zip(footage.walk(FRAMES, seed=5), footage.times(FRAMES, start=0.0), strict=True):
        copy.add(frame, time)
    copy.close()
    (folder / "broken.jpg").write_bytes((folder / "one.jpg").read_bytes()[:3000])
    (folder / "text.mp4").write_text("no video")
    (folder / ".hidden.jpg").write_bytes(b"")
    return folder


@pytest.fixture(scope="module")
def answer(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Result, dict[str, Any], Path]:
    """What the command says and writes about that folder and a file that is not there."""
    out = tmp_path_factory.mktemp("out")
    result = run(folder, folder / "none.jpg", "--json", out / "poses.json", "--draw", out / "drawn", "--every", 2)
    return result, json.loads((out / "poses.json").read_text()), out / "drawn"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(predict, [str(argument) for argument in arguments])


def test_three_lines_give_a_pose_in_space(folder: Path) -> None:
    people = poseable.predict(folder / "one.jpg")
    (person,) = people
    assert person.world_landmarks.shape == person.landmarks.shape == (COUNT, 3)
    nose, hip = (person.world_landmarks[poseable.LANDMARKS.index(name)] for name in ("nose", "left_hip"))
    assert 0.4 < hip[1] - nose[1] < 0.9  # m, y down
    assert person.score > 0.9
    # The photograph's nose, px.
    assert np.abs(person.landmarks[index("nose"), :2] - [222, 130]).max() < 12


def test_paths_arrays_and_pil_images_are_the_same(folder: Path) -> None:
    path = folder / "below" / "two.png"
    expected = [person.landmarks for person in poseable.predict(str(path))]
    assert len(expected) == 2
    assert len(poseable.predict(path, people=1)) == 1
    for same in (np.asarray(Image.open(path)), Image.open(path).convert("RGBA")):
        assert np.array_equal([person.landmarks for person in poseable.predict(same)], expected)


def test_a_picture_of_a_phone_is_turned_upright(folder: Path) -> None:
    upright = Image.open(folder / "one.jpg")
    turned = upright.transpose(Image.Transpose.ROTATE_90)
    turned.getexif()[0x0112] = 6  # "turn by 90 degrees clockwise"
    (expected,), (found,) = poseable.predict(upright), poseable.predict(turned)
    assert np.array_equal(found.landmarks, expected.landmarks)


@pytest.mark.parametrize(
    ("picture", "expected"),
    [
        (np.zeros((4, 4), np.uint8), r"\(height, width, 3\), RGB, got the shape \(4, 4\)"),
        (np.zeros((4, 4, 4), np.uint8), r"got the shape \(4, 4, 4\)"),
        (np.zeros((0, 4, 3), np.uint8), r"got the shape \(0, 4, 3\)"),
        (np.zeros((4, 4, 3)), "as uint8, got float64"),
    ],
)
def test_refuses_arrays_that_are_no_pictures(picture: Any, expected: str) -> None:
    with pytest.raises(ValueError, match=expected):
        poseable.predict(picture)


def test_refuses_what_is_not_there(folder: Path) -> None:
    with pytest.raises(poseable.Error, match=r"none\.jpg: there is no such file"):
        poseable.predict(folder / "none.jpg")
    with pytest.raises(poseable.Error, match=r"broken\.jpg: expected a picture"):
        poseable.predict(folder / "broken.jpg")
    with pytest.raises(poseable.Error, match="'nothing': expected one of blazepose-lite"):
        poseable.predict(folder / "one.jpg", "nothing")
    with pytest.raises(ValueError, match="people: expected 1 to 8, got 0"):
        poseable.Tracker(people=0)


def test_importing_costs_nothing() -> None:
    said = "import sys, poseable; print({'numpy', 'PIL', 'keras', 'tensorflow', 'click'} & set(sys.modules))"
    command = [sys.executable, "-c", said]
    assert subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout == "set()\n"
    assert dir(poseable) == sorted(poseable.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = poseable.nothing  # type: ignore[attr-defined]


def test_a_tracker_follows_and_forgets() -> None:
    frames = footage.walk(3, seed=5)
    tracker = poseable.Tracker(people=1)
    found = [tracker.track(frame, time) for frame, time in zip(frames, footage.times(3), strict=True)]
    assert [[person.id for person in people] for people in found] == [[1]] * 3
    by_itself = poseable.predict(frames[2], people=1)[0].landmarks
    assert not np.array_equal(found[2][0].landmarks, by_itself)  # followed and smoothed
    tracker.reset()
    assert np.array_equal(tracker.track(frames[2], 0.0)[0].landmarks, by_itself)


def test_the_command_does_what_it_can_and_names_the_rest(answer: tuple[Result, dict[str, Any], Path]) -> None:
    result, said, _ = answer
    assert result.exit_code == 1
    files = {Path(entry["file"]).name: entry for entry in said["files"]}
    assert set(files) == {"none.jpg", "one.jpg", "two.png", "nobody.png", "walk.mp4", "broken.jpg", "text.mp4"}
    errors = {name: entry["error"] for name, entry in files.items() if "error" in entry}
    assert errors.keys() == {"none.jpg", "broken.jpg", "text.mp4"}
    for error in errors.values():
        assert error in result.output
    assert files["nobody.png"]["with_people"] == 0
    assert re.search(r"nobody\.png: nobody found", result.output)
    assert "3 files could not be read" in result.output


def test_the_json_says_where_what_and_by_whom(answer: tuple[Result, dict[str, Any], Path], folder: Path) -> None:
    _, said, _ = answer
    assert (said["format"], said["version"], said["schema"]) == ("poseable.poses", 1, "blazepose33.v1")
    assert said["names"] == list(NAMES)
    assert said["model"]["name"] == networks.default("landmarks")
    assert len(said["model"]["sha256"]) == 64
    (one,) = [entry for entry in said["pictures"] if entry["file"] == str(folder / "one.jpg")]
    assert (one["frame"], one["time_s"], one["width"], one["height"]) == (None, None, 512, 512)
    (person,) = one["people"]
    (expected,) = poseable.predict(folder / "one.jpg")
    for key, digits in (("landmarks", 2), ("world_landmarks", 4), ("visibility", 4), ("presence", 4)):
        assert np.abs(np.array(person[key]) - getattr(expected, key)).max() <= 0.51 * 10**-digits, key
    film = [entry for entry in said["pictures"] if entry["file"] == str(folder / "walk.mp4")]
    assert [entry["frame"] for entry in film] == [0, 2, 4, 6]
    assert [entry["time_s"] for entry in film] == pytest.approx([k / footage.RATE for k in (0, 2, 4, 6)], abs=1e-3)
    assert [[person["id"] for person in entry["people"]] for entry in film] == [[1]] * 4


def test_copies_show_skeleton_and_space(answer: tuple[Result, dict[str, Any], Path], folder: Path) -> None:
    _, _, drawn = answer
    names = {path.relative_to(drawn).as_posix() for path in drawn.rglob("*.*")}
    assert names == {"one_pose.jpg", "below/two_pose.jpg", "nobody_pose.jpg", "walk_pose.mp4"}
    with Video(drawn / "walk_pose.mp4") as film:
        frames = list(film.frames())
    assert len(frames) == 4
    assert frames[0].image.shape == (480, 640 + 480, 3)  # two views for each of two people
    assert [frame.time for frame in frames] == pytest.approx([k / footage.RATE for k in (0, 2, 4, 6)], abs=1e-3)
    original = np.asarray(Image.open(folder / "one.jpg"))
    copy = np.asarray(Image.open(drawn / "one_pose.jpg"))[:, :512]
    assert (np.abs(copy.astype(int) - original).max(2) > 60).mean() > 0.01


def test_a_video_of_a_phone_is_turned_upright(folder: Path, tmp_path: Path) -> None:
    """Phones write sideways pictures and say in the track's matrix how players turn them."""
    said = bytearray((folder / "walk.mp4").read_bytes())
    one = 1 << 16
    upright = struct.pack(">9i", one, 0, 0, 0, one, 0, 0, 0, 1 << 30)
    place = said.index(upright, said.index(b"tkhd"))
    said[place : place + len(upright)] = struct.pack(">9i", 0, one, 0, -one, 0, 0, 0, 0, 1 << 30)  # a quarter clockwise
    (tmp_path / "turned.mp4").write_bytes(said)
    with Video(folder / "walk.mp4") as film, Video(tmp_path / "turned.mp4") as turned:
        first, other = next(film.frames()).image, next(turned.frames()).image
    assert np.array_equal(other, np.rot90(first, -1))


def test_a_damaged_video_gives_what_it_has(folder: Path, tmp_path: Path) -> None:
    said = bytearray((folder / "walk.mp4").read_bytes())
    begin = said.index(b"mdat")
    first, last = (begin + (len(said) - begin) * share // 8 for share in (5, 7))  # most of the bytes are frame 0
    said[first:last] = bytes(last - first)
    (tmp_path / "holes.mp4").write_bytes(said)
    result = run(tmp_path / "holes.mp4", "--json", tmp_path / "poses.json")
    files = json.loads((tmp_path / "poses.json").read_text())["files"]
    assert result.exit_code == 1
    assert re.search(r"holes\.mp4: damaged in \d+ places; \d+ frames could be read", files[0]["error"])
    assert 0 < files[0]["pictures"] < FRAMES


def test_asks_where_the_result_should_go(folder: Path) -> None:
    assert "expected --json FILE, --draw FOLDER" in run(folder).output
    assert "expected another folder" in run(folder, "--draw", folder).output


def test_an_interrupted_run_keeps_the_last_result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    out = tmp_path / "poses.json"
    out.write_text("the last one")
    Image.fromarray(footage.black()).save(tmp_path / "a.png")
    monkeypatch.setattr(poseable.Tracker, "track", interrupt)
    result = run(tmp_path / "a.png", "--json", out)
    assert (result.exit_code, out.read_text()) == (1, "the last one")
    assert [path.name for path in tmp_path.glob("*.part")] == []
    assert (
        "'nothing': expected one of blazepose-lite"
        in run(tmp_path / "a.png", "--json", out, "--model", "nothing").output
    )


def test_draws_as_the_page_does() -> None:
    script = (ROOT / "static/js/pages/live/overlay.js").read_text()
    for side, colour in draw.COLOURS.items():
        assert f'{side}: "{colour}"' in script
    assert f"GHOST_ALPHA = {draw.GHOST_ALPHA};" in script
    assert f"DRAWN_PRESENCE = {draw.DRAWN_PRESENCE};" in script


def test_unsure_joints_are_ghosts_and_absent_ones_are_not_drawn() -> None:
    def drawn(visibility: float, presence: float) -> Any:
        rng = np.random.default_rng(0)
        landmarks = np.zeros((COUNT, 3))
        landmarks[:, :2] = 20 + 160 * rng.random((COUNT, 2))
        person = poseable.Person(
            1, 1.0, landmarks, landmarks / 200, np.full(COUNT, visibility), np.full(COUNT, presence)
        )
        return draw.over(np.full((200, 200, 3), 128, np.uint8), [person])

    sure, ghost, absent = drawn(1, 1), drawn(0.2, 1), drawn(1, 0.2)
    changed = [(image != 128).any(2).mean() for image in (sure, ghost, absent)]
    assert changed[0] > 1.5 * changed[1] > 0
    assert changed[2] == 0


def test_the_default_model_is_the_pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(networks, "MODELS", tmp_path)
    manifest = tmp_path / "manifest.json"
    manifest.write_text(json.dumps({"version": 1, "models": {}}))
    assert (networks.default("landmarks"), networks.default("detector")) == ("blazepose-full", "person-detector")
    said = {"version": 1, "models": {}, "defaults": {"landmarks": "mine", "detector": "theirs"}}
    manifest.write_text(json.dumps(said))
    assert (networks.default("landmarks"), networks.default("detector")) == ("mine", "theirs")
    manifest.write_text("{")
    with pytest.raises(poseable.Error, match=r"manifest\.json: expected the models' manifest"):
        networks.default("landmarks")


def test_finds_own_models_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(networks, "MODELS", tmp_path)
    released = networks.find("blazepose-lite", "blazepose")
    for folder in ("own/mine", "shipped"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / f"{Path(folder).name}.tflite").write_bytes(released.read_bytes())
    assert networks.find("mine", "blazepose") == tmp_path / "own/mine/mine.tflite"
    assert networks.find("shipped", "blazepose") == tmp_path / "shipped/shipped.tflite"
    with pytest.raises(poseable.Error, match=r"'other': expected one of blazepose-lite, .* shipped, mine, a \.tflite"):
        networks.find("other", "blazepose")
    assert len(poseable.predict(pictures.photos()["astronaut"], "mine", detector="person-detector")) == 1
