"""The page of a run: figures before and after, how it went, and pictures that changed most."""

from __future__ import annotations

import html
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pose.metrics import mean
from pose.roi import Roi

from ..dataset import GROUPS
from ..evaluation.measure import Row, load
from ..pipeline.estimator import Person
from ..pipeline.pictures import Image

Json = dict[str, Any]

SHOWN = (
    ("pck@0.2", "PCK@0.2", 3),
    ("pdj@0.2", "PDJ@0.2", 3),
    ("mpjpe_mm", "MPJPE, mm", 0),
    ("pa_mpjpe_mm", "PA-MPJPE, mm", 0),
)
BETTER, WORSE = 6, 6
"""Pictures of each that are shown."""
_SIDE = 320
_STYLE = (
    "body{font:16px/1.5 system-ui;max-width:1100px;margin:2rem auto;padding:0 1rem}"
    "td,th{padding:.2rem .8rem;text-align:right}img{max-width:100%}"
)


def write(result: Json, rows: tuple[Sequence[Row], Sequence[Row]], folder: Path) -> None:
    """Write ``folder/report/index.html`` and its pictures; ``rows`` before and after of the same people."""
    out = folder / "report"
    out.mkdir(parents=True, exist_ok=True)
    _plot(result, folder, out / "run.png")
    _sheet(rows, out / "pictures.png")
    parts = [
        f"<h1>{html.escape(result['recipe']['start'])}, taught</h1>",
        f"<p>{result['share_of_taught']:.0%} of the way from the old to the taught weights was kept, chosen on "
        f"{html.escape(result['chosen_on']['annotations'])}. Before → after; bold: no chance (95 % interval of the "
        "difference).</p>",
        _table("Validation", result["validation"]),
        _table("Benchmark", result["benchmark"]) if "benchmark" in result else "",
        "".join(f"<p><strong>Guard: {html.escape(text)}.</strong></p>" for text in result["complaints"]),
        '<img src="run.png" alt="Loss by round; figures by share of what was taught">',
        "<h2>What changed most</h2><p>Before on the left, after on the right.</p>",
        '<img src="pictures.png" alt="Pictures with both skeletons">',
        f"<details><summary>All figures</summary><pre>{html.escape(json.dumps(result, indent=1))}</pre></details>",
    ]
    page = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Taught</title><style>{_STYLE}</style>'
    (out / "index.html").write_text(page + "\n".join(parts) + "</html>\n", "utf-8")


def _table(title: str, compared: Json) -> str:
    groups = compared["groups"]
    head = "".join(f"<th>{label}</th>" for _, label, _ in SHOWN)
    lines = [
        f"<tr><th>{name}</th><td>{groups[name]['n']}</td>"
        + "".join(_cell(groups[name][key], digits) for key, _, digits in SHOWN)
        + "</tr>"
        for name in ["all", *(name for name in GROUPS if name in groups)]
    ]
    return f"<h2>{title}</h2><table><tr><th></th><th>people</th>{head}</tr>{''.join(lines)}</table>"


def _cell(entry: Json, digits: int) -> str:
    if entry["before"] is None or entry["after"] is None:
        return "<td>-</td>"
    text = f"{entry['before']:.{digits}f} → {entry['after']:.{digits}f}"
    sure = entry["ci95"] is not None and entry["ci95"][0] * entry["ci95"][1] > 0
    return f"<td><strong>{text}</strong></td>" if sure else f"<td>{text}</td>"


def _plot(result: Json, folder: Path, path: Path) -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    logs = sorted(folder.glob("*/log.jsonl"))
    figure, axes = pyplot.subplots(1, 2, figsize=(11, 3.8), layout="constrained")
    for log in logs:
        lines = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
        rounds = [line["round"] for line in lines]
        axes[0].plot(rounds, [line["loss"] for line in lines], label=f"loss, {log.parent.name}")
        axes[0].plot(rounds, [line["xy"] for line in lines], label="xy of the validation pictures, px")
    axes[0].set(xlabel="round", title="Teaching")
    axes[0].legend()
    shares = [entry["share"] for entry in result["shares"]]
    axes[1].plot(shares, [entry["pck@0.2"] for entry in result["shares"]], "o-", label="PCK@0.2, mean of groups")
    axes[1].axvline(result["share_of_taught"], linestyle=":", color="grey")
    axes[1].set(xlabel="share of what was taught", title="How far to go")
    if all(entry["drift"] for entry in result["shares"]):
        moved = axes[1].twinx()
        moved.plot(shares, [entry["drift"]["beyond_0.2_torsos"] for entry in result["shares"]], "s--", color="tab:red")
        moved.set_ylabel("ordinary people: share moved beyond 0.2 torsos", color="tab:red")
    axes[1].legend(loc="lower right")
    figure.savefig(path, dpi=110)
    pyplot.close(figure)


def _sheet(rows: tuple[Sequence[Row], Sequence[Row]], path: Path) -> None:
    """Draw the people whose share of right landmarks rose and fell most, both skeletons of each."""
    import PIL.Image

    pairs = list(zip(*rows, strict=True))
    change = [_right(after) - _right(before) for before, after in pairs]
    order = np.argsort(change)
    picked = [*order[::-1][:BETTER], *order[:WORSE]]
    columns = 3
    lines = -(-len(picked) // columns)
    sheet = PIL.Image.new("RGB", (columns * (2 * _SIDE + 12), lines * (_SIDE + 12)), "white")
    for place, number in enumerate(picked):
        x, y = (place % columns) * (2 * _SIDE + 12), (place // columns) * (_SIDE + 12)
        for side, row in enumerate(pairs[number]):
            sheet.paste(PIL.Image.fromarray(_drawn(row)).resize((_SIDE, _SIDE)), (x + side * _SIDE, y))
    sheet.save(path)


def _right(row: Row) -> float:
    """Return the share of right landmarks, 0 where nothing can be told."""
    return mean(row.pck[0]) or 0.0


def _drawn(row: Row) -> Image:
    """Return a square around a person with the skeleton that was found."""
    from ..predict.api import person_of
    from ..predict.draw import over

    image = load(row.picture)
    if row.pose is not None:
        image = over(image, [person_of(Person(1, row.score or 0.0, Roi(0, 0, 1, 1, 0), row.pose))], named=False)
    left, top, width, height = row.person.box
    half = int(max(width, height) * 0.6)
    x, y = int(left + width / 2), int(top + height / 2)
    padded = np.pad(image, ((half, half), (half, half), (0, 0)), mode="edge")
    return np.ascontiguousarray(padded[y : y + 2 * half, x : x + 2 * half])
