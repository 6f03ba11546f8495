"""The figures as a page: a table, plots, and the pictures that went worst. No scripts, nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from pose import metrics
from pose.landmarks import EDGES

from ..dataset import GROUPS
from .measure import Row, load

if TYPE_CHECKING:
    import PIL.Image

Json = dict[str, Any]
Doubles = npt.NDArray[np.float64]

WORST = 27
"""Pictures of the page: three of each mobility group."""
THUMBNAIL = 360
"""Px of a picture's longer side."""
COLUMNS = (
    ("n", "people", 0),
    ("detected", "found", 3),
    ("pck@0.2", "PCK@0.2", 3),
    ("pck@0.1", "PCK@0.1", 3),
    ("coco_pck@0.2", "PCK@0.2, COCO's 17", 3),
    ("pdj@0.2", "PDJ@0.2", 3),
    ("oks", "OKS", 3),
    ("mpjpe_mm", "MPJPE mm", 0),
    ("pa_mpjpe_mm", "PA-MPJPE mm", 0),
    ("visibility_ece", "visibility ECE", 3),
    ("jitter", "jitter, torsos a frame", 4),
)
STYLE = """
:root { color-scheme: light dark; --ink: CanvasText; --line: #8886; --good: #2a7d4f; --fill: #3b7dd8; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; }
table { border-collapse: collapse; }
th, td { padding: .3rem .7rem; text-align: right; border-bottom: 1px solid var(--line); }
th:first-child, td:first-child { text-align: left; } .wide { overflow-x: auto; } small { opacity: .75; }
svg { max-width: 100%; height: auto; } svg text { fill: var(--ink); font: 12px system-ui, sans-serif; }
.worst { display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: 1rem; }
figure { margin: 0; } figure img { width: 100%; height: auto; } figcaption { font-size: .85rem; }
"""


def write(result: Json, rows: Sequence[Row], folder: Path) -> None:
    """Write ``index.html`` and its pictures to ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    names = list(_thumbnails(rows, folder))
    gap = result["inclusion_gap"]
    between = result["inclusion_gap_ci95"]
    said = "not defined: fewer than two groups" if gap is None else f"{gap:.1f} points of PDJ@0.2"
    if between:
        said += f" (95 % interval {between[0]:.1f} to {between[1]:.1f})"
    parts = [
        f"<h1>{escape(result['model'])}</h1>",
        f"<p>{_region(result['roi'])}; {escape(result['annotations'])}. "
        "Missed people are wrong in PCK, PDJ and OKS; MPJPE is over people found. "
        "Not validated on patients.</p>",
        f"<p>Inclusion gap: {said}.</p>",
        '<div class="wide">',
        _table(result["groups"]),
        "</div>",
        "<h2>Landmarks right, by group</h2>",
        _bars(result["groups"]),
        "<h2>Is visibility calibrated?</h2>",
        _reliability(result["groups"]["all"]["reliability"]),
        f"<h2>Worst pictures</h2><p>Green: {escape(result.get('reference', 'truth'))}; orange: found; "
        "boxes without orange were missed.</p>",
        '<div class="worst">',
        *names,
        "</div>",
    ]
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><style>{STYLE}</style>'
    title = f"<title>{escape(result['model'])}: evaluation</title>"
    page = f'<!doctype html><html lang="en"><head>{head}{title}</head><body>{"".join(parts)}</body></html>\n'
    (folder / "index.html").write_text(page, "utf-8")


def _region(roi: str) -> str:
    return "Predictions from a file" if roi == "predictions" else f"Region from the {escape(roi)}"


def _cell(entry: Json, key: str, digits: int) -> str:
    value = entry[key]
    if value is None:
        return "<td>&ndash;</td>"
    between = entry["ci95"].get(key)
    spread = f"<br><small>{between[0]:.{digits}f} to {between[1]:.{digits}f}</small>" if between else ""
    return f"<td>{value:.{digits}f}{spread}</td>"


def _table(groups: Json) -> str:
    head = "".join(f'<th scope="col">{label}</th>' for _, label, _ in COLUMNS)
    lines = [f'<tr><th scope="col">group</th>{head}</tr>']
    for name, entry in groups.items():
        cells = "".join(_cell(entry, key, digits) for key, _, digits in COLUMNS)
        lines.append(f'<tr><th scope="row">{escape(name.replace("_", " "))}</th>{cells}</tr>')
    return f"<table>{''.join(lines)}</table>"


def _bars(groups: Json) -> str:
    """Draw PCK@0.2 and PDJ@0.2 of each group as bars from 0 to 1 with their intervals."""
    left, width, step = 130, 520, 40
    height = step * len(groups) + 24
    drawn = [f'<text x="{left + width * k / 10:.0f}" y="{height - 6}">{k / 10:.1f}</text>' for k in range(0, 11, 2)]
    for place, (name, entry) in enumerate(groups.items()):
        top = place * step + 6
        drawn.append(f'<text x="0" y="{top + 18}">{escape(name.replace("_", " "))}</text>')
        for line, (key, colour) in enumerate((("pck@0.2", "var(--fill)"), ("pdj@0.2", "var(--good)"))):
            value, between = entry[key], entry["ci95"].get(key)
            if value is None:
                continue
            y = top + 14 * line
            drawn.append(
                f'<rect x="{left}" y="{y}" width="{width * value:.1f}" height="11" fill="{colour}">'
                f"<title>{key} {value:.3f}</title></rect>"
            )
            if between:
                low, high = (left + width * share for share in between)
                drawn.append(f'<path d="M{low:.1f} {y + 5.5}H{high:.1f}" stroke="var(--ink)" stroke-width="2"/>')
    label = "PCK@0.2 (blue) and PDJ@0.2 (green) by group, with 95 % intervals"
    return _svg(left + width + 20, height, label, drawn) + f"<p>{label}.</p>"


def _reliability(bins: list[Json]) -> str:
    """Draw the true share of visible landmarks over the predicted visibility."""
    side, edge = 280, 36
    most = max(entry["n"] for entry in bins) or 1
    drawn = [
        f'<path d="M{edge} {side}L{edge + side} 0" stroke="var(--line)" stroke-dasharray="4"/>',
        f'<path d="M{edge} 0V{side}H{edge + side}" stroke="var(--ink)" fill="none"/>',
        f'<text x="{edge}" y="{side + 16}">0</text><text x="{edge + side - 8}" y="{side + 16}">1</text>',
        f'<text x="{edge + 90}" y="{side + 30}">predicted visibility</text><text x="0" y="12">seen</text>',
    ]
    for entry in bins:
        if entry["n"]:
            radius = 2 + 8 * (entry["n"] / most) ** 0.5
            x, y = edge + side * entry["predicted"], side * (1 - entry["true"])
            drawn.append(
                f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="var(--fill)" fill-opacity=".7">'
                f"<title>{entry['n']} landmarks</title></circle>"
            )
    label = "Share of landmarks that are seen, over the predicted visibility; a calibrated model lies on the diagonal"
    return _svg(edge + side + 12, side + 36, label, drawn) + f"<p>{label}.</p>"


def _svg(width: int, height: int, label: str, drawn: list[str]) -> str:
    box = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    return f'<svg {box} role="img" aria-label="{escape(label)}">{"".join(drawn)}</svg>'


def _badness(row: Row) -> float:
    share = metrics.mean(row.pck[0])
    return -1.0 if row.pose is None else 2.0 if share is None else share


def _worst(rows: Sequence[Row]) -> list[Row]:
    """Return the worst people, the same number of each group; of a sequence its worst frame only."""
    groups: dict[str | None, dict[Any, Row]] = {}
    for row in sorted(rows, key=_badness):
        of = row.picture.id if row.picture.sequence is None else ("sequence", row.picture.sequence)
        groups.setdefault(row.person.group, {}).setdefault(of, row)
    each = max(1, WORST // len(groups)) if groups else 0
    order = sorted(groups, key=lambda name: GROUPS.index(name) if name in GROUPS else len(GROUPS))
    return [row for name in order for row in list(groups[name].values())[:each]]


def _thumbnails(rows: Sequence[Row], folder: Path) -> Iterator[str]:
    """Draw the worst people and yield their figures."""
    for place, row in enumerate(_worst(rows)):
        name = f"worst-{place:02d}.jpg"
        drawn(row).save(folder / name, "JPEG", quality=85)
        share = metrics.mean(row.pck[0])
        said = "missed" if row.pose is None else "PCK@0.2 not defined" if share is None else f"PCK@0.2 {share:.2f}"
        about = escape(f"{row.person.group or 'no group'}: {said}")
        source = escape(f"{row.picture.path.name}, annotation {row.person.id}")
        yield f'<figure><img src="{name}" alt="{about}"><figcaption>{about}<br>{source}</figcaption></figure>'


def drawn(row: Row) -> PIL.Image.Image:
    """Return the picture of a person, small, with the truth in green and what was found in orange."""
    import PIL.Image
    import PIL.ImageDraw

    picture = PIL.Image.fromarray(load(row.picture))
    scale = THUMBNAIL / max(picture.size)
    picture = picture.resize((round(picture.width * scale), round(picture.height * scale)))
    brush = PIL.ImageDraw.Draw(picture)
    left, top, width, height = (value * scale for value in row.person.box)
    brush.rectangle((left, top, left + width, top + height), outline="#2a7d4f")
    _skeleton(brush, row.person.landmarks * scale, "#35d07f")
    if row.pose is not None:
        _skeleton(brush, row.pose.landmarks * scale, "#ff8a3d")
    return picture


def _skeleton(brush: Any, points: Doubles, colour: str) -> None:
    for a, b in EDGES:
        ends = points[[a, b], :2]
        if np.isfinite(ends).all():
            brush.line([tuple(end) for end in ends.tolist()], fill=colour, width=2)
    for x, y in points[:, :2].tolist():
        if np.isfinite([x, y]).all():
            brush.ellipse((x - 2, y - 2, x + 2, y + 2), fill=colour)
