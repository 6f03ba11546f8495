"""What a recipe asks for, and the plan that follows."""

from __future__ import annotations

import json
from collections import Counter
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from training.errors import RecipeError
from training.render import people
from training.render.recipe import HEAD, Job, Recipe, load, names, parse_shard, plan

PARTS = [
    {"stills": 3, "stage": {"rooms": {"studio": 1}}},
    {"sequences": 1, "frames": 4, "fps": 20, "stage": {"rooms": {"office": 1}}},
]


def written(tmp_path: Path, **said: Any) -> Recipe:
    path = tmp_path / "mine.json"
    path.write_text(json.dumps({"parts": PARTS, **said}))
    return load(str(path))


def pictures(jobs: list[Job]) -> list[str]:
    return [name for job in jobs for name in job.names]


def test_a_plan_has_as_many_pictures_as_asked_for_and_cuts_the_last_sequence(tmp_path: Path) -> None:
    recipe = written(tmp_path)
    for count in (1, 5, 7, 20):
        assert len(pictures(list(plan(recipe, count, 0)))) == count
    whole = list(plan(recipe, 7, 0))
    assert [len(job.times) for job in whole] == [1, 1, 4, 1]
    assert whole[2].times == (0.0, 0.05, 0.1, 0.15)
    assert pictures(whole)[2] == "000002_000"


def test_any_beginning_of_a_plan_shows_the_mixture(tmp_path: Path) -> None:
    recipe = written(tmp_path, parts=[{"stills": 6, "stage": {"a": 1}}, {"stills": 3, "stage": {"b": 1}}])
    first = Counter(next(iter(job.stage)) for job in list(plan(recipe, 9, 0))[:5])
    assert first["a"] >= 3
    assert first["b"] >= 1


def test_shards_share_the_plan(tmp_path: Path) -> None:
    recipe = written(tmp_path)
    whole = list(plan(recipe, 40, 7))
    shards = [job for first in range(3) for job in plan(recipe, 40, 7, (first, 3))]
    assert sorted(shards, key=lambda job: job.shot) == whole


def test_a_longer_plan_begins_with_the_shorter_one(tmp_path: Path) -> None:
    recipe = written(tmp_path, sizes=[[64, 64], [96, 64]], quality=[0.5, 0.9])
    assert list(plan(recipe, 60, 7))[:10] == list(plan(recipe, 19, 7))[:10]
    other = list(plan(recipe, 60, 8))
    assert not {job.seed for job in other} & {job.seed for job in plan(recipe, 60, 7)}
    assert {job.size for job in other} == {(64, 64), (96, 64)}
    assert all(0.5 <= job.quality <= 0.9 for job in other)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"parts": []}, "parts: expected a list of at least one"),
        ({"parts": [{"stills": -1, "stage": {}}]}, r"parts\[0\].stills: expected a number in 0..1000000, got -1"),
        ({"parts": [{"stage": {}}]}, r"parts\[0\]: expected stills or sequences above 0"),
        ({"parts": [{"stills": 1}]}, r"parts\[0\]: expected an object of .* with a stage"),
        ({"parts": [{"stage": {}, "frames": 1000}]}, "frames: expected a number in 2..999"),
        ({"stage": []}, "stage: expected an object"),
        ({"people": "everybody"}, "people: expected one of shipped, held-out, validation, got 'everybody'"),
        ({"sizes": [[512]]}, r"sizes: expected \[width, height\]"),
        ({"sizes": [[8, 8]]}, r"in 32..4096 px, got \[8, 8\]"),
        ({"quality": [0.9, 0.5]}, "quality: expected"),
        ({"qualty": [0.5, 0.9]}, "unknown qualty; known: "),
    ],
)
def test_refuses_a_bad_recipe_and_says_where(tmp_path: Path, said: dict[str, Any], expected: str) -> None:
    with pytest.raises(RecipeError, match=expected) as caught:
        written(tmp_path, **said)
    assert "mine.json" in str(caught.value)


def test_names_the_line_that_is_no_json(tmp_path: Path) -> None:
    path = tmp_path / "broken.json"
    path.write_text('{\n "parts": [\n}')
    with pytest.raises(RecipeError, match=r"broken\.json:3: no JSON"):
        load(str(path))


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(RecipeError, match="benchmark, convention, default, validation"):
        load("nothing")


@pytest.mark.parametrize("text", ["0/2", "3/2", "1", "a/b", "-1/2"])
def test_refuses_a_bad_shard(text: str) -> None:
    with pytest.raises(RecipeError, match="1 <= i <= n"):
        parse_shard(text)


@pytest.mark.parametrize("name", names())
def test_each_recipe_tells_its_command_time_and_result(name: str) -> None:
    recipe = load(name)
    assert all(recipe.head[key] for key in HEAD)
    assert f"--recipe {name} " in recipe.head["command"]


def _chances(name: str) -> dict[str, set[str]]:
    """What may come up in a recipe; motions with each choice of their options and the aids' parameters."""
    found: dict[str, set[str]] = {"rooms": set(), "lights": set(), "motions": set()}
    for part in load(name).parts:
        for key in ("rooms", "lights"):
            found[key] |= {name for name, weight in part.stage[key].items() if weight > 0}
        for subject in part.stage["subjects"]:
            options = subject.get("options", {})
            for values in product(*options.values()):
                choice = [*zip(options, values, strict=True), *sorted(subject.get("params", {}).items())]
                found["motions"].add(f"{subject['motion']} {subject.get('equipment')} {choice}")
    return found


@pytest.mark.parametrize("kept", ["benchmark", "validation"])
def test_training_does_not_see_what_models_are_judged_on(kept: str) -> None:
    seen, unseen = _chances("default"), _chances(kept)
    for key, values in unseen.items():
        assert values
        assert not values & seen[key], key
    assert load(kept).people in people.CASTS
    assert load("default").people == "shipped"
    assert not set(people.CASTS[load(kept).people].names) & set(people.shipped())


def test_the_benchmark_is_as_large_as_promised() -> None:
    recipe = load("benchmark")
    words = recipe.head["command"].split()
    count, seed = (int(words[words.index(option) + 1]) for option in ("--count", "--seed"))
    jobs = list(plan(recipe, count, seed))
    assert count >= 2000
    assert sum(job.sequence for job in jobs) >= 40
    per_group = Counter()
    for job in jobs:
        (group,) = {(subject["group"], json.dumps(job.stage.get("views"))) for subject in job.stage["subjects"]}
        per_group[group] += len(job.times)
    assert len(per_group) == 9
    assert len(set(per_group.values())) == 1
