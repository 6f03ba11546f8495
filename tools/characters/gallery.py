"""A picture of the characters with their aids, drawn by the stage itself."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Route, sync_playwright

from tools.characters.preview import GL, TYPES

ROOT = Path(__file__).resolve().parents[2]
ORIGIN = "http://gallery.invalid"
COLUMNS = 4
FRONT, QUARTER, BEHIND = 0.35, 0.75, 2.5  # the camera's azimuth, radians from the front towards the person's left
PUSHED = {"push_handles": True, "backrest_height_m": 0.42}
# Who does what with which aid, seen from where, in which room and light.
SCENES: tuple[tuple[str, str, tuple[str, ...], dict[str, Any]], ...] = (
    ("alder", "wheelchair_push", ("manual_wheelchair",), {"azimuth": QUARTER, "room": "clinic"}),
    ("birch", "wheelchair_rest", ("manual_wheelchair",), {"azimuth": -QUARTER, "room": "living_room"}),
    ("cedar", "cane_walk", ("cane",), {"azimuth": -QUARTER, "room": "corridor"}),
    ("hazel", "power_drive", ("power_wheelchair",), {"azimuth": QUARTER, "room": "office"}),
    ("juniper", "wheelchair_push", ("manual_wheelchair",), {"azimuth": -QUARTER, "room": "street"}),
    ("linden", "walking", (), {"azimuth": QUARTER, "room": "street"}),
    ("maple", "reaching", (), {"azimuth": -QUARTER, "room": "office"}),
    ("olive", "rollator_walk", ("rollator",), {"azimuth": QUARTER, "room": "clinic"}),
    ("rowan", "crutch_three_point", ("forearm_crutch", "forearm_crutch"), {"azimuth": -FRONT, "room": "clinic"}),
    ("sorrel", "wheelchair_push", ("manual_wheelchair",), {"azimuth": BEHIND, "room": "living_room"}),
    ("willow", "walker_step_to", ("walker",), {"azimuth": -QUARTER, "room": "living_room"}),
    (
        "laurel",
        "wheelchair_pushed",
        ("manual_wheelchair",),
        {"azimuth": 1.3, "room": "corridor", "attendant": "alder", "params": PUSHED},
    ),
)
LIGHTS = {"clinic": "studio", "living_room": "window", "corridor": "studio", "office": "window", "street": "daylight"}
DRAW = """async ([character, motion, equipment, choices, seed, side]) => {
  const { azimuth, room, light, attendant = null, params = {} } = choices;
  const { Sampler } = await import("/static/js/stage/render.js");
  const { resolveRecipe } = await import("/static/js/stage/recipe.js");
  globalThis.sampler ??= new Sampler();
  const recipe = {
    subjects: [{ weight: 1, motion, equipment, params, group: "gallery" }], characters: [character],
    views: [{ weight: 1, azimuth_rad: [azimuth, azimuth] }], elevation_rad: [0.16, 0.16], margin: [0.06, 0.06],
    shift: 0, roll_rad: 0, lenses: { portrait: 1 }, lights: { [light]: 1 }, rooms: { [room]: 1 }, shadow_px: 2048,
  };
  const shot = { ...resolveRecipe(recipe, seed, [character]), attendant };
  const { image } = await sampler.render(shot, [side, side], { type: "image/png" });
  const bytes = new Uint8Array(await image.arrayBuffer());
  let text = "";
  for (let k = 0; k < bytes.length; k += 32768) text += String.fromCharCode(...bytes.subarray(k, k + 32768));
  return btoa(text);
}"""


def _serve(route: Route) -> None:
    name = route.request.url.removeprefix(ORIGIN).lstrip("/")
    path = ROOT / name
    if not name:
        route.fulfill(body="<!doctype html>", content_type="text/html")
    elif name.startswith("static/") and path.is_file():
        kind = "application/json" if path.suffix == ".json" else TYPES.get(path.suffix, "application/octet-stream")
        route.fulfill(body=path.read_bytes(), content_type=kind)
    else:
        route.fulfill(status=404)


def gallery(chromium: str, side: int = 400, quality: int = 82) -> bytes:
    """JPEG of all :data:`SCENES`, each ``side`` pixels square."""
    rows = -(-len(SCENES) // COLUMNS)
    out = Image.new("RGB", (COLUMNS * side, rows * side))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=GL)
        page = browser.new_page()
        page.route("**/*", _serve)
        page.goto(ORIGIN + "/")
        page.set_default_timeout(0)
        for k, (character, motion, equipment, choices) in enumerate(SCENES):
            scene = {**choices, "light": LIGHTS[choices["room"]]}
            text = page.evaluate(DRAW, [character, motion, list(equipment), scene, k + 1, side])
            out.paste(Image.open(io.BytesIO(base64.b64decode(text))), (k % COLUMNS * side, k // COLUMNS * side))
        browser.close()
    encoded = io.BytesIO()
    out.save(encoded, "JPEG", quality=quality, optimize=True, progressive=True)
    return encoded.getvalue()
