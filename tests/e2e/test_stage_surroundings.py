"""Environments, things in front, bystanders and dyes in a real browser: the picture shows what is told of it."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page

from tests.e2e.tracking import open_blank

SIZE = 128
LIT = 20  # of 255: the mean of a picture that is not black; a night as it is would give 1
WIDTH, HEIGHT = 64, 32

SETUP = """async (address) => {
  const { Sampler, renderSample } = await import(`${globalThis.assets}/js/stage/render.js`);
  globalThis.sampler = new Sampler({ environments: { night: address } });
  globalThis.sample = async (seed, recipe, size) => {
    const taken = await renderSample({ seed, recipe, size, sampler, type: "image/png" });
    const { mask, ...truth } = taken.truth;
    const bitmap = await createImageBitmap(taken.image);
    const context = new OffscreenCanvas(size, size).getContext("2d");
    context.drawImage(bitmap, 0, 0);
    const pixels = [...context.getImageData(0, 0, size, size).data];
    const ids = [...mask.ids()];
    const plain = JSON.parse(JSON.stringify(truth, (_, value) => ArrayBuffer.isView(value) ? [...value] : value));
    return { shot: taken.shot, truth: plain, pixels, ids, memory: { ...sampler.renderer.info.memory } };
  };
}"""


def night() -> str:
    """Return a picture all around of radiance 0.002 with one small lamp, as an address."""
    pixels = np.tile(np.array([128, 128, 128, 120], np.uint8), (HEIGHT, WIDTH, 1))
    pixels[6:8, 20:22] = (255, 230, 200, 130)
    content = f"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y {HEIGHT} +X {WIDTH}\n".encode() + pixels.tobytes()
    return "data:image/vnd.radiance;base64," + base64.b64encode(content).decode()


@pytest.fixture(scope="module")
def page(base_url: str, browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    page.set_default_timeout(120_000)
    open_blank(page, base_url)
    page.evaluate(SETUP, night())
    yield page
    page.close()


SUBJECT = {"weight": 1, "motion": "walking", "group": "standing"}
CAST = ["alder", "birch", "cedar"]


def sample(page: Page, seed: int, **recipe: Any) -> Any:
    recipe = {"subjects": [SUBJECT], "characters": CAST, "elevation_rad": [0.1, 0.1], "margin": [0.1, 0.1], **recipe}
    return page.evaluate("([seed, recipe, size]) => sample(seed, recipe, size)", [seed, recipe, SIZE])


def test_a_night_is_no_black_picture_and_the_floor_takes_shadows(page: Page) -> None:
    taken = sample(page, 3, environments=1)
    assert taken["shot"]["environment"]["name"] == "night"
    pixels = np.array(taken["pixels"]).reshape(SIZE, SIZE, 4)[..., :3].mean(2)
    ids = np.array(taken["ids"]).reshape(SIZE, SIZE)
    assert pixels[ids == 1].mean() > LIT
    assert pixels[ids == 0].mean() > LIT
    assert set(np.unique(ids)) == {0, 1}  # the surroundings hide nobody
    sole = max(taken["truth"]["people"][0]["landmarks"][1::3])
    under = pixels[round(sole) - 3 : round(sole) + 4]
    beside = ids[round(sole) - 3 : round(sole) + 4] == 0
    assert under[beside].min() < 0.8 * np.median(pixels[ids == 0])


def test_bystanders_and_things_in_front_are_in_the_truth(page: Page) -> None:
    seen, hidden = 0, 0
    for seed in range(6):
        taken = sample(page, seed, bystanders=1, clutter=1, dyes=1, shadow_px=0)
        subject, *others = taken["truth"]["people"]
        assert subject["role"] == "bystander"  # walks without an aid
        assert subject["character"] == taken["shot"]["character"]
        expected = {one["character"] for one in taken["shot"]["bystanders"]}
        assert {other["character"] for other in others} <= expected
        seen += any(other["box"] for other in others)
        covered = subject["hidden_by"].count("room")
        assert covered <= 0.5 * sum(subject["presence"])
        hidden += covered > 0
    assert seen >= 2
    assert hidden >= 2


def test_what_came_before_leaves_no_trace(page: Page) -> None:
    plain = sample(page, 5)
    everything = {"environments": 1, "clutter": 1, "bystanders": 1, "dyes": 1}
    first = [sample(page, seed, **everything)["memory"] for seed in range(3)][-1]
    second = [sample(page, seed, **everything)["memory"] for seed in range(3)][-1]
    assert second == first
    again = sample(page, 5)
    assert (again["truth"], again["ids"]) == (plain["truth"], plain["ids"])
    # Dyed materials have a shader of their own, which may round the last bit otherwise.
    assert np.abs(np.subtract(again["pixels"], plain["pixels"])).max() <= 2
