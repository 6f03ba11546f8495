"""Why other tests may trust the drawn people: Google's own files, in TFLite's interpreter, see people in them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
from ai_edge_litert.interpreter import Interpreter

from converter import sources
from tests.pictures import Scene, bodies, crops, photos, scene
from tests.rasteriser import Surface, draw

Values = npt.NDArray[np.float32]
SIZE = 256  # px, the landmark network's input
# BlazePose's landmark numbers
LANDMARKS = {
    "left_shoulder": 11,
    "right_shoulder": 12,
    "left_hip": 23,
    "right_hip": 24,
    "left_ankle": 27,
    "right_knee": 26,
}


def interpreter(name: str) -> Callable[[Values], list[Values]]:
    network = Interpreter(model_content=sources.find(name).read_bytes())
    network.allocate_tensors()
    (image,) = network.get_input_details()

    def run(values: Values) -> list[Values]:
        network.set_tensor(image["index"], values[None])
        network.invoke()
        return [network.get_tensor(details["index"])[0] for details in network.get_output_details()]

    return run


@pytest.fixture(scope="module")
def people() -> list[Scene]:
    return [scene(1, seed, SIZE, SIZE) for seed in range(30)]


def test_the_landmark_network_is_sure_of_nearly_all_of_them(people: list[Scene]) -> None:
    run = interpreter("blazepose-full")
    flags = np.array([run(person.image.astype(np.float32) / 255)[1][0] for person in people])
    assert np.mean(flags > 0.9) >= 0.95, np.sort(flags)


def test_the_landmark_network_finds_the_joints_where_they_were_put(people: list[Scene]) -> None:
    run = interpreter("blazepose-full")
    errors = []
    for person in people:
        (joints,) = person.joints
        points = run(person.image.astype(np.float32) / 255)[0].reshape(39, 5)[:, :2]
        middle = {
            part: np.mean([joints[f"{side}_{part}"] for side in ("left", "right")], 0) for part in ("shoulder", "hip")
        }
        torso = np.linalg.norm(middle["shoulder"] - middle["hip"])
        errors += [np.linalg.norm(points[number] - joints[name]) / torso for name, number in LANDMARKS.items()]
    # in torso lengths; the two conventions of where a joint is differ by about 0.1
    assert np.median(errors) < 0.12
    assert np.mean(np.array(errors) < 0.25) > 0.95


def test_the_detector_is_sure_of_them() -> None:
    run = interpreter("person-detector")
    logits = [run(image.astype(np.float32) / 127.5 - 1)[1].max() for image in bodies(20, seed=3, size=224)]
    assert np.mean(1 / (1 + np.exp(-np.array(logits))) > 0.8) >= 0.95


def test_pictures_depend_on_the_seed_alone() -> None:
    for one, other in zip(crops(12, 64, seed=5), crops(12, 64, seed=5), strict=True):
        np.testing.assert_array_equal(one, other)
    assert not np.array_equal(crops(1, 64, seed=5)[0], crops(1, 64, seed=6)[0])


def test_crops_are_floats_of_the_networks_range() -> None:
    result = crops(20, 96, seed=0)
    assert all(crop.shape == (96, 96, 3) and crop.dtype == np.float32 for crop in result)
    assert all(crop.min() >= 0 and crop.max() <= 1 and crop.std() > 0.02 for crop in result)
    assert len({crop.tobytes() for crop in result}) == 20


def test_scenes_hold_as_many_people_as_asked_for_side_by_side() -> None:
    picture = scene(people=3, seed=1, width=800, height=480)
    assert picture.image.shape == (480, 800, 3)
    middles = [(joints["left_hip"][0] + joints["right_hip"][0]) / 2 for joints in picture.joints]
    assert middles == sorted(middles)
    assert all(0 < middle < 800 for middle in middles)
    assert min(np.diff(middles)) > 40  # px


def test_photographs_are_colour_pictures() -> None:
    assert {name: photo.shape for name, photo in photos().items()} == {"astronaut": (512, 512, 3)}


def test_the_rasteriser_draws_the_nearer_of_two_triangles() -> None:
    image = np.zeros((8, 8, 3))
    corners = np.array([[0, 0], [8, 0], [0, 8]], float)

    def flat(depth: float, colour: float) -> Surface:
        points = np.column_stack([corners, np.full(3, depth)])
        return Surface(points, np.full((3, 3), colour), np.array([[0, 1, 2]]))

    draw(image, [flat(2, 0.5), flat(1, 1.0), flat(3, 0.25)])
    inside = np.add.outer(np.arange(8) + 0.5, np.arange(8) + 0.5) <= 8
    np.testing.assert_array_equal(image[..., 0], np.where(inside, 1.0, 0.0))


def test_the_rasteriser_clips_and_interpolates() -> None:
    image = np.zeros((4, 4, 3))
    points = np.array([[-4.0, -4, 1], [12, -4, 1], [-4, 12, 1]])
    colours = np.repeat(np.array([[0.0], [1], [0]]), 3, axis=1)
    draw(image, [Surface(points, colours, np.array([[0, 1, 2]]))])
    expected = (np.arange(4) + 0.5 + 4) / 16
    inside = np.add.outer(np.arange(4) + 0.5, np.arange(4) + 0.5) <= 8
    np.testing.assert_allclose(image[..., 1], np.where(inside, expected[None], 0), atol=1e-12)
