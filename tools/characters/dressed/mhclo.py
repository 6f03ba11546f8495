"""MakeHuman's clothes files: a mesh (``.obj``), how it hangs on the base mesh (``.mhclo``), its looks (``.mhmat``).

The formats are described by MakeHuman's documentation ("MHCLO file format") and its ``shared/proxy.py``: each vertex
of the clothes is an affine combination of three vertices of the base mesh plus an offset, and offsets stretch with
three measures of the body. Everything is in template space (decimetres), as in ``tools.characters.source``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from scipy import sparse

from tools.characters.mesh import Mesh
from tools.characters.source import Bool, Float, Int, load

AXES = ("x", "y", "z")


class AssetError(ValueError):
    """An asset that cannot be read: which file, which line, what was expected."""


@dataclass(frozen=True)
class Surface:
    """A mesh file: ``points`` (n, 3), triangles ``faces`` (m, 3), texture coordinates ``uv`` (m, 3, 2) per corner."""

    points: Float
    faces: Int
    uv: Float


@dataclass(frozen=True)
class Fit:
    """How ``n`` vertices hang on the base mesh.

    ``corners`` and ``shares`` (n, 3): base-mesh vertices and their weights, which sum to about one but may be negative;
    ``offsets`` (n, 3); ``scales``: for each axis two base-mesh vertices and the distance along that axis at which
    offsets keep their length; ``deleted`` (19158,): base-mesh vertices that the clothes hide; ``depth``: what lies
    deeper is hidden by what lies higher; ``tags`` in lower case; ``material``: the file named as its looks.
    """

    corners: Int
    shares: Float
    offsets: Float
    scales: dict[str, tuple[int, int, float]]
    deleted: Bool
    depth: int = 50
    tags: frozenset[str] = field(default_factory=frozenset)
    material: str | None = None

    def points(self, body: Float) -> Float:
        """Vertices (n, 3) on a body whose base-mesh vertices (19158, 3) are given."""
        stretch = np.ones(3)
        for axis, (first, second, reference) in self.scales.items():
            k = AXES.index(axis)
            stretch[k] = abs(body[first, k] - body[second, k]) / reference
        result: Float = np.einsum("nk,nkj->nj", self.shares, body[self.corners]) + self.offsets * stretch
        return result

    def weights(self, weights: Float) -> Float:
        """Skin weights (n, bones) from those of the base mesh: what extrapolation makes negative is cut off."""
        matrix = sparse.csr_matrix(
            (self.shares.ravel(), (np.arange(len(self.shares)).repeat(3), self.corners.ravel())),
            shape=(len(self.shares), len(weights)),
        )
        blended = np.maximum(np.asarray(matrix @ weights), 0.0)
        total = blended.sum(1, keepdims=True)
        if (total <= 0).any():
            blended[total[:, 0] <= 0] = weights[self.corners[total[:, 0] <= 0, 0]]
            total = blended.sum(1, keepdims=True)
        result: Float = blended / np.where(total > 0, total, 1)
        return result

    def covered(self, hidden: Bool) -> Bool:
        """Which vertices (n,) hang on ``hidden`` (19158,) vertices alone, and so are hidden themselves."""
        result: Bool = hidden[self.corners].all(1)
        return result

    def mesh(self, surface: Surface, body: Float) -> Mesh:
        """Return the clothes on a body."""
        source = load()
        return Mesh(self.points(body), self.points(source.points), self.weights(source.weights), surface.faces)


def _lines(path: Path) -> list[tuple[int, list[str]]]:
    """Words of each line that says something, with its number."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError as error:
        raise AssetError(f"{path}: there is no such file") from error
    words = ((number, line.split()) for number, line in enumerate(text.splitlines(), 1))
    return [(number, row) for number, row in words if row and not row[0].startswith(("#", "//"))]


def read_surface(path: Path) -> Surface:
    """Read a Wavefront mesh of triangles and quads with texture coordinates; AssetError names a bad line.

    Texture coordinates that lie outside of 0..1 are brought back by whole tiles, face by face.
    """
    points: list[list[float]] = []
    texture: list[list[float]] = []
    faces: list[list[int]] = []
    corners: list[list[int]] = []
    for number, (kind, *rest) in _lines(path):
        try:
            if kind == "v":
                points.append([float(x) for x in rest[:3]])
            elif kind == "vt":
                texture.append([float(x) for x in rest[:2]])
            elif kind == "f":
                pairs = [[int(x) - 1 for x in corner.split("/")[:2]] for corner in rest]
                for k in range(1, len(pairs) - 1):
                    fan = [pairs[0], pairs[k], pairs[k + 1]]
                    faces.append([at for at, _ in fan])
                    corners.append([at for _, at in fan])
        except ValueError as error:
            raise AssetError(
                f"{path}, line {number}: expected numbers, and faces as v/vt, got {' '.join(rest)[:60]!r}"
            ) from error
    if not faces:
        raise AssetError(f"{path}: expected a mesh with faces, found none")
    triangles, places = np.array(faces), np.array(corners)
    if triangles.max() >= len(points) or places.max() >= len(texture) or min(triangles.min(), places.min()) < 0:
        raise AssetError(f"{path}: a face names a vertex that the file does not have")
    uv = np.array(texture)[places]
    return Surface(np.array(points), triangles, uv - np.floor(uv.mean(1, keepdims=True)))


def read_fit(path: Path) -> Fit:
    """Read a ``.mhclo`` file for the base mesh hm08; AssetError names a bad line."""
    count = len(load().points)
    rows: list[tuple[list[int], list[float], list[float]]] = []
    scales: dict[str, tuple[int, int, float]] = {}
    deleted = np.zeros(count, bool)
    said: dict[str, str] = {}
    tags: set[str] = set()
    part = ""
    for number, row in _lines(path):
        try:
            if row[0] in ("verts", "delete_verts"):
                part = row[0]
            elif part == "verts" and row[0].isdigit():
                rows.append(_place(row, count))
            elif part == "delete_verts" and row[0].isdigit():
                _delete(deleted, row)
            elif row[0].endswith("_scale"):
                scales[row[0][0]] = (int(row[1]), int(row[2]), float(row[3]))
            elif row[0] == "tag":
                tags.add(" ".join(row[1:]).lower())
            else:
                said[row[0]] = " ".join(row[1:])
        except (ValueError, IndexError) as error:
            raise AssetError(f"{path}, line {number}: {error} in {' '.join(row)[:60]!r}") from error
    if said.get("basemesh", "hm08") != "hm08":
        raise AssetError(f"{path}: expected clothes for the base mesh hm08, got {said['basemesh']!r}")
    if not rows or not set(scales) <= set(AXES):
        raise AssetError(f"{path}: expected vertices after 'verts', and x_scale, y_scale, z_scale at most")
    corners, shares, offsets = (np.array(column) for column in zip(*rows, strict=True))
    depth = int(said.get("z_depth", "50"))
    return Fit(corners, shares, offsets, scales, deleted, depth, frozenset(tags), said.get("material"))


def _place(row: list[str], count: int) -> tuple[list[int], list[float], list[float]]:
    """Return one vertex: on a vertex of the base mesh (1 number), or on three with weights and an offset (6 or 9)."""
    if len(row) not in (1, 6, 9):
        raise ValueError(f"expected 1, 6 or 9 numbers, got {len(row)}")
    corners = [int(x) for x in row[:3]]
    if max(corners) >= count or min(corners) < 0:
        raise ValueError(f"expected vertices 0..{count - 1}")
    if len(row) == 1:
        return corners * 3, [1.0, 0.0, 0.0], [0.0] * 3
    numbers = [float(x) for x in row[3:]]
    if not np.isfinite(numbers).all():
        raise ValueError("expected finite numbers")
    return corners, numbers[:3], numbers[3:] or [0.0] * 3


def _delete(deleted: Bool, row: list[str]) -> None:
    """Mark the vertices that a line lists, as ``12 15 - 20 31``."""
    k = 0
    while k < len(row):
        first = last = int(row[k])
        if row[k + 1 : k + 2] == ["-"]:
            last, k = int(row[k + 2]), k + 2
        if not 0 <= first <= last < len(deleted):
            raise ValueError(f"expected vertices 0..{len(deleted) - 1}, got {first} - {last}")
        deleted[first : last + 1] = True
        k += 1


def read_texture(path: Path) -> Path | None:
    """Return the colour picture that a ``.mhmat`` file names, None where it names none or the picture is missing."""
    for _, row in _lines(path):
        if row[0] == "diffuseTexture" and len(row) > 1:
            picture = path.parent / " ".join(row[1:])
            return picture if picture.is_file() else None
    return None
