"""Teaching the person detector, as small as can be: a few steps, and what comes of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import numpy as np
import pytest
from click.testing import CliRunner

from tests.training import people
from training.dataset import Dataset
from training.errors import TrainingError
from training.persons import choose, finish, targets, teach
from training.persons.scenes import Scenes
from training.teaching import network, recipe
from training.teaching.loop import Plan
from training.teaching.pose import Lesson

# Keras 3 turns TensorFlow 2.19's variables into arrays in a way that numpy 2 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")
CUT = "add_292"
"""Late, so that the test is quick: what lies behind is the last block and the heads."""


@contextmanager
def silent(_label: str, _length: int) -> Iterator[Callable[[int], None]]:
    yield lambda _: None


def tiny() -> recipe.Recipe:
    stage = recipe.Stage("heads", Plan(rounds=2, steps=3, rate=0.001, warm_up=1), cut=CUT, views=1, least_views=4)
    batch = {"labelled": 2, "photos": 1, "nobody": 1}
    return replace(recipe.load("teach_person_detector"), stages=(stage,), batch=batch, shares=(0.5, 1.0))


@pytest.fixture(scope="module")
def lesson(tmp_path_factory: pytest.TempPathFactory) -> Lesson:
    folder = tmp_path_factory.mktemp("pictures")
    rng = np.random.default_rng(0)
    made = []
    for k in range(4):
        image = rng.integers(0, 255, (120, 160, 3), dtype=np.uint8)
        made.append(people.write(image, folder / f"{k}.png", people.person((80, 30), 20), number=k))
    data = [Dataset(folder / f"{name}.json", tuple(some)) for name, some in (("a", made[:3]), ("b", made[3:]))]
    return Lesson((data[0],), (made[0].path,), (made[1].path,), data[1])


@pytest.fixture(scope="module")
def run(lesson: Lesson, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    folder = tmp_path_factory.mktemp("run")
    return folder, teach.teach(tiny(), lesson, folder, 3, silent)


def test_only_what_lies_behind_the_cut_is_taught(run: tuple[Path, Any]) -> None:
    released = network.open_released("person-detector")
    early, late = network.split(released, CUT)
    before = {layer.name: layer.get_weights() for layer in (*early.layers, *late.layers) if layer.weights}
    changed = {
        name for name, was in before.items()
        if not all(np.array_equal(a, b) for a, b in zip(was, run[1].get_layer(name).get_weights(), strict=True))
    }  # fmt: skip
    assert not changed & {layer.name for layer in early.layers}
    # The last block, and the four heads of the anchors in use.
    assert changed >= {"conv_2d_298", "conv_2d_391", "conv_2d_379", "conv_2d_415", "conv_2d_404"}


def test_a_run_leaves_a_log_and_is_taken_up(run: tuple[Path, Any], lesson: Lesson) -> None:
    folder, model = run
    lines = [json.loads(line) for line in (folder / "heads/log.jsonl").read_text().splitlines()]
    assert [line["round"] for line in lines] == [1, 2]
    assert all(np.isfinite([line["loss"], line["scores"], line["places"]]).all() for line in lines)
    assert not (folder / "views").exists()
    again = teach.teach(tiny(), lesson, folder, 3, silent)
    for a, b in zip(network.weights(model), network.weights(again), strict=True):
        assert np.array_equal(a, b)
    with pytest.raises(TrainingError, match="another recipe, seed or data"):
        teach.teach(tiny(), lesson, folder, 4, silent)


def test_a_landmark_network_is_no_detector(lesson: Lesson, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="expected a person detector, got 'blazepose-lite'"):
        teach.teach(replace(tiny(), source="blazepose-lite"), lesson, tmp_path, 3, silent)


def test_a_run_is_finished_with_a_report(run: tuple[Path, Any], lesson: Lesson) -> None:
    folder, model = run
    watch = choose.Watch(lesson.validation, lesson.photos, lesson.nobody)
    wish = finish.Finish(tiny(), watch, lesson.validation, folder, 3)
    result = finish.finish(model, wish, silent)
    assert result == json.loads((folder / "report.json").read_text())
    assert result["share_of_taught"] in (0.5, 1.0)
    assert result["benchmark"]["before"] == result["validation"]["before"]
    kept = network.weights(network.open_taught(folder / "taught.keras"))
    released = network.weights(network.open_released("person-detector"))
    taught = network.weights(network.open_taught(folder / "whole.keras"))
    for was, whole, now in zip(released, taught, kept, strict=True):
        assert np.allclose(now, was + result["share_of_taught"] * (whole - was), atol=1e-6)
    page = (folder / "report/index.html").read_text()
    assert "released left, taught right" in page
    assert (folder / "report/pictures.png").is_file()
    assert finish.told(result).startswith(f"kept {result['share_of_taught']:.0%} of the way")


class Sees:
    """A teacher that is unsure everywhere, and sure at one anchor."""

    name = "teacher"

    def __init__(self, logit: float, anchor: int = 400) -> None:
        self.scores = np.full((targets.COUNT, 1), -9.0)
        self.scores[targets.LIVE[anchor]] = logit
        self.boxes = np.ones((targets.COUNT, 12))

    def __call__(self, levels: np.ndarray) -> dict[str, np.ndarray]:
        assert levels.max() > 1  # levels, not the network's values
        return {"boxes": self.boxes, "scores": self.scores}


def test_who_has_the_last_word(lesson: Lesson) -> None:
    """Labels of renders; the teacher in photos; it may doubt that a picture is empty, or that all are labelled."""
    scenes = Scenes(lesson.data, lesson.photos, lesson.nobody, 1)
    sure, unsure = Sees(3.0), Sees(-3.0)
    for kind, teacher, expected in (
        ("photo", sure, 0.953), ("photo", unsure, 0.047), ("negative", sure, 0.953), ("negative", unsure, 0.0),
    ):  # fmt: skip
        image, said = teach.Shown(scenes, kind, teacher).view(0)
        assert image.shape == (224, 224, 3)
        assert -1 <= image.min() < image.max() <= 1
        assert said["scores"].max() == pytest.approx(expected, abs=1e-3)
    render = teach.Shown(scenes, "labelled", sure).view(0)[1]
    assert render["scores"].max() > 0.9
    assert render["scores_weight"][render["scores"] < 0.01].all()
    flat = [replace(p, people=tuple(replace(q, world_landmarks=np.full((33, 3), np.nan)) for q in p.people))
            for p in lesson.data[0].pictures]  # fmt: skip
    photo = Scenes([Dataset(lesson.data[0].path, tuple(flat))], seed=1)
    far = 979  # the last anchor of stride 16, at the lower right
    unlabelled = teach.Shown(photo, "labelled", Sees(3.0, far)).view(0)[1]
    assert unlabelled["scores_weight"][far] == 0
    assert unlabelled["scores_weight"].sum() == len(targets.LIVE) - 1
    assert teach.Shown(photo, "labelled", Sees(-3.0, far)).view(0)[1]["scores_weight"].all()


def test_the_commands_tell_what_is_wrong(tmp_path: Path) -> None:
    from training.persons.command import evaluate_detector, teach_detector

    broken = tmp_path / "mine.json"
    broken.write_text("{")
    arguments: tuple[tuple[click.Command, list[str]], ...] = (
        (teach_detector, ["--data", str(broken), "--out", str(tmp_path / "out")]),
        (evaluate_detector, ["--annotations", str(broken), "--json", str(tmp_path / "x.json")]),
    )
    for command, words in arguments:
        done = CliRunner().invoke(command, words)
        assert done.exit_code == 1
        assert f"{broken}:1:" in done.output
