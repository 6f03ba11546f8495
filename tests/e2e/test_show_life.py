"""What becomes of the living stage: lost and found graphics devices, its end, and memory over many changes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.e2e.conftest import ROOT
from tests.e2e.memory import heap_bytes, live_objects
from tests.e2e.test_show import SETUP
from tests.e2e.tracking import open_blank

SIZE = [96, 72]
HEAP_GROWTH = 0.15
"""Share of the JavaScript heap by which switching may end higher: code that the browser compiles in time. What belongs
to scenes is counted exactly."""
SAME_LEVELS = 0.5
"""Mean difference of two drawings of the same, levels of 255: environments that are baked anew are rounded anew."""
PEOPLE: list[str] = list(json.loads((ROOT / "static/characters/manifest.json").read_text())["characters"])


@pytest.fixture
def page(base_url: str, browser: Browser) -> Iterator[Page]:
    """A blank page with a show that waits for its first wish."""
    page = browser.new_page()
    page.set_default_timeout(180_000)
    open_blank(page, base_url)
    page.evaluate(SETUP, SIZE)
    yield page
    page.close()


def test_a_lost_graphics_device_is_told_and_what_comes_back_looks_the_same(page: Page) -> None:
    found = page.evaluate("""async () => {
      await show.set({ room: "office" });
      const before = pixels(canvas);
      const events = [];
      const note = ({ type, detail }) => events.push([type, detail?.code]);
      for (const name of ["lost", "restored"]) show.addEventListener(name, note);
      const happens = (name) => new Promise((resolve) => show.addEventListener(name, resolve, { once: true }));
      const device = canvas.getContext("webgl2").getExtension("WEBGL_lose_context");
      const shot = await show.capture();
      shot.frame.close();
      device.loseContext();
      const pending = error(shot.truth);
      await happens("lost");
      show.seek(0.5);
      const meanwhile = [show.lost, show.render(0), await error(show.capture()), await pending];
      await new Promise((resolve) => setTimeout(resolve, 50));  // until all have heard: then it may come back
      device.restoreContext();
      await happens("restored");
      show.seek(0);
      const drawn = show.render(0);
      const person = (await truth()).people[0];
      return { events, meanwhile, drawn, lost: show.lost, same: difference(before, pixels(canvas)),
        seen: person.visibility.reduce((a, b) => a + b) };
    }""")
    assert found["events"] == [["lost", "lost"], ["restored", None]]
    lost, drawn, refused, pending = found["meanwhile"]
    assert (lost, drawn) == (True, False)
    assert (refused["name"], refused["code"]) == ("StageError", "lost")
    assert pending["code"] == "lost", "a truth that nobody will ever read back is not waited for"
    assert (found["lost"], found["drawn"]) == (False, True)
    assert found["same"] < SAME_LEVELS
    assert found["seen"] > 10


def test_what_was_shown_stays_when_a_wish_fails_half_way(page: Page) -> None:
    found = page.evaluate("""async () => {
      await show.set({ motion: "standing" });
      const [before, shown] = [pixels(canvas), JSON.stringify(show.options)];
      const { character } = show;
      const dressed = character.setAbsent.bind(character);
      character.setAbsent = (limbs) => {
        if (limbs.includes("left_hand")) throw new RangeError("no such limb");
        dressed(limbs);
      };
      const failed = await error(show.set({ absent: ["left_hand"], room: "clinic", light: "evening" }));
      show.render(0);
      return { failed, same: JSON.stringify(show.options) === shown, difference: difference(before, pixels(canvas)) };
    }""")
    assert found["failed"]["message"] == "no such limb"
    assert found["same"]
    assert found["difference"] < SAME_LEVELS


def test_who_is_driven_stays_in_the_pose_while_limbs_and_aids_change(page: Page) -> None:
    found = page.evaluate("""async () => {
      await show.set({ motion: "crutch_two_point", equipment: ["forearm_crutch"] });
      const { heads } = show.character.rig;
      const aid = (index) => ({ index, position: [index, 0, 0.5], quaternion: [0, 0, 0, 1], travel_left_m: 0,
        travel_right_m: 0 });
      let moment = { pose: { hips: heads.Hips, rotations: {} }, equipment: [aid(0), aid(1)] };
      show.drive(() => { const next = moment; moment = null; return next; });
      show.render(100);
      const places = () => show.equipment.map(({ object }) => object.position.toArray());
      const before = await truth();
      await show.set({ absent: ["left_hand"] });
      const after = await truth();
      const whose = ({ people: [person] }) => person.world_landmarks.slice(3 * 25, 3 * 29);
      const counts = [show.equipment.length, after.equipment.length];
      const kept = { places: places(), before: whose(before), after: whose(after) };
      await show.set({ equipment: ["walker"] });
      return { ...kept, counts, walker: places() };
    }""")
    assert found["places"] == [[0, 0, 0.5], [1, 0, 0.5]]
    assert found["after"] == pytest.approx(found["before"], abs=1e-6), "knees as they were driven"
    assert found["counts"] == [2, 1], "a crutch without a hand counts, unseen"
    assert found["walker"] != [[0, 0, 0.5]], "places of other aids are not for this one"


def test_without_webgl2_there_is_no_show(page: Page) -> None:
    found = page.evaluate("""async () => {
      const taken = document.createElement("canvas");
      taken.getContext("2d");
      try { new Show(taken); } catch ({ name, code, message }) { return { name, code, message }; }
    }""")
    assert (found["name"], found["code"]) == ("StageError", "webgl")


def test_after_its_end_it_does_nothing_and_its_canvas_can_be_used_again(page: Page) -> None:
    found = page.evaluate("""async () => {
      const early = await error(show.capture());
      await show.set({});
      const before = pixels(canvas);
      const late = show.set({ character: "hazel" });
      const shot = await show.capture();
      shot.frame.close();
      show.dispose();
      show.dispose();
      const after = [show.render(1), await error(late), await error(show.set({})), await error(show.capture())];
      const truth = await error(shot.truth);
      globalThis.show = new Show(canvas, { size: [96, 72] });
      show.pause();
      const empty = show.render(0);
      await show.set({});
      return { early, after, truth, empty, same: difference(before, pixels(canvas)) };
    }""")
    assert found["early"]["code"] == "capture"
    drawn, *errors = found["after"]
    assert drawn is False
    assert [error["code"] for error in errors] == ["disposed"] * 3
    assert found["truth"] is None or found["truth"]["code"] == "disposed"
    assert found["empty"] is False
    assert found["same"] < SAME_LEVELS


def test_everything_that_is_offered_can_be_shown(page: Page) -> None:
    """Each motion with each aid and option, by all characters in turn; the soak tries each with each."""
    failures = page.evaluate("""async () => {
      const { characters, aids, motions } = await choices();
      const failures = [];
      const attempt = async (wish) => {
        const failed = await error(show.set({ options: {}, ...wish }));
        if (failed) failures.push([wish, failed.message]);
      };
      show.resize([32, 24]);
      let turn = 0;
      for (const { equipment, motions: names } of aids) {
        for (const motion of names) {
          turn += 1;
          const character = characters[turn % characters.length].name;
          await attempt({ character, equipment, motion });
          for (const [option, { values }] of Object.entries(motions[motion].choices)) {
            for (const { name } of values) {
              if (name === "rims" && equipment[0] === "power_wheelchair") continue;
              await attempt({ equipment, motion, options: { [option]: name } });
            }
          }
        }
      }
      return failures;
    }""")
    assert failures == []


SWITCH = """async ([people, rounds]) => {
  const { aids, rooms, views } = await choices();
  const lights = [{ name: "studio" }, { name: "daylight" }];  // without a GPU each takes seconds when it is first lit
  const at = (list, k) => list[k % list.length];
  for (let k = 0; k < rounds; k++) {
    const { equipment, motions } = at(aids, k);
    await show.set({ character: at(people, k), equipment, motion: at(motions, k >> 3), options: {}, seed: k % 2,
      light: at(lights, k).name, room: at(rooms, k).name, view: at(views, k).name,
      absent: k % 4 === 3 ? ["left_hand", "right_leg"] : [] });
    show.seek(k / 10);
    show.render(k);
    const shot = await show.capture({ occlusion: k % 3 === 0 });
    shot.frame.close();
    await shot.truth;
  }
  // Always the same end, so that what is left can be compared.
  const end = { motion: "standing", equipment: [], options: {}, absent: [], seed: 0, room: "studio", view: "front" };
  for (const character of people) await show.set({ ...end, character });
  return show.memory;
}"""


def test_switching_on_and_on_holds_no_more_memory(page: Page) -> None:
    arguments: list[Any] = [PEOPLE[:5], 30]  # one more than is kept
    before = page.evaluate(SWITCH, arguments)  # with what stays: floors, shaders, environments
    objects, used = live_objects(page), heap_bytes(page)
    page.evaluate(SWITCH, arguments)
    assert page.evaluate(SWITCH, arguments) == before
    assert live_objects(page) == objects
    assert heap_bytes(page) < used * (1 + HEAP_GROWTH)
