"""The parts of teaching: optimizer, cut, kept views, loop, choice, guard, calibration, recipes."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from PIL import Image

from pose.landmarks import COUNT
from training.data import NONE, TARGETS
from training.dataset import Dataset, Person, Picture
from training.errors import DataError, RecipeError, TrainingError
from training.evaluation.figures import calibration_error
from training.teaching import choice, guard, network, recipe
from training.teaching.calibration import fit
from training.teaching.division import apart
from training.teaching.loop import Batches, Plan, teach
from training.teaching.optimizer import RelativeAdam, relative_scales
from training.teaching.sources import Nobody, completed
from training.teaching.views import CHUNK, Mixture, Share, keep

# Keras 3 turns TensorFlow 2.19's variables into arrays in a way that numpy 2 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")
RATE = 0.01
SAME = 1e-4  # of float32 sums in another order, over a dozen steps


def small() -> Any:
    """A network with all kinds of weights, whose channels differ in scale by a thousand."""
    keras.utils.set_random_seed(3)
    image = keras.Input((8, 8, 2))
    x = keras.layers.Conv2D(4, 3, padding="same", name="conv_2d_1")(image)
    x = keras.layers.DepthwiseConv2D(3, name="depthwise_conv_2d_2")(x)
    x = keras.layers.ReLU(name="depthwise_conv_2d_2_relu")(x)
    model = keras.Model(image, keras.layers.Conv2D(1, 6, name="conv_2d_3")(x))
    kernel, bias = model.get_layer("conv_2d_1").get_weights()
    model.get_layer("conv_2d_1").set_weights([kernel * [1e-2, 1, 10, 0], bias])
    return model


class Sums(Batches):
    """Pictures whose answer is the sum of their first channel."""

    def __getitem__(self, index: int) -> tuple[tuple[np.ndarray, ...], np.ndarray]:
        images = np.random.default_rng([self.round, index]).normal(size=(16, 8, 8, 2)).astype(np.float32)
        return (images,), images[..., 0].mean((1, 2))


def squares(outputs: Any, wanted: Any) -> Any:
    return keras.ops.mean(keras.ops.square(keras.ops.reshape(outputs, (-1,)) - wanted))


def test_a_step_is_a_share_of_the_channel() -> None:
    model = small()
    scales = relative_scales(model)
    optimizer = RelativeAdam(RATE, scales)
    before = network.weights(model)
    optimizer.build(model.trainable_variables)
    optimizer.apply_gradients([(keras.ops.ones_like(v) * 1e-4, v) for v in model.trainable_variables])
    for was, now, scale in zip(before, network.weights(model), scales, strict=True):
        # The first step of Adam is the sign of the gradient.
        assert np.abs(was - now - RATE * scale).max() <= 1e-3 * RATE * scale.max()
    kernel = model.get_layer("conv_2d_1").get_weights()[0]
    assert scales[0].shape == (1, 1, 1, 4)
    assert scales[0][..., 1] == pytest.approx(np.sqrt((before[0][..., 1] ** 2).mean()), rel=1e-5)
    assert scales[0][..., 3] > 0, "a channel of zeros can wake up"
    assert scales[2].shape == (1, 1, 4, 1), "a depthwise kernel's channels are its third axis"
    assert kernel.shape == (3, 3, 2, 4)


def test_scales_for_other_variables_are_refused() -> None:
    model = small()
    with pytest.raises(ValueError, match="expected 1 variables"):
        RelativeAdam(RATE, relative_scales(model)[:1]).build(model.trainable_variables)


@pytest.fixture(scope="module")
def lite() -> Any:
    return network.open_released("blazepose-lite")


def test_both_halves_make_the_whole(lite: Any) -> None:
    early, late = network.split(lite, "add_225")
    images = np.random.default_rng(0).random((2, 256, 256, 3)).astype(np.float32)
    whole = lite.predict_on_batch(images)
    halves = late.predict_on_batch(early.predict_on_batch(images))
    for name, values in whole.items():
        assert np.abs(halves[name] - values).max() <= SAME * max(1, np.abs(values).max()), name
    shared = {id(variable) for variable in lite.trainable_variables}
    assert {id(v) for half in (early, late) for v in half.trainable_variables} == shared


@pytest.mark.parametrize("cut", ["add_9999", "conv_2d_311_relu", ""])
def test_a_cut_that_is_no_layer_is_refused(lite: Any, cut: str) -> None:
    with pytest.raises(TrainingError, match="has no layer called"):
        network.split(lite, cut)


def test_unknown_networks_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="expected one of"):
        network.open_released("blazepose-medium")
    with pytest.raises(TrainingError, match="expected a network saved by Keras"):
        network.open_taught(tmp_path / "nothing.keras")


def test_weights_are_mixed_on_a_line() -> None:
    released, taught = [np.zeros(2, np.float32)], [np.array([1, 4], np.float32)]
    assert network.mix(released, taught, 0.25)[0].tolist() == [0.25, 1]


class Counted:
    """A source that shows its numbers, and may be stopped."""

    def __init__(self, last: int = 10**6) -> None:
        self.last, self.shown = last, []

    def view(self, number: int) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        if number >= self.last:
            raise KeyboardInterrupt
        self.shown.append(number)
        targets = {name: np.full(shape, number, np.float32) for name, shape in TARGETS.items()}
        return np.full((256, 256, 3), (number % 256) / 255, np.float32), targets


def test_views_are_taken_up_where_they_were_left(tmp_path: Path) -> None:
    count = 3 * CHUNK + 5
    with pytest.raises(KeyboardInterrupt):
        keep(Counted(2 * CHUNK + 3), count, None, tmp_path, "one")
    source = Counted()
    told: list[int] = []
    views = keep(source, count, None, tmp_path, "one", told.append)
    assert sorted(source.shown)[:2] == [0, 2 * CHUNK], "the first tells shapes; whole chunks are not made again"
    assert sum(told) == count
    (images,), targets = views.read(np.array([0, 1, count - 1]))
    assert images[:, 0, 0, 0] * 255 == pytest.approx([0, 1, count - 1])
    assert targets["flag"].ravel().tolist() == [0, 1, count - 1]
    again = Counted()
    keep(again, count, None, tmp_path, "one")
    assert again.shown == [0]
    keep(again, count, None, tmp_path, "another")
    assert len(again.shown) == count + 2, "views of something else are made anew"


def test_batches_hold_their_shares_and_depend_on_the_seed_alone(tmp_path: Path) -> None:
    many, few = (keep(Counted(), n, None, tmp_path / str(n), "x") for n in (40, 20))
    batches = Mixture([Share(many, 6), Share(few, 2), Share(few, 0)], 3, seed=5)
    (images,), targets = batches[1]
    assert images.shape == (8, 256, 256, 3)
    assert targets["flag"].shape == (8, 1)
    assert targets["flag"][6:].max() < 20
    same = Mixture([Share(many, 6), Share(few, 2)], 3, seed=5)
    assert np.array_equal(same[1][1]["flag"], targets["flag"])
    same.on_epoch_end()
    assert not np.array_equal(same[1][1]["flag"], targets["flag"])


PLAN = Plan(rounds=3, steps=4, rate=0.02, warm_up=2, average=0.5)


def test_a_stopped_run_ends_where_an_unbroken_one_does(tmp_path: Path) -> None:
    ticks: list[int] = []
    whole = small()
    teach(whole, Sums(4), squares, PLAN, tmp_path / "whole", examine=lambda: {"seen": 1.0}, tick=ticks.append)
    assert sum(ticks) == 12
    log = [json.loads(line) for line in (tmp_path / "whole/log.jsonl").read_text().splitlines()]
    assert [line["round"] for line in log] == [1, 2, 3]
    assert log[-1]["loss"] < 0.8 * log[0]["loss"], "it learns"
    assert log[0]["seen"] == 1

    def stop() -> dict[str, float]:
        raise KeyboardInterrupt

    broken = small()
    with pytest.raises(KeyboardInterrupt):
        teach(broken, Sums(4), squares, PLAN, tmp_path / "broken", examine=stop)
    resumed = small()
    teach(resumed, Sums(4), squares, PLAN, tmp_path / "broken")
    for one, other in zip(network.weights(whole), network.weights(resumed), strict=True):
        assert np.abs(one - other).max() <= SAME * max(1, np.abs(one).max())
    once_more = small()
    teach(once_more, Sums(4), squares, PLAN, tmp_path / "broken")
    assert all(map(np.array_equal, network.weights(resumed), network.weights(once_more))), "it is not taught again"


def test_the_average_is_what_stays(tmp_path: Path) -> None:
    lazy = small()
    before = network.weights(lazy)
    teach(lazy, Sums(4), squares, replace(PLAN, average=0.999), tmp_path / "lazy")
    quick = small()
    teach(quick, Sums(4), squares, replace(PLAN, average=0.0), tmp_path / "quick")
    moved = [
        sum(float(np.abs(a - b).sum()) for a, b in zip(before, network.weights(m), strict=True)) for m in (lazy, quick)
    ]
    assert 0 < moved[0] < 0.3 * moved[1]


def test_a_loss_that_is_no_number_ends_the_run(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"the loss became nan in round 0"):
        teach(small(), Sums(2), lambda outputs, wanted: squares(outputs, wanted) * np.nan, PLAN, tmp_path)


def test_a_folder_of_another_network_is_refused(tmp_path: Path) -> None:
    teach(small(), Sums(4), squares, PLAN, tmp_path)
    other = keras.Sequential([keras.Input((8, 8, 2)), keras.layers.Conv2D(1, 8)])
    with pytest.raises(TrainingError, match="another network or plan"):
        teach(other, Sums(4), squares, PLAN, tmp_path)


def test_labels_are_completed_and_never_overruled() -> None:
    shapes = TARGETS.items()
    labels = {name: np.zeros(shape, np.float32) for name, shape in shapes}
    teacher = {name: np.full(shape, 0.5, np.float32) for name, shape in shapes}
    labels["landmarks"][3] = 7
    labels["landmarks_weight"][3] = 1
    labels["visibility"][3], labels["visibility_weight"][3] = 1, 1
    found = completed(labels, teacher)
    assert found["landmarks"][3].tolist() == [7, 7, 0.5], "depth is the teacher's"
    assert (found["landmarks_weight"][3], found["z_weight"][3]) == (1, 0.5)
    assert found["landmarks"][4].tolist() == [0.5] * 3
    assert found["visibility"][3] == 1
    assert (found["world_weight"] == 0.5).all()


def test_calibration_finds_how_logits_were_bent() -> None:
    random = np.random.default_rng(1)
    honest = random.normal(0, 2, 20_000)
    truth = (random.random(honest.size) < 1 / (1 + np.exp(-honest))).astype(float)
    gain, offset = fit((honest - 1) / 3, truth)
    assert gain == pytest.approx(3, rel=0.1)
    assert offset == pytest.approx(1, abs=0.1)

    def error(logits: np.ndarray) -> float:
        said = 1 / (1 + np.exp(-logits))
        place = np.minimum((said * 10).astype(int), 9)
        return float(
            calibration_error(np.stack([np.bincount(place, w, 10) for w in (np.ones(said.size), said, truth)], 1))
        )

    assert error((honest - 1) / 3) > 0.1
    assert error(gain * (honest - 1) / 3 + offset) < 0.02


def test_a_landmark_that_is_always_seen_stays_in_bounds() -> None:
    gain, offset = fit(np.full(300, 2.0), np.ones(300))
    assert 0.05 < gain < 20
    assert abs(offset) <= 10


def summary(standing: float) -> dict[str, Any]:
    return {"groups": {"all": {"pck@0.2": 0.9}, "standing": {"pck@0.2": standing}, "walker": {"pck@0.2": 0.7}}}


def test_the_guard_speaks_when_something_is_lost() -> None:
    fine = guard.Drift(50, 0.01, 0.02, 0.0)
    assert list(guard.complaints(summary(0.95), summary(0.945), fine)) == []
    (text,) = guard.complaints(summary(0.95), summary(0.93), None)
    assert "standing people lose 2.0 points" in text
    far = guard.Drift(50, 0.1, 0.2, 0.05)
    said = " ".join(guard.complaints(summary(0.95), summary(0.95), far))
    assert "0.100 torsos (median)" in said
    assert "20.0 %" in said
    assert "5.0 % of ordinary people are not seen" in said


def _says(shift: float, flag: float = 1.0) -> Any:
    raw = np.random.default_rng(2).uniform(60, 190, (39, 5)).astype(np.float32)
    raw[[11, 12], :2], raw[[23, 24], :2] = [[140, 80], [110, 80]], [[135, 140], [115, 140]]
    raw[:, 0] += shift

    def network_(levels: Any) -> dict[str, Any]:  # noqa: ARG001
        return {"landmarks": raw.ravel(), "world": np.zeros(117, np.float32), "flag": np.array([flag], np.float32)}

    return network_


def test_drift_is_measured_in_torsos() -> None:
    crops = [np.zeros((256, 256, 3), np.float32)] * 3
    assert guard.drift(_says(0), _says(0), crops) == guard.Drift(3, 0, 0, 0)
    moved = guard.drift(_says(0), _says(15, flag=0.2), crops)
    assert moved.median == pytest.approx(15 / 60, rel=1e-3), "the torso is 60 px long"
    assert (moved.far, moved.missed) == (1, 1)
    with pytest.raises(ValueError, match="sees nobody"):
        guard.drift(_says(0, flag=0.1), _says(0), crops)


def test_the_best_that_may_leave_is_chosen_and_the_nearest_of_equals() -> None:
    def candidate(share: float, score: float, *complaints: str) -> choice.Candidate:
        return choice.Candidate(share, score, complaints, {}, None)

    some = [candidate(0.4, 0.80), candidate(0.6, 0.899), candidate(0.8, 0.90), candidate(1.0, 0.95, "lost")]
    assert choice.choose(some).share == 0.6
    assert choice.choose([candidate(0.5, 0.7, "a"), candidate(1.0, 0.9, "b")]).share == 1.0
    assert choice.score(summary(0.9)) == pytest.approx(0.8), "groups count alike"


def people(count: int) -> Dataset:
    """Pictures of one person each, the last four of them a sequence."""
    nowhere = np.full((COUNT, 3), np.nan)
    person = Person(1, None, None, (0, 0, 1, 1), 1, nowhere, nowhere, nowhere[:, 0], nowhere[:, 0])
    films = [None] * (count - 4) + [9] * 4
    return Dataset(
        Path("mine.json"),
        tuple(Picture(k, Path(f"{k}.jpg"), (1, 1), (person,), film, 0.0) for k, film in enumerate(films)),
    )


def test_held_out_pictures_stay_held_out_and_sequences_whole() -> None:
    taught, held = apart(people(44))
    assert len(taught.pictures) + len(held.pictures) == 44
    assert 6 <= len(held.pictures) <= 12
    assert not {p.sequence for p in taught.pictures} & {p.sequence for p in held.pictures} - {None}
    assert [p.id for p in apart(people(44))[1].pictures] == [p.id for p in held.pictures]
    with pytest.raises(DataError, match="at least 10 pictures with people, got 5"):
        apart(people(8))


@pytest.mark.parametrize("name", recipe.names())
def test_recipes_that_come_along_can_be_read(name: str, lite: Any) -> None:
    found = recipe.load(name)
    assert all(found.head[key] for key in ("about", "command"))
    for stage in found.stages:
        if found.source == "blazepose-lite" and stage.cut:
            network.split(lite, stage.cut)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"source": None}, "source missing"),
        ({"stages": []}, "stages: expected a list of at least one"),
        ({"rates": 1}, "unknown rates"),
        ({"batch": {"labelled": -1}}, "batch.labelled: expected a number from 0, got -1"),
        ({"shares": [0, 1]}, "shares: expected numbers above 0"),
        ({"stages": [{"name": "a", "rounds": 0, "steps": 1, "rate": 0.1}]}, r"stages\[0\].rounds: expected a whole"),
        (
            {"stages": [{"name": "a", "rounds": 1, "steps": 1, "rate": 2}]},
            r"stages\[0\].rate: expected a number from 0",
        ),
        ({"stages": [{"name": "a", "steps": 1, "rate": 0.1}]}, r"stages\[0\]: rounds missing"),
        ({"variation": {"zoom": 1}}, "variation: unknown zoom"),
    ],
)
def test_a_wrong_recipe_is_refused_in_words(tmp_path: Path, change: dict[str, Any], words: str) -> None:
    said = {"source": "blazepose-lite", "stages": [{"name": "a", "rounds": 1, "steps": 1, "rate": 0.1}], **change}
    path = tmp_path / "mine.json"
    path.write_text(json.dumps({key: value for key, value in said.items() if value is not None}))
    with pytest.raises(RecipeError, match=words) as caught:
        recipe.load(str(path))
    assert str(path) in str(caught.value)


def test_a_recipe_that_is_not_there_is_named() -> None:
    with pytest.raises(RecipeError, match="'nothing' is neither"):
        recipe.load("nothing")
    assert NONE.mirror == 0


@pytest.mark.parametrize(("flag", "weight"), [(0.05, 1), (0.9, 0)])
def test_a_passer_by_in_a_picture_of_nobody_is_not_taught_away(tmp_path: Path, flag: float, weight: int) -> None:
    path = tmp_path / "street.png"
    Image.fromarray(np.full((80, 60, 3), 99, np.uint8)).save(path)
    _, targets = Nobody([path], _says(0, flag), NONE, 1).view(0)
    assert (targets["flag"].item(), targets["flag_weight"].item()) == (0, weight)
    assert not any(values.any() for name, values in targets.items() if name != "flag_weight")
