"""From the stage's truth to COCO."""

from __future__ import annotations

import numpy as np

from pose.landmarks import NAMES
from tests.training.facts import person, scene
from training.render import coco


def test_key_points_are_the_landmarks_of_their_names() -> None:
    hidden = {"left_wrist": "aid", "right_ankle": "frame"}
    (entry, _) = coco.label(scene(person(hidden)), 3001)
    points = dict(zip(coco.KEYPOINTS, np.array(entry["keypoints"]).reshape(-1, 3).tolist(), strict=True))
    place = NAMES.index("left_wrist")
    assert points["left_wrist"] == [10 + place, 20 + 2 * place, 1]
    assert points["right_ankle"] == [0, 0, 0]
    assert points["nose"] == [10, 20, 2]
    assert entry["num_keypoints"] == 16
    assert entry["hidden_by"][place] == "aid"
    assert entry["landmarks"][NAMES.index("right_ankle")] == [38, 76, -28]  # known although outside
    assert entry["bbox"] == [8, 18, 40, 70]
    assert entry["area"] == 1234


def test_a_limb_that_is_not_there_is_null_everywhere() -> None:
    gone = ("left_wrist", "left_thumb")
    (entry, _) = coco.label(scene(person(gone=gone)), 3001)
    for name in gone:
        place = NAMES.index(name)
        assert entry["landmarks"][place] is None
        assert entry["world_landmarks"][place] is None
        assert entry["visibility"][place] == entry["presence"][place] == 0
    assert entry["not_applicable"] == list(gone)
    assert entry["keypoints"][3 * coco.KEYPOINTS.index("left_wrist") + 2] == 0


def test_the_group_is_the_users_and_aids_name_their_user() -> None:
    user, helper, chair = coco.label(scene(person(), person()), 3001)
    assert user["group"] == "pushed"
    assert "group" not in helper
    assert [user["character"], helper["character"]] == ["alder", "birch"]
    assert [user["estimated"], helper["estimated"]] == [[], ["nose"]]
    assert chair["category_id"] == coco.CATEGORIES.index("wheelchair") + 1
    assert chair["user"] == user["id"]
    assert len({user["id"], helper["id"], chair["id"]}) == 3


def test_who_is_not_seen_at_all_is_left_out() -> None:
    unseen = {**person(), "box": None}
    (chair,) = coco.label(scene(unseen), 3001)
    assert chair["user"] is None


def test_run_lengths_give_the_mask_back() -> None:
    rng = np.random.default_rng(0)
    for mask in (rng.random((7, 5)) < 0.4, np.ones((3, 2), bool), np.zeros((3, 2), bool)):
        code = coco.run_lengths(mask)
        values = np.arange(len(code["counts"])) % 2
        decoded = np.repeat(values, code["counts"]).reshape(code["size"][::-1]).T
        assert (decoded == mask).all()


def test_outlines_are_of_who_they_belong_to() -> None:
    mask = np.zeros((96, 64), np.uint8)
    mask[10:20, 5:9], mask[30:40, 5:9] = 1, 101
    user, chair = coco.label(scene(person()), 3001, mask)
    assert user["segmentation"]["counts"][0] == 5 * 96 + 10
    assert chair["segmentation"]["counts"][0] == 5 * 96 + 30


def test_skeleton_lines_join_key_points_that_exist() -> None:
    (people, *aids) = coco.categories()
    assert people["keypoints"][0] == "nose"
    assert all(1 <= end <= 17 for line in people["skeleton"] for end in line)
    assert [category["name"] for category in aids] == ["wheelchair", "walker", "crutch", "cane"]


def test_bystanders_are_people_with_a_role_and_no_group() -> None:
    stranger = {**person(), "role": "bystander"}
    labels = coco.label(scene(person(), person(), stranger), 3001)
    people = [entry for entry in labels if entry["category_id"] == 1]
    assert [entry["character"] for entry in people] == ["alder", "birch", "cedar"]
    assert [entry.get("group") for entry in people] == ["pushed", None, None]
    assert (people[2]["role"], people[2]["person"]) == ("bystander", 2)
    assert people[2]["num_keypoints"] == 17


def test_a_shot_tells_its_environment_where_it_has_one() -> None:
    inside = scene(person())
    assert "environment" not in coco.image_entry(inside, "images/3.jpg", None)["shot"]
    outside = {**inside["shot"], "environment": {"name": "meadow", "look": {}}, "light": None, "room": None}
    told = coco.image_entry({**inside, "shot": outside}, "images/3.jpg", None)["shot"]
    assert (told["environment"], told["room"]) == ("meadow", None)
