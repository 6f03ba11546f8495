"""Counting found people, false alarms and agreement, with detectors that say what the test wants."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pose.roi import letterbox
from tests.training import people
from training.dataset import Dataset, Picture
from training.errors import TrainingError
from training.persons import choose, measure, targets
from training.persons.habits import points_of
from training.persons.scenes import placed

SIZE = (320, 240)


class Says:
    """A detector that sees these people in every picture, whatever is in it."""

    name = "made up"

    def __init__(self, *seen: people.Person, miss: float = 0.0) -> None:
        picture = Picture(1, Path("x"), SIZE, seen, None, 0.0)
        _, points, taught = placed(np.zeros((SIZE[1], SIZE[0], 3), np.uint8), picture, letterbox(SIZE), "black")
        points[:, 2] += (points[:, 2] - points[:, 1]) * miss
        wanted = targets.of_people(points, taught)
        sure = np.clip(wanted["scores"].astype(float), 1e-9, 1 - 1e-9)
        self._boxes, self._scores = np.zeros((targets.COUNT, 12)), np.full((targets.COUNT, 1), -20.0)
        self._boxes[targets.LIVE], self._scores[targets.LIVE, 0] = wanted["boxes"], np.log(sure / (1 - sure))

    def __call__(self, levels: np.ndarray) -> dict[str, np.ndarray]:
        assert levels.shape == (224, 224, 3)
        return {"boxes": self._boxes, "scores": self._scores}


LEFT = people.person((80, 80), 30, "standing")
RIGHT = people.person((230, 90), 30, "wheelchair_back", 2)


@pytest.fixture
def data(tmp_path: Path) -> Dataset:
    image = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)
    return Dataset(tmp_path / "a.json", (people.write(image, tmp_path / "a.png", LEFT, RIGHT),))


def test_regions_are_hips_and_circle_in_the_picture() -> None:
    found = measure.regions(Says(LEFT), np.zeros((SIZE[1], SIZE[0], 3), np.uint8))
    points = points_of(LEFT)
    assert points is not None
    assert found == pytest.approx(points[None, 1:3], abs=0.05)


def test_found_missed_and_made_up(data: Dataset) -> None:
    both = measure.summarise(measure.look(Says(LEFT, RIGHT), data))
    assert [both["groups"][name]["detected"] for name in ("all", "standing", "wheelchair_back")] == [1, 1, 1]
    assert both["groups"]["all"]["error"] == pytest.approx(0, abs=0.01)
    assert both["pictures_with_false_alarm"] == 0
    one = measure.summarise(measure.look(Says(LEFT), data))
    assert one["groups"]["all"] | {"error": None} == {"n": 2, "detected": 0.5, "error": None}
    assert one["groups"]["wheelchair_back"] == {"n": 1, "detected": 0.0, "error": None}
    stranger = people.person((160, 150), 30)
    three = measure.summarise(measure.look(Says(LEFT, RIGHT, stranger), data))
    assert (three["false_alarms"], three["pictures_with_false_alarm"]) == (1.0, 1)
    assert choose.mean_detected(one) == 0.5


def test_a_detection_of_the_wrong_size_is_no_find(data: Dataset) -> None:
    near = measure.summarise(measure.look(Says(LEFT, RIGHT, miss=0.5), data))
    assert near["groups"]["all"]["error"] == pytest.approx(0.25, abs=0.01)
    assert near["groups"]["all"]["detected"] == 1
    far = measure.summarise(measure.look(Says(LEFT, RIGHT, miss=1.2), data))
    assert far["groups"]["all"]["detected"] == 0
    assert far["false_alarms"] == 2


def test_one_detection_is_not_two_people(tmp_path: Path, data: Dataset) -> None:
    twins = replace(data.pictures[0], people=(LEFT, people.person((82, 81), 30, number=5)))
    found = measure.summarise(measure.look(Says(LEFT), Dataset(tmp_path / "a.json", (twins,))))
    assert found["groups"]["all"]["detected"] == 0.5


def test_nothing_is_asked_of_the_hidden_and_the_cut_off(tmp_path: Path, data: Dataset) -> None:
    hidden = replace(RIGHT, visibility=np.zeros(33))
    beyond = people.person((100, -4), 30)
    picture = replace(data.pictures[0], people=(LEFT, hidden, beyond))
    some = Dataset(tmp_path / "a.json", (picture,))
    for says in (Says(LEFT), Says(LEFT, RIGHT)):
        found = measure.summarise(measure.look(says, some))
        assert (found["groups"]["all"]["n"], found["groups"]["all"]["detected"]) == (1, 1)
        assert found["false_alarms"] == 0


def test_agreement_with_what_another_detector_sees(data: Dataset) -> None:
    path = data.pictures[0].path
    theirs = measure.see(Says(LEFT, RIGHT), [path])
    assert measure.agreement(theirs, theirs) | {"shift": 0} == {
        "pictures": 1, "detections": 2, "kept": 1.0, "shift": 0, "extra": 0, "new": 0,
    }  # fmt: skip
    moved = measure.agreement(measure.see(Says(LEFT, RIGHT, miss=0.3), [path]), theirs)
    assert moved["kept"] == 1
    assert moved["shift"] == pytest.approx(0.06, abs=0.002)  # half of 0.3 radii, which are 0.4 sides
    assert measure.agreement(measure.see(Says(LEFT, RIGHT, miss=0.6), [path]), theirs)["kept"] == 0
    fewer = measure.agreement(measure.see(Says(LEFT), [path]), theirs)
    assert (fewer["kept"], fewer["extra"]) == (0.5, 0)
    more = measure.agreement(theirs, measure.see(Says(), [path]))
    assert (more["kept"], more["extra"], more["new"]) == (None, 2, 1)


def test_a_double_of_the_released_detector_need_not_be_seen() -> None:
    person = np.array([[[100.0, 100], [100, 20]], [[110, 100], [180, 90]], [[200, 100], [200, 20]]])
    fewer = measure.agreement([person[[0, 2]]], [person])
    assert (fewer["detections"], fewer["kept"]) == (2, 1.0)
    lost = measure.agreement([person[[0]]], [person])
    assert (lost["detections"], lost["kept"]) == (2, 0.5)


def test_what_is_kept_finds_most_without_faults() -> None:
    def figures(found: float, *faults: str) -> dict[str, object]:
        return {"mean_detected": found, "faults": list(faults)}

    found = {0.5: figures(0.9), 0.7: figures(0.95), 0.8: figures(0.951), 1.0: figures(0.99, "loses people")}
    assert choose.best(found) == 0.7
    assert choose.best({1.0: figures(0.9, "one"), 0.5: figures(0.8, "one", "two")}, force=True) == 1.0
    with pytest.raises(TrainingError, match=r"with 0\.5 of it: one"):
        choose.best({1.0: figures(0.9, "one"), 0.5: figures(0.8, "one")})


def test_the_judge_names_faults(data: Dataset) -> None:
    path = data.pictures[0].path
    judge = choose.Judge(choose.Watch(data, (path,), (path,)), Says(LEFT), lambda _: None)
    assert judge.figures(Says(LEFT, RIGHT))["faults"] == []
    assert judge.figures(Says(LEFT, RIGHT))["mean_detected"] == 1
    lost = judge.figures(Says(RIGHT))["faults"]
    assert lost == ["0.0 % of whom the released one sees in photos, expected 99 %"]
    alarm = judge.figures(Says(LEFT, people.person((160, 150), 30)))["faults"]
    assert alarm == ["false alarms in 1 of 1 validation pictures, before in 0"]
    nobody = choose.Judge(choose.Watch(data, (), (path,)), Says(), lambda _: None)
    assert "sees somebody in 1 of 1 pictures more than the released one" in nobody.figures(Says(LEFT))["faults"]
