"""The mobility benchmark: figures, differences and plots of several models, and the tables of docs/benchmark.md.

    poseable render --recipe benchmark --count 2160 --seed 2026 --out build/benchmark
    python -m benchmarks.benchmark_pose --models blazepose-full,blazepose-lite,blazepose-heavy \
        --predictions movenet-lightning=FILE.json --json docs/reports/benchmark_pose.json

A model is ``MODEL[+DETECTOR][:no-heatmap][@truth]``, the last for one kind of region alone;
``blazepose-full+person-detector-inclusive`` is the released landmark network behind a taught detector. What was
measured stays in ``--work``, one evaluation for each model and region as ``poseable evaluate pose`` writes it, and is
measured again only if pictures, labels or networks have changed; so the command may be stopped, and given again with
more models. Predictions come from `benchmarks.benchmark_pose_movenet` or anything else. Two models are laid beside each
other wherever one is another made better: ``X-inclusive`` and ``X``.

The benchmark is a test set: nothing may be chosen by what it says.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import click
import numpy as np

from benchmarks import benchmark_pose_pages as pages
from training import dataset
from training.errors import TrainingError
from training.evaluation import figures, jitter, measure, paired, report, tally
from training.evaluation.predictions import Predictions
from training.pipeline.networks import DETECTOR, ROOT, Network, Networks, find, open_detector, open_landmarks

Json = dict[str, Any]

ROIS = ("detector", "truth")
TAUGHT = "-inclusive"
DIGITS = 5
"""Of shares and distances in the committed report; far below their intervals."""


@dataclass(frozen=True)
class Entry:
    """One evaluation: which networks, and where the region comes from."""

    model: str
    detector: str
    heatmap: bool
    roi: str

    @property
    def label(self) -> str:
        """What it is called in tables."""
        parts = [self.model] + ([self.detector] if self.detector != DETECTOR else [])
        return "+".join(parts) + ("" if self.heatmap else ":no-heatmap")

    @property
    def name(self) -> str:
        """What its files are called."""
        return f"{self.label.replace(':', '-').replace('/', '_')}-{self.roi}"

    def networks(self, shared: Mapping[str, Network]) -> Networks:
        """Open the networks; detectors are shared."""
        landmarks = open_landmarks(self.model)
        return Networks(landmarks if self.heatmap else measure.Unrefined(landmarks), shared[self.detector])

    def digests(self) -> dict[str, str]:
        """Return the sha256 of each network."""
        kinds = {"model": (self.model, "blazepose"), "detector": (self.detector, "detector")}
        return {kind: sha256(find(*said).read_bytes()).hexdigest() for kind, said in kinds.items()}


def entry_of(said: str, roi: str) -> Entry:
    """Read ``MODEL[+DETECTOR][:no-heatmap]``."""
    names, _, way = said.partition(":")
    model, _, detector = names.partition("+")
    if way not in ("", "no-heatmap"):
        raise SystemExit(f"{said}: expected MODEL, MODEL+DETECTOR or MODEL:no-heatmap")
    return Entry(model, detector or DETECTOR, not way, roi)


class Bench:
    """The benchmark's pictures, and the folder of what was measured on them."""

    def __init__(self, folder: Path, work: Path) -> None:
        path = folder / "annotations.json"
        self.data = dataset.read(path, folder)
        self.digest = sha256(path.read_bytes()).hexdigest()
        self.info = json.loads(path.read_text("utf-8")).get("info", {})
        self.work = work

    def kept(self, name: str, digests: Mapping[str, str | None]) -> Json | None:
        """Return an evaluation that is there and still true."""
        path = self.work / f"{name}.json"
        if not path.is_file() or not path.with_suffix(".npz").is_file():
            return None
        said: Json = json.loads(path.read_text("utf-8"))
        # `left_out`: an evaluation from before people who cannot be seen were left out is not true any more.
        is_true = "left_out" in said and said.get("annotations_sha256") == self.digest and said.get("sha256") == digests
        return said if is_true else None

    def keep(self, name: str, about: Json, rows: list[measure.Row], jitters: list[jitter.Jitter]) -> Json:
        """Write an evaluation, its rows and its page."""
        told: Json = {"annotations": "annotations.json", "annotations_sha256": self.digest}
        told["left_out"] = sum(len(picture.people) for picture in self.data.pictures) - len(rows)
        result = {**about, **told, "images": len(self.data.pictures), **figures.summarise(rows, jitters)}
        self.work.mkdir(parents=True, exist_ok=True)
        tally.tally(rows).save(self.work / f"{name}.npz")
        report.write(result, rows, self.work / name)
        (self.work / f"{name}.json").write_text(json.dumps(result, indent=1, allow_nan=False) + "\n", "utf-8")
        return result

    def measure(self, entry: Entry, shared: Mapping[str, Network]) -> Json:
        """Return the evaluation of one model, measured unless it is there."""
        digests = entry.digests()
        kept = self.kept(entry.name, digests)
        if kept is not None:
            return kept
        networks = entry.networks(shared)
        films = sum(map(len, self.data.sequences)) if entry.roi == "detector" else 0
        roi: Any = entry.roi
        with click.progressbar(length=len(self.data.pictures) + films, label=entry.name, show_pos=True) as bar:
            rows = list(measure.run(networks, self.data, roi, lambda: bar.update(1)))
            jitters = jitter.shaken(networks, self.data, roi, rows, lambda: bar.update(1))
        about = {"model": entry.model, "detector": entry.detector, "roi": entry.roi, "heatmap": entry.heatmap}
        return self.keep(entry.name, {**about, "sha256": digests}, rows, jitters)

    def judge(self, name: str, path: Path) -> Json:
        """Return the evaluation of somebody's predictions."""
        digests = {"model": sha256(path.read_bytes()).hexdigest(), "detector": None}
        kept = self.kept(name, digests)
        if kept is not None:
            return kept
        said = Predictions(path, self.data)
        about = {"model": name, "detector": None, "roi": "predictions", "heatmap": None, "sha256": digests}
        return self.keep(name, about, list(said.run(self.data)), [])


def differences(bench: Bench, entries: list[Entry]) -> list[Json]:
    """Lay each evaluation beside the one that it should be better than: stock beside taught, plain beside refined."""
    found = []
    for entry in entries:
        stock = {kind: getattr(entry, kind).removesuffix(TAUGHT) for kind in ("model", "detector")}
        base = replace(entry, **stock) if entry.heatmap else replace(entry, heatmap=True)
        if base != entry and base in entries:
            people = [tally.load(bench.work / f"{one.name}.npz") for one in (base, entry)]
            found.append({"before": base.name, "after": entry.name, **paired.compare(*people)})
    return found


def worst(bench: Bench, entry: Entry) -> list[measure.Row]:
    """Look again at the worst two people of each group, of two pictures or sequences; at most one of them missed."""
    people = tally.load(bench.work / f"{entry.name}.npz")
    right = people.sums[:, tally.MEANS.index("pck@0.2")]
    share = right[:, 0] / np.maximum(right[:, 1], 1)
    asked = []
    for group in dataset.GROUPS:
        mine = [k for k in np.argsort(share, kind="stable").tolist() if people.groups[k] == group and right[k, 1]]
        missed, found = ([k for k in mine if people.found[k] == there] for there in (False, True))
        chosen: dict[str, str] = {}
        for k in [*missed[:1], *found]:
            chosen.setdefault(people.clusters[k], people.people[k])
        asked += list(chosen.values())[:2]
    pictures = {name.partition("/")[0] for name in asked}
    kept = tuple(picture for picture in bench.data.pictures if str(picture.id) in pictures)
    shared = {entry.detector: open_detector(entry.detector)}
    roi: Any = entry.roi
    rows = measure.run(entry.networks(shared), dataset.Dataset(bench.data.path, kept), roi)
    seen = {f"{row.picture.id}/{row.person.id}": row for row in rows}
    return [seen[name] for name in asked]


def short(value: Any) -> Any:
    """Round all numbers of a report, and leave out what only pages need."""
    if isinstance(value, float):
        return round(value, DIGITS if abs(value) < 1 else 2)
    if isinstance(value, list):
        return [short(one) for one in value]
    if isinstance(value, dict):
        return {key: short(one) for key, one in value.items() if key not in ("reliability", "landmarks")}
    return value


def main() -> int:
    """Measure what is missing, then write the report, the plots and the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", default="", help="separated by commas")
    parser.add_argument("--predictions", action="append", default=[], metavar="NAME=FILE")
    parser.add_argument("--roi", default=",".join(ROIS), help="detector, truth or both")
    parser.add_argument("--data", type=Path, default=ROOT / "build/benchmark")
    parser.add_argument("--work", type=Path, default=ROOT / "build/benchmark-results")
    parser.add_argument("--json", type=Path, required=True)
    parser.add_argument("--docs", type=Path, default=ROOT / "docs/benchmark.md", help="tables between its markers")
    parser.add_argument("--pictures", type=Path, default=ROOT / "docs/pictures")
    options = parser.parse_args()
    try:
        bench, entries, found = measured(options)
    except (TrainingError, OSError) as error:
        raise SystemExit(f"benchmark_pose: {error}") from error
    result: Json = {
        "command": f"python -m benchmarks.benchmark_pose {' '.join(sys.argv[1:])}",
        "data": {
            "about": "synthetic renders by the builder that draws training pictures; not validated on patients",
            "annotations_sha256": bench.digest,
            **{key: bench.info.get(key) for key in ("recipe", "recipe_sha256", "seed", "count", "convention")},
        },
        "results": found,
        "differences": differences(bench, entries),
    }
    result = short(result)
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(result, separators=(",", ":"), allow_nan=False) + "\n", "utf-8")
    pages.fill(options.docs, result)
    pages.draw(result, options.pictures)
    if entries:
        pages.sheet(worst(bench, entries[0]), options.pictures / "benchmark_worst.webp")
    return 0


def measured(options: argparse.Namespace) -> tuple[Bench, list[Entry], dict[str, Json]]:
    """Return the benchmark, what was asked for, and all evaluations by name."""
    bench = Bench(options.data, options.work)
    names = [name for name in options.models.split(",") if name]
    asked = [
        entry_of(name.partition("@")[0], roi)
        for roi in options.roi.split(",")
        for name in names
        if name.partition("@")[2] in ("", roi)
    ]
    shared = {name: measure.Remembered(open_detector(name)) for name in {entry.detector for entry in asked}}
    found = {}
    for entry in asked:
        found[entry.name] = {"label": entry.label, **bench.measure(entry, shared)}
    for said in options.predictions:
        name, _, path = said.partition("=")
        found[name] = {"label": name, **bench.judge(name, Path(path))}
    return bench, asked, found


if __name__ == "__main__":
    sys.exit(main())
