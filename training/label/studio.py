"""Label Studio's own JSON, both ways.

Its COCO converter gives all key points one name, and its COCO export makes one person of a picture; so its tasks are
written here, and its export ``JSON`` is read. A person is a rectangle, key points are its children, and those that are
hidden are ticked so. Places are in percent of the picture.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote
from xml.sax.saxutils import quoteattr

from ..errors import DataError
from .coco import HIDDEN, SEEN, UNLABELLED, Labels

Json = dict[str, Any]

LOCAL_FILES = "/data/local-files/?d="
"""Where Label Studio serves files of its own machine, below LABEL_STUDIO_LOCAL_FILES_DOCUMENT_ROOT."""
_POINT_SIZE = 0.6  # percent of the width


def config(names: Sequence[str]) -> str:
    """Return the labelling interface of a project."""
    points = "\n".join(f"    <Label value={quoteattr(name)} model_index='{k}'/>" for k, name in enumerate(names))
    return f"""<View>
  <Image name="image" value="$image" zoom="true"/>
  <RectangleLabels name="person" toName="image">
    <Label value="person"/>
  </RectangleLabels>
  <KeyPointLabels name="point" toName="image">
{points}
  </KeyPointLabels>
  <Choices name="seen" toName="image" perRegion="true" whenTagName="point" choice="multiple">
    <Choice value="hidden"/>
  </Choices>
</View>
"""


def tasks(labels: Labels, folder: Path) -> list[Json]:
    """Return a task for each photo of ``folder``, with what the model found as its prediction."""
    found = []
    for image in labels.images:
        people = [one for one in labels.annotations if one["image_id"] == image["id"]]
        result = [region for one in people for region in _regions(one, image, labels.names)]
        place = LOCAL_FILES + quote(f"{folder.resolve().name}/{image['file_name']}")
        prediction = {"model_version": labels.rest.get("info", {}).get("model", {}).get("name", ""), "result": result}
        found.append({"data": {"image": place, "file_name": image["file_name"]}, "predictions": [prediction]})
    return found


def _regions(one: Json, image: Json, names: Sequence[str]) -> Iterator[Json]:
    width, height = image["width"], image["height"]
    size = {"original_width": width, "original_height": height, "image_rotation": 0, "to_name": "image"}
    left, top, wide, high = one["bbox"]
    box = {"x": 100 * left / width, "y": 100 * top / height, "width": 100 * wide / width, "height": 100 * high / height}
    person = f"person{one['id']}"
    labelled = {"rotation": 0, "rectanglelabels": ["person"]}
    yield {"id": person, "type": "rectanglelabels", "from_name": "person", "value": box | labelled, **size}
    for k, name in enumerate(names):
        x, y, v = one["keypoints"][3 * k : 3 * k + 3]
        if v == UNLABELLED:
            continue
        place = {"x": 100 * x / width, "y": 100 * y / height, "width": _POINT_SIZE}
        point = {"id": f"{person}-{name}", "parentID": person, **size}
        yield {**point, "type": "keypointlabels", "from_name": "point", "value": place | {"keypointlabels": [name]}}
        if v == HIDDEN:
            yield {**point, "type": "choices", "from_name": "seen", "value": place | {"choices": ["hidden"]}}


def read(said: Any, folder: Path, labels: Labels) -> None:
    """Add to ``labels`` what was reviewed: Label Studio's export ``JSON``, whose photos lie below ``folder``.

    Tasks without a submitted annotation are left out. Raises `DataError` naming the task.
    """
    if not isinstance(said, list) or not all(isinstance(task, dict) and "data" in task for task in said):
        raise DataError("expected Label Studio's export 'JSON': a list of tasks with data and annotations")
    for task in said:
        where = f"task {task.get('id')}"
        done = [one for one in task.get("annotations") or [] if not one.get("was_cancelled")]
        if done:
            try:
                name = _file(task["data"], folder, where)
                _add(done[-1].get("result") or [], folder / name, name, labels, where)
            except (KeyError, TypeError, IndexError) as error:
                raise DataError(f"{where}: expected regions as Label Studio exports them, {error} is missing") from None


def _file(data: Json, folder: Path, where: str) -> str:
    """Return the photo of a task, by the name that we gave, or by that of a file that was uploaded."""
    url = unquote(str(data.get("image", "")))
    uploaded = re.sub(r"^[0-9a-f]{8}-", "", url.rsplit("/", 1)[-1])
    local = url.removeprefix(LOCAL_FILES).split("/", 1)[-1]
    for name in (data.get("file_name"), local, uploaded):
        if isinstance(name, str) and name and (folder / name).is_file():
            return name
    raise DataError(f"{where}: there is no file for {url!r} below {folder}")


def _add(result: list[Json], path: Path, name: str, labels: Labels, where: str) -> None:
    from ..pipeline import pictures

    height, width = pictures.read(path).shape[:2]
    boxes = {one["id"]: one["value"] for one in result if one["type"] == "rectanglelabels"}
    hidden = {one["id"] for one in result if one["type"] == "choices" and "hidden" in one["value"]["choices"]}
    points: dict[str, dict[str, tuple[float, float, int]]] = {person: {} for person in boxes}
    for one in result:
        if one["type"] != "keypointlabels":
            continue
        value, label = one["value"], one["value"]["keypointlabels"][0]
        person = _person(one, boxes, f"{where}: {label}")
        if label not in labels.names:
            raise DataError(f"{where}: expected key points by the file's names, got {label!r}")
        if label in points[person]:
            raise DataError(f"{where}: {label}: one person has it twice")
        x, y = value["x"] / 100 * width, value["y"] / 100 * height
        points[person][label] = round(x, 2), round(y, 2), HIDDEN if one["id"] in hidden else SEEN
    image = labels.image(name, (width, height))
    for person, box in boxes.items():
        sides = [box["x"] * width, box["y"] * height, box["width"] * width, box["height"] * height]
        triples = [points[person].get(label, (0, 0, UNLABELLED)) for label in labels.names]
        labels.annotate(image, triples, [round(side / 100, 2) for side in sides])


def _person(one: Json, boxes: dict[str, Json], where: str) -> str:
    """Return whose point it is: of the rectangle that it is a child of, of the only one, or of the only one around."""
    if one.get("parentID") in boxes:
        return str(one["parentID"])
    x, y = one["value"]["x"], one["value"]["y"]
    around = [
        key
        for key, box in boxes.items()
        if box["x"] <= x <= box["x"] + box["width"] and box["y"] <= y <= box["y"] + box["height"]
    ]
    candidates = list(boxes) if len(boxes) == 1 else around
    if len(candidates) != 1:
        raise DataError(f"{where}: expected a point below a person's rectangle in the list of regions, or in one alone")
    return candidates[0]
