"""Who is drawn."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.characters.recipes import RECIPES
from training.errors import RecipeError
from training.render import people

NAMES = [name for cast in people.CASTS.values() for name in cast.names]


def test_sets_of_people_share_nobody() -> None:
    assert len(set(NAMES)) == len(NAMES)
    assert not set(NAMES) & {recipe.name for recipe in RECIPES}


@pytest.mark.parametrize("name", NAMES)
def test_held_out_people_have_faces_and_clothes_of_their_own(name: str) -> None:
    person = people.person(name)
    assert person == people.person(name)
    assert person.seed not in {recipe.seed for recipe in RECIPES}
    assert person.shirt.cloth not in [recipe.shirt.cloth for recipe in RECIPES]
    assert person.full_body not in [recipe.full_body for recipe in RECIPES]


def test_limb_differences_are_those_of_the_casts() -> None:
    differing = {name for name in NAMES if people.person(name).prosthesis or people.person(name).missing_forearm}
    assert differing == {name for cast in people.CASTS for name in people.limb_difference(cast)}
    assert people.limb_difference("shipped")
    assert set(people.limb_difference("shipped")) < set(people.shipped())


def test_takes_characters_from_files_and_folders(tmp_path: Path) -> None:
    for name in ("a.glb", "deep/b.VRM", "readme.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"glTF")
    assert sorted(people.from_files([tmp_path])) == ["a", "b"]
    with pytest.raises(RecipeError, match=r"readme.txt: expected a character as .glb or .vrm"):
        people.from_files([tmp_path / "readme.txt"])
    with pytest.raises(RecipeError, match="another character called a"):
        people.from_files([tmp_path / "a.glb", tmp_path])
