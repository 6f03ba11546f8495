"""Truth as the studio's page sends it, of a scene that a test makes up."""

from __future__ import annotations

from typing import Any

from pose.landmarks import COUNT, NAMES

Json = dict[str, Any]


def person(hidden: dict[str, str | None] | None = None, gone: tuple[str, ...] = ()) -> Json:
    """A person whose landmark k lies at (10 + k, 20 + 2 k) px; `hidden` by name, `gone` are absent."""
    hidden_by = [(hidden or {}).get(name) for name in NAMES]
    places: list[float | None] = [float(value) for k in range(COUNT) for value in (10 + k, 20 + 2 * k, -k)]
    world: list[float | None] = [value / 100 for k in range(COUNT) for value in (k, -k, k)]
    for name in gone:
        k = NAMES.index(name)
        hidden_by[k] = "not_applicable"
        places[3 * k : 3 * k + 3] = world[3 * k : 3 * k + 3] = [None] * 3
    return {
        "landmarks": places,
        "world_landmarks": world,
        "visibility": [float(hider is None) for hider in hidden_by],
        "presence": [float(hider not in ("frame", "not_applicable")) for hider in hidden_by],
        "hidden_by": hidden_by,
        "not_applicable": list(gone),
        "box": {"x": 8, "y": 18, "width": 40, "height": 70},
        "pixels": 1234,
        "hip_centre": [0, 0.9, 0],
        "role": "occupant",
    }


def scene(*people: Json, number: int = 3, frame: int = 0) -> Json:
    """A picture of 64 x 96 px with a wheelchair that the first person uses."""
    chair = {
        "class": "wheelchair",
        "kind": "manual_wheelchair",
        "box": {"x": 5, "y": 40, "width": 50, "height": 50},
        "visible_box": None,
        "visible_pixels": 0,
        "user": 0,
        "contacts": [],
    }
    camera = {"width": 64, "height": 96, "fx": 90, "fy": 90, "cx": 32, "cy": 48, "world_to_camera": [0.0] * 12}
    shot = {
        "seed": "s",
        "motion": "wheelchair_push",
        "light": "window",
        "room": "clinic",
        "character": "alder",
        "attendant": "birch",
        "group": "pushed",
    }
    named = [{"character": name, **one} for name, one in zip(("alder", "birch", "cedar"), people, strict=False)]
    truth = {"camera": camera, "people": named, "equipment": [chair]}
    said = {"number": number, "frame": frame, "attempt": 0, "time_s": 0.25 * frame}
    return {**said, "shot": shot, "estimated": {"birch": ["nose"]}, "truth": truth}
