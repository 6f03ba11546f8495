"""What `benchmark_pose` shows: plots, the worst pictures, and the tables of docs/benchmark.md."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from training.dataset import GROUPS
from training.evaluation import report
from training.evaluation.measure import Row

Json = dict[str, Any]

MARKERS = ("<!-- tables: python -m benchmarks.benchmark_pose -->", "<!-- end of tables -->")
TILE, ACROSS = 200, 6
"""Px of a picture in the sheet of worst pictures, and how many stand in a row."""
COLOURS = ("#3b7dd8", "#e07b39", "#2a7d4f", "#9b59b6", "#c0392b", "#7f8c8d", "#16a085", "#b7950b")


def fill(path: Path, result: Json) -> None:
    """Write the tables between the markers of a document."""
    text = path.read_text("utf-8") if path.is_file() else ""
    start, end = (text.find(marker) for marker in MARKERS)
    if not 0 <= start < end:
        raise SystemExit(f"{path}: expected the lines {MARKERS[0]} and {MARKERS[1]}")
    body = "\n\n".join(tables(result))
    path.write_text(f"{text[: start + len(MARKERS[0])]}\n{body}\n{text[end:]}", "utf-8")


def tables(result: Json) -> list[str]:
    """Return the tables as Markdown, each with its heading."""
    whole = {name: one for name, one in result["results"].items() if one["roi"] != "truth"}
    own = {name: one for name, one in whole.items() if one["roi"] == "detector"}
    truth = {name: one for name, one in result["results"].items() if one["roi"] == "truth"}
    parts = [
        "### All groups\n\n" + _overview(whole),
        "### Found, whole pipeline\n\n" + _by_group(whole, "detected", 3),
        "### PCK@0.2, whole pipeline\n\n" + _by_group(own, "pck@0.2", 3),
        "### PDJ@0.2, whole pipeline\n\n" + _by_group(own, "pdj@0.2", 3),
        "### PCK@0.2 over COCO's 17 key points, whole pipeline\n\n" + _by_group(whole, "coco_pck@0.2", 3),
    ]
    if truth:
        parts += [
            "### All groups, regions from the truth\n\n" + _overview(truth),
            "### PCK@0.2, regions from the truth\n\n" + _by_group(truth, "pck@0.2", 3),
            "### MPJPE, mm, regions from the truth\n\n" + _by_group(truth, "mpjpe_mm", 0),
        ]
    for one in result["differences"]:
        parts.append(f"### `{one['after']}` minus `{one['before']}`\n\n" + _differences(one))
    return parts


def _said(value: float | None, between: Sequence[float] | None, digits: int) -> str:
    if value is None:
        return "-"
    return f"{value:.{digits}f}" + (f" [{between[0]:.{digits}f}, {between[1]:.{digits}f}]" if between else "")


def _table(head: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    rows = [head, ["---"] * len(head), *lines]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in rows)


def _by_group(results: Mapping[str, Json], key: str, digits: int) -> str:
    lines = []
    for group in ("all", *GROUPS):
        entries = [one["groups"].get(group) for one in results.values()]
        if any(entries):
            cells = [_said(entry[key], entry["ci95"][key], digits) if entry else "-" for entry in entries]
            lines.append([group.replace("_", " "), *cells])
    return _table(["group", *(one["label"] for one in results.values())], lines)


def _overview(results: Mapping[str, Json]) -> str:
    columns = (
        ("found", "detected", 3),
        ("PCK@0.1", "pck@0.1", 3),
        ("OKS", "oks", 3),
        ("MPJPE mm", "mpjpe_mm", 0),
        ("PA-MPJPE mm", "pa_mpjpe_mm", 0),
        ("visibility ECE", "visibility_ece", 3),
        ("jitter", "jitter", 4),
    )
    lines = []
    for one in results.values():
        entry = one["groups"]["all"]
        cells = [_said(entry[key], entry["ci95"].get(key), digits) for _, key, digits in columns]
        lines.append([one["label"], *cells, _said(one["inclusion_gap"], one["inclusion_gap_ci95"], 1)])
    return _table(["model", *(name for name, _, _ in columns), "inclusion gap, points"], lines)


def _differences(one: Json) -> str:
    columns = (
        ("PCK@0.2", "pck@0.2", 3),
        ("PCK@0.1", "pck@0.1", 3),
        ("PDJ@0.2", "pdj@0.2", 3),
        ("OKS", "oks", 3),
        ("MPJPE mm", "mpjpe_mm", 1),
        ("PA-MPJPE mm", "pa_mpjpe_mm", 1),
    )
    lines = []
    for group, entry in one["groups"].items():
        cells = [_said(entry[key]["difference"], entry[key]["ci95"], digits) for _, key, digits in columns]
        lines.append([group.replace("_", " "), *cells])
    gap = one["inclusion_gap"]
    words = f"\n\nInclusion gap: {_said(gap['difference'], gap['ci95'], 1)} points."
    return _table(["group", *(name for name, _, _ in columns)], lines) + words


def draw(result: Json, folder: Path) -> None:
    """Plot each model's PCK over COCO's key points, and PDJ, by group with intervals: ``benchmark.webp``."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    whole = [one for one in result["results"].values() if one["roi"] != "truth"]
    groups = [group for group in GROUPS if any(group in one["groups"] for one in whole)]
    panels = (("coco_pck@0.2", "PCK@0.2, COCO's 17 key points"), ("pdj@0.2", "PDJ@0.2, 33 landmarks with visibility"))
    figure, axes = pyplot.subplots(1, len(panels), figsize=(11, 1.2 + 0.62 * len(groups)), sharey=True)
    for axis, (key, title) in zip(axes, panels, strict=True):
        shown = [one for one in whole if one["groups"]["all"][key] is not None]
        for place, one in enumerate(shown):
            shift = 0.7 * ((place + 0.5) / len(shown) - 0.5)
            _dots(axis, [one["groups"].get(group) for group in groups], key, shift, (whole.index(one), one["label"]))
        axis.set_title(title, fontsize=11)
        axis.set_xlim(0, 1.01)
        axis.grid(axis="x", alpha=0.3)
    axes[0].set_yticks(range(len(groups)), [group.replace("_", " ") for group in groups])
    axes[0].invert_yaxis()
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="lower center", ncols=min(4, max(1, len(labels))), frameon=False, fontsize=9)
    figure.tight_layout(rect=(0, 0.03 + 0.03 * math.ceil(len(labels) / 4), 1, 1))
    folder.mkdir(parents=True, exist_ok=True)
    figure.savefig(folder / "benchmark.webp", dpi=110, pil_kwargs={"quality": 80})
    pyplot.close(figure)


def _dots(axis: Any, entries: list[Json | None], key: str, shift: float, who: tuple[int, str]) -> None:
    there = [(place + shift, entry) for place, entry in enumerate(entries) if entry and entry[key] is not None]
    spans = [entry["ci95"][key] or [entry[key]] * 2 for _, entry in there]
    values = [entry[key] for _, entry in there]
    # A percentile interval need not hold the value itself when nearly all are right.
    low = [max(0.0, value - span[0]) for value, span in zip(values, spans, strict=True)]
    high = [max(0.0, span[1] - value) for value, span in zip(values, spans, strict=True)]
    colour = COLOURS[who[0] % len(COLOURS)]
    axis.errorbar(values, [y for y, _ in there], xerr=[low, high], fmt="o", ms=4, lw=1.2, color=colour, label=who[1])


def sheet(rows: Sequence[Row], path: Path) -> None:
    """Draw people and what was found of them side by side; green is true, orange found."""
    import PIL.Image

    down = math.ceil(len(rows) / ACROSS)
    whole = PIL.Image.new("RGB", (TILE * min(ACROSS, len(rows)), TILE * down), "#ffffff")
    for place, row in enumerate(rows):
        tile = report.drawn(row)
        tile.thumbnail((TILE, TILE))
        corner = place % ACROSS * TILE + (TILE - tile.width) // 2, place // ACROSS * TILE + (TILE - tile.height) // 2
        whole.paste(tile, corner)
    path.parent.mkdir(parents=True, exist_ok=True)
    whole.save(path, "WEBP", quality=70, method=6)
