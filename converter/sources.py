"""The released networks: where their files are, what goes in, what comes out.

All come in the npm package ``@mediapipe/pose`` (Apache-2.0), which ``npm ci`` puts into ``node_modules``. Input and
output meanings: https://ai.google.dev/edge/mediapipe/solutions/vision/pose_landmarker and its model card; the 39
points are the 33 of ``static/spec/landmarks.json`` and its 6 auxiliary ones.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from .errors import ChecksumError, UnknownModelError
from .tflite import Graph

PACKAGE = "@mediapipe/pose@0.5.1675469404"
FOLDER = Path("node_modules/@mediapipe/pose")
LICENCE = "Apache-2.0"


@dataclass(frozen=True)
class Output:
    """One output that is exported: its position in the .tflite file, its meaning, its unit."""

    name: str
    position: int
    meaning: str
    unit: str


@dataclass(frozen=True)
class Source:
    """One network to convert. `role` is "landmarks" or "detector", "other" for a file that we know nothing about."""

    name: str
    role: str
    file: str
    sha256: str
    # of RGB values, which the networks take as floats
    value_range: tuple[float, float]
    outputs: tuple[Output, ...]
    committed: bool = True
    # of the crops, in how many the converted network must be within the tolerances
    share_within: float = 1.0
    package: str | None = PACKAGE
    licence: str | None = LICENCE

    @property
    def path(self) -> Path:
        """Where ``npm ci`` puts the file, relative to the repository's root."""
        return FOLDER / self.file

    @property
    def positions(self) -> dict[str, int]:
        """Output names and their positions in the file."""
        return {output.name: output.position for output in self.outputs}


# Position 2, the segmentation mask, is left out: it costs 21 to 30 % of the time and nothing here uses it.
_LANDMARK_OUTPUTS = (
    Output(
        "landmarks",
        0,
        "39 x (x, y, z, visibility, presence): position in the crop, x right, y down, z smaller is nearer with the hip "
        "centre at 0; the last two before the sigmoid",
        "px of the 256 px crop; logit",
    ),
    Output("flag", 1, "somebody is in the crop, after the sigmoid", "probability"),
    Output("heatmap", 3, "one map per landmark, before the sigmoid, that refines x and y", "logit"),
    Output("world", 4, "39 x (x, y, z): x right, y down, z away from the camera, origin at the hip centre", "m"),
)
_DETECTOR_OUTPUTS = (
    Output(
        "boxes",
        0,
        "2254 anchors x (x, y, width, height, 4 x (x, y)): box and key points (hip centre, full-body circle, shoulder "
        "centre, upper-body circle), relative to the anchor's centre",
        "px of the 224 px input",
    ),
    Output("scores", 1, "somebody is at this anchor, before the sigmoid", "logit"),
)

# By role, in the file's order, which is also the one in which MediaPipe Tasks takes them.
OUTPUT_SHAPES = {
    "detector": ((1, 2254, 12), (1, 2254, 1)),
    "landmarks": ((1, 195), (1, 1), (1, 256, 256, 1), (1, 64, 64, 39), (1, 117)),
}
_RANGES = {"detector": (-1.0, 1.0), "landmarks": (0.0, 1.0)}
_OUTPUTS = {"detector": _DETECTOR_OUTPUTS, "landmarks": _LANDMARK_OUTPUTS}
TAUGHT_SHARE_WITHIN = 0.95
"""Of the crops in which a taught network must keep the tolerances: nobody chose its weights for small rounding."""

SOURCES = {
    source.name: source
    for source in (
        Source(
            "person-detector",
            "detector",
            "pose_solution_packed_assets.data",  # for all its name, this is the detector's .tflite file
            "a63c614bef30d35947f13be361820b1e4e3bec9cfeebf4d11216a18373108e85",
            (-1.0, 1.0),
            _DETECTOR_OUTPUTS,
        ),
        Source(
            "blazepose-lite",
            "landmarks",
            "pose_landmark_lite.tflite",
            "f17bfbecadb61c3be1baa8b8d851cc6619c870a87167b32848ad20db306b9d61",
            (0.0, 1.0),
            _LANDMARK_OUTPUTS,
        ),
        Source(
            "blazepose-full",
            "landmarks",
            "pose_landmark_full.tflite",
            "e9a5c5cb17f736fafd4c2ec1da3b3d331d6edbe8a0d32395855aeb2cdfd64b9f",
            (0.0, 1.0),
            _LANDMARK_OUTPUTS,
        ),
        Source(
            "blazepose-heavy",
            "landmarks",
            "pose_landmark_heavy.tflite",
            "59e42d71bcd44cbdbabc419f0ff76686595fd265419566bd4009ef703ea8e1fe",
            (0.0, 1.0),
            _LANDMARK_OUTPUTS,
            committed=False,
            # On one picture in a hundred this deepest network enlarges the last digits of its first layers a
            # thousandfold (TFLite's own two sets of kernels differ by 0.03 mm there, TF.js by 0.16 mm).
            share_within=0.95,
        ),
    )
}


def identify(path: Path, graph: Graph) -> Source:
    """Return the released network that a file is, by its sha256 whatever its name; else a description of the file.

    A file with the outputs of a pose network counts as a taught one, any other as "other".
    """
    digest = sha256(path.read_bytes()).hexdigest()
    for source in SOURCES.values():
        if source.sha256 == digest:
            return source
    unknown = Source(path.stem, "other", path.name, digest, (0.0, 1.0), (), committed=False, package=None, licence=None)
    shapes = tuple(graph.tensors[index].shape for index in graph.outputs)
    for role, expected in OUTPUT_SHAPES.items():
        if shapes == expected:
            taught = replace(unknown, role=role, share_within=TAUGHT_SHARE_WITHIN)
            return replace(taught, value_range=_RANGES[role], outputs=_OUTPUTS[role])
    outputs = tuple(
        Output(f"output_{position}", position, graph.tensors[index].name, "unknown")
        for position, index in enumerate(graph.outputs)
    )
    return replace(unknown, outputs=outputs)


def find(name: str, root: Path = Path()) -> Path:
    """Return the path of a released file below `root`, the repository's root, after checking its sha256."""
    if name not in SOURCES:
        raise UnknownModelError(f"no released model is called '{name}'; there are {', '.join(SOURCES)}")
    source = SOURCES[name]
    path = root / source.path
    if not path.is_file():
        raise UnknownModelError(f"{name}: {path} is missing; `npm ci` installs it with {PACKAGE}")
    found = sha256(path.read_bytes()).hexdigest()
    if found != source.sha256:
        raise ChecksumError(f"{path}: expected sha256 {source.sha256}, found {found}")
    return path
