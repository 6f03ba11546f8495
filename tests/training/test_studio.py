"""Browsers that draw: the protocol with a stand-in that misbehaves, and once with a real one."""

from __future__ import annotations

import json
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from pose.landmarks import NAMES
from tests.e2e.conftest import chromium
from training.commands import render
from training.errors import StudioError
from training.render import people, studio
from training.render.recipe import Job
from training.render.studio import Studio

# What the stand-in does with its address, by its how-manieth start.
STAND_IN = """#!{python}
import json, pathlib, struct, sys, time, urllib.request
address, _, number = sys.argv[-1].partition("#")
def get(path):
    return json.loads(urllib.request.urlopen(address + path, timeout=5).read())
def post(kind, body):
    urllib.request.urlopen(urllib.request.Request(f"{{address}}{{kind}}/{{number}}", body, method="POST"), timeout=5)
def draw(job):
    for frame in range(len(job["times"])):
        facts = json.dumps({{"number": job["shot"], "frame": frame}}).encode()
        post("picture", struct.pack("<II", len(facts), 4) + facts + b"jpeg")
behave = {behaviour!r}
if behave == "no webgl" and "--use-angle=gl-egl" in sys.argv:
    post("failure", b"Error creating WebGL context")
    sys.exit()
if behave == "ends":
    sys.exit(3)
post("ready", b"stand-in")
while job := get(f"job/{{number}}"):
    first = int(number) == 1
    if behave == "dies in the middle" and first or behave == "always dies":
        sys.exit(1)
    if behave == "hangs" and first:
        time.sleep(60)
    if behave == "throws":
        post("failure", b"RangeError: out of reach")
        sys.exit()
    draw(job)
"""
JOBS = [Job(shot, f"s/{shot}", (64, 64), 0.9, (0.0, 0.1), {}, sequence=True) for shot in range(3)]


@pytest.fixture
def behave(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def as_told(behaviour: str) -> None:
        script = tmp_path / "browser"
        script.write_text(STAND_IN.format(python=sys.executable, behaviour=behaviour))
        script.chmod(0o755)
        monkeypatch.setenv("CHROMIUM", str(script))

    return as_told


def drawn(browsers: int = 1) -> list[tuple[int, int]]:
    with Studio({}, browsers) as working:
        return [(one.job.shot, one.frame) for one in working.draw(JOBS)]


EVERYTHING = [(shot, frame) for shot in range(3) for frame in range(2)]


def test_each_shot_is_drawn_once_by_however_many_browsers(behave) -> None:
    behave("well")
    assert drawn() == EVERYTHING
    assert sorted(drawn(browsers=3)) == EVERYTHING


def test_a_browser_that_dies_is_replaced_and_its_shot_drawn_again(behave) -> None:
    behave("dies in the middle")
    assert sorted(set(drawn())) == EVERYTHING


def test_a_browser_that_hangs_is_replaced(behave, monkeypatch: pytest.MonkeyPatch) -> None:
    behave("hangs")
    monkeypatch.setattr(studio, "PATIENCE_S", 4.0)
    assert sorted(set(drawn())) == EVERYTHING


def test_a_shot_that_ends_every_browser_is_named(behave) -> None:
    behave("always dies")
    with pytest.raises(StudioError, match=r"shot \d+ \(seed s/\d+\) ended 3 browsers"):
        drawn()


def test_what_the_page_throws_is_told_with_the_shot(behave) -> None:
    behave("throws")
    with pytest.raises(StudioError, match=r"shot 0 \(seed s/0\): RangeError: out of reach"):
        drawn()


def test_without_opengl_the_slower_driver_is_taken(behave) -> None:
    behave("no webgl")
    with Studio({}) as working:
        assert len(list(working.draw(JOBS))) == 6
        assert working.driver == "stand-in"


def test_says_how_no_browser_came_up(behave) -> None:
    behave("ends")
    with pytest.raises(StudioError, match=r"gl-egl: it ended with code 3; swiftshader: it ended with code 3"):
        drawn()


def test_says_where_a_browser_was_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHROMIUM", "/nowhere/chromium")
    with pytest.raises(StudioError, match=r"\$CHROMIUM is /nowhere/chromium.*make setup-test"):
        studio.find_chromium()


def test_nobody_else_gets_in_and_nothing_else_gets_out(behave) -> None:
    behave("well")
    with Studio({"alder": people.shipped()["alder"]}) as working:
        assert working.below_token("/guess/static/js/stage/render.js") is None
        assert working.content("static/../pyproject.toml") is None
        assert working.content("characters/birch.glb") is None
        assert (working.content("characters/alder.glb") or b"")[:4] == b"glTF"


def rendered(out: Path, *more: str) -> Result:
    """Draw four tiny pictures of one character, of them a sequence of two."""
    stage = {
        "subjects": [{"weight": 1, "motion": "walking", "group": "standing"}],
        "rooms": {"studio": 1},
        "shadow_px": 0,
    }
    recipe = out.parent / "tiny.json"
    parts = [{"stills": 2, "sequences": 1, "frames": 2, "fps": 5, "stage": stage}]
    recipe.write_text(json.dumps({"sizes": [[96, 64]], "parts": parts}))
    options = ["--recipe", str(recipe), "--count", "4", "--browsers", "1", "--out", str(out)]
    if "--character" not in more:
        options += ["--character", str(people.shipped()["alder"])]
    return CliRunner().invoke(render, [*options, *more])


def without_landmarks(source: Path, out: Path) -> Path:
    """Write a GLB of ours as one from elsewhere: without its table of landmarks."""
    data = source.read_bytes()
    (length,) = struct.unpack_from("<I", data, 12)
    document = json.loads(data[20 : 20 + length])
    del document["asset"]["extras"]
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    rest = data[20 + length :]
    head = struct.pack("<4sIIII", b"glTF", 2, 20 + len(text) + len(rest), len(text), 0x4E4F534A)
    out.write_bytes(head + text + rest)
    return out


def contents(out: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in [*out.glob("images/*"), *out.glob("records/*")]}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A rendering by a real browser."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CHROMIUM", chromium())
        out = tmp_path_factory.mktemp("rendering") / "whole"
        result = rendered(out)
        assert result.exit_code == 0, result.output
        yield out


def test_a_stopped_run_goes_on_and_shards_make_the_whole(whole: Path) -> None:
    first = contents(whole)
    assert len(first) == 8
    parts = whole.parent / "parts"
    result = rendered(parts, "--shard", "1/2")
    assert result.exit_code == 0, result.output
    done = contents(parts)
    assert 0 < len(done) < len(first)
    assert done.items() < first.items()
    result = rendered(parts)
    assert f"{(len(first) - len(done)) // 2} pictures to draw, {len(done) // 2} are there" in result.output
    assert contents(parts) == first
    annotations = [json.loads((out / "annotations.json").read_text()) for out in (whole, parts)]
    assert annotations[0] == annotations[1]
    result = rendered(parts, "--seed", "2")
    assert result.exit_code == 1
    assert "holds another rendering: seed is 0 there, 2 is asked for" in result.output


def test_the_camera_of_a_sequence_rests_while_the_person_moves(whole: Path) -> None:
    content = json.loads((whole / "annotations.json").read_text())
    before, after = (image for image in content["images"] if image["sequence"] is not None)
    assert after["time_s"] - before["time_s"] == pytest.approx(0.2, abs=1e-3)
    assert before["camera"] == after["camera"]
    walker = [
        next(entry for entry in content["annotations"] if entry["image_id"] == image["id"]) for image in (before, after)
    ]
    moved = np.abs(np.subtract(*(np.array(person["landmarks"])[:, :2] for person in walker)))
    assert moved.max() > 1  # px
    assert moved.max() < 15


def test_a_character_from_elsewhere_is_labelled_as_ours_is(whole: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHROMIUM", chromium())
    file = without_landmarks(people.shipped()["alder"], whole.parent / "alder.glb")
    result = rendered(whole.parent / "own", "--character", str(file), "--count", "1")
    assert result.exit_code == 0, result.output
    (own,) = json.loads((whole.parent / "own/annotations.json").read_text())["annotations"]
    ours = json.loads((whole / "annotations.json").read_text())["annotations"][0]
    assert own["estimated"]
    assert not ours["estimated"]
    assert own["not_applicable"] == []
    apart = np.linalg.norm(np.subtract(own["world_landmarks"], ours["world_landmarks"]), axis=1)
    joints = [k for k, name in enumerate(NAMES) if name not in own["estimated"]]
    assert np.median(apart[joints]) < 0.02  # m
    assert np.median(apart) < 0.04
