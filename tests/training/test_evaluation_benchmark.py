"""The benchmark's command: what is measured again, what is laid beside what, tables, plots; and MoveNet's regions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import PIL.Image
import pytest

from benchmarks import benchmark_pose, benchmark_pose_movenet, benchmark_pose_pages
from benchmarks.benchmark_pose import Bench, entry_of
from pose.landmarks import COCO17, NAMES, index
from tests import pictures
from training.dataset import GROUPS

MEASURED = ["blazepose-lite-detector", "blazepose-lite-truth"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A benchmark of two people, with the joints that the drawing knows."""
    folder = tmp_path_factory.mktemp("benchmark")
    (folder / "data/images").mkdir(parents=True)
    images, people = [], []
    for number in range(2):
        drawn = pictures.scene(1, number)
        PIL.Image.fromarray(drawn.image).save(folder / f"data/images/{number}.png")
        images.append({"id": number, "file_name": f"images/{number}.png", "width": 640, "height": 480})
        keypoints = [v for name in NAMES for v in (*drawn.joints[0].get(name, (0, 0)), 2 * (name in drawn.joints[0]))]
        person = {"id": number, "image_id": number, "category_id": 1, "keypoints": keypoints, "area": 9000}
        people.append({**person, "group": GROUPS[number]})
    categories = [{"id": 1, "name": "person", "keypoints": list(NAMES)}]
    said = {"info": {"recipe": "test", "seed": 1}, "images": images, "annotations": people, "categories": categories}
    (folder / "data/annotations.json").write_text(json.dumps(said))
    points = np.array(people[0]["keypoints"], float).reshape(-1, 3)[[index(name) for name in COCO17.values()]]
    theirs = [{"image_id": 0, "category_id": 1, "keypoints": points.ravel().tolist(), "score": 0.9}]
    (folder / "theirs.json").write_text(json.dumps(theirs))
    markers = "\n".join(benchmark_pose_pages.MARKERS)
    (folder / "benchmark.md").write_text(f"before\n\n{markers}\nafter\n")
    return folder


def run(folder: Path, monkeypatch: pytest.MonkeyPatch, *more: str) -> Any:
    options = ["--data", folder / "data", "--work", folder / "work", "--json", folder / "out.json"]
    pages = ["--docs", folder / "benchmark.md", "--pictures", folder / "pictures"]
    monkeypatch.setattr("sys.argv", ["benchmark_pose", *map(str, [*options, *pages]), *more])
    assert benchmark_pose.main() == 0
    return json.loads((folder / "out.json").read_text())


def test_one_command_makes_report_plots_and_tables(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    models = [
        "--models",
        "blazepose-lite,blazepose-lite:no-heatmap@truth",
        "--predictions",
        f"theirs={folder}/theirs.json",
    ]
    found = run(folder, monkeypatch, *models)
    plain = "blazepose-lite-no-heatmap-truth"
    assert set(found["results"]) == {*MEASURED, plain, "theirs"}
    assert [(one["before"], one["after"]) for one in found["differences"]] == [(MEASURED[1], plain)]
    theirs = found["results"]["theirs"]["groups"]
    assert (theirs["standing"]["coco_pck@0.2"], theirs["all"]["detected"]) == (1, 0.5)
    document = (folder / "benchmark.md").read_text()
    assert document.startswith("before\n")
    assert document.endswith("after\n")
    value = found["results"]["blazepose-lite-detector"]["groups"]["standing"]["pck@0.2"]
    assert f"| standing | {value:.3f} |" in document
    assert "| model | found |" in document
    for name in ("benchmark", "benchmark_worst"):
        with PIL.Image.open(folder / f"pictures/{name}.webp") as picture:
            assert min(picture.size) >= benchmark_pose_pages.TILE


def test_only_what_has_changed_is_measured_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(folder, monkeypatch, "--models", "blazepose-lite", "--roi", "detector")
    bench = Bench(folder / "data", folder / "work")
    entry = entry_of("blazepose-lite", "detector")
    kept = bench.kept(entry.name, entry.digests())
    assert kept is not None
    assert bench.measure(entry, {}) == kept  # without a detector: nothing is measured
    assert bench.kept(entry.name, {**entry.digests(), "model": "another"}) is None
    path = folder / "data/annotations.json"
    path.write_text(path.read_text() + "\n")
    assert Bench(folder / "data", folder / "work").kept(entry.name, entry.digests()) is None


def test_names_say_what_is_measured() -> None:
    plain = entry_of("blazepose-full", "truth")
    assert (plain.label, plain.name) == ("blazepose-full", "blazepose-full-truth")
    taught = entry_of("blazepose-full-inclusive+person-detector-inclusive:no-heatmap", "detector")
    assert (taught.model, taught.heatmap) == ("blazepose-full-inclusive", False)
    assert taught.name == "blazepose-full-inclusive+person-detector-inclusive-no-heatmap-detector"
    with pytest.raises(SystemExit, match="expected MODEL"):
        entry_of("blazepose-full:upside-down", "truth")


def test_a_document_without_its_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other.md").write_text("# Other\n")
    with pytest.raises(SystemExit, match="expected the lines"):
        benchmark_pose_pages.fill(tmp_path / "other.md", {})


def test_a_mistake_ends_with_words(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SystemExit, match="'nothing': expected one of blazepose-lite"):
        run(folder, monkeypatch, "--models", "nothing")


def standing(x: float, y: float, torso: float) -> npt.NDArray[np.float64]:
    """COCO's points of somebody upright whose hip centre is at x, y."""
    points = np.full((17, 3), [x, y, 0.9])
    points[benchmark_pose_movenet._SHOULDERS, 1] -= torso
    points[:5, 1] -= 1.5 * torso
    points[13:, 1] += 2 * torso
    return points


def test_the_second_look_is_around_whom_the_first_one_saw() -> None:
    """MoveNet's crop loop: 1.9 times the torso, 1.2 times the body, about the hips."""
    region = benchmark_pose_movenet.around(standing(300, 200, 50), (640, 480))
    assert region is not None
    assert (region.x_center, region.y_center, region.rotation) == (300, 200, 0)
    assert region.width == region.height == pytest.approx(2 * 1.2 * 100)
    unsure = standing(300, 200, 50)
    unsure[benchmark_pose_movenet._HIPS, 2] = 0.1
    assert benchmark_pose_movenet.around(unsure, (640, 480)) is None
    assert benchmark_pose_movenet.around(standing(300, 200, 200), (640, 480)) is None  # all of the picture


def test_points_come_back_to_the_picture() -> None:
    """A network that always sees somebody in the middle of its input: 0.5, 0.5 of the crop is the picture's middle."""
    image = np.zeros((480, 640, 3), np.uint8)
    looks = []

    def middle(levels: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
        looks.append(levels.shape)
        return np.tile([0.5, 0.25, 0.8], 17)  # y, x, score

    ((score, points),) = benchmark_pose_movenet.one_person(middle, image, 192)
    assert looks == [(192, 192, 3)] * 2
    assert score == pytest.approx(0.8)
    # First 160, 240; the second region is a point there, as all points are one.
    assert points[:, :2] == pytest.approx(np.tile([160, 240], (17, 1)))
    assert benchmark_pose_movenet.one_person(lambda _: np.zeros(51), image, 192) == []


def test_several_people_come_back_to_the_picture() -> None:
    said = np.zeros((6, 56))
    said[0, :51] = np.tile([0.5, 0.5, 0.9], 17)
    said[0, 55] = 0.7
    image = np.zeros((450, 640, 3), np.uint8)  # 320 x 225 when scaled, padded to 320 x 256
    shapes = []

    def six(levels: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
        shapes.append(levels.shape)
        return said

    ((score, points),) = benchmark_pose_movenet.several_people(six, image)
    assert shapes == [(256, 320, 3)]
    assert score == pytest.approx(0.7)
    assert points[0, :2] == pytest.approx([320, 0.5 * 256 / 225 * 450])
