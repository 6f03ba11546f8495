"""Triangle meshes with skin weights: subdivision, cutting, smoothing, normals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse
from scipy.spatial import cKDTree

from tools.characters.source import Bool, Float, Int, load


@dataclass(frozen=True)
class Mesh:
    """A skinned surface.

    ``points`` (n, 3) in this person's shape and ``template`` (n, 3) on the unshaped template, both in template space
    (decimetres); ``weights`` (n, bones); ``faces`` (m, 3) counter-clockwise from outside.
    """

    points: Float
    template: Float
    weights: Float
    faces: Int

    def with_points(self, points: Float) -> Mesh:
        """Return the same surface elsewhere."""
        return replace(self, points=points)

    def moved(self, offset: Float) -> Mesh:
        """Shifted by ``offset`` (n, 3)."""
        return replace(self, points=self.points + offset)

    @property
    def normals(self) -> Float:
        """Unit vertex normals (n, 3)."""
        return normals(self.points, self.faces)


def normals(points: Float, faces: Int) -> Float:
    """Area-weighted unit vertex normals (n, 3); upwards where faces have no area."""
    a, b, c = (points[faces[:, k]] for k in range(3))
    face = np.cross(b - a, c - a)
    result = np.zeros_like(points)
    for axis in range(3):
        result[:, axis] = np.bincount(faces.ravel(), np.repeat(face[:, axis], 3), len(points))
    length: Float = np.linalg.norm(result, axis=1, keepdims=True)
    return np.where(length > 1e-12, result / np.where(length > 0, length, 1), [0.0, 1.0, 0.0])


def triangles(quads: Int) -> Int:
    """Split quads (m, 4) into triangles (2m, 3): first halves, then second halves."""
    return np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])


def edges(faces: Int) -> Int:
    """Directed edges (3m, 2)."""
    return np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])


def border_edges(faces: Int) -> Int:
    """Directed edges (k, 2) that only one face has."""
    directed = edges(faces)
    _, inverse, count = np.unique(np.sort(directed, 1), axis=0, return_inverse=True, return_counts=True)
    result: Int = directed[count[inverse.ravel()] == 1]
    return result


def border_loops(faces: Int) -> list[Int]:
    """Return closed borders as vertex index cycles, longest first."""
    follow = {int(a): int(b) for a, b in border_edges(faces)}
    loops = []
    while follow:
        start, current = follow.popitem()
        loop = [start]
        while current != start and current in follow:
            loop.append(current)
            current = follow.pop(current)
        loops.append(np.array(loop))
    return sorted(loops, key=len, reverse=True)


def averaging(faces: Int, count: int) -> sparse.csr_matrix:
    """Sparse (n, n) matrix that replaces each vertex by the mean of its neighbours."""
    directed = edges(faces)
    both = np.concatenate([directed, directed[:, ::-1]])
    matrix = sparse.csr_matrix((np.ones(len(both)), (both[:, 0], both[:, 1])), shape=(count, count))
    matrix.data[:] = 1.0
    total = np.asarray(matrix.sum(1)).ravel()
    return sparse.csr_matrix(sparse.diags(1 / np.where(total > 0, total, 1)) @ matrix)


def smooth(mesh: Mesh, amount: Float, steps: int) -> Mesh:
    """Laplacian smoothing by ``amount`` (n,) in 0..1 per step; borders stay."""
    fixed = np.zeros(len(mesh.points), bool)
    fixed[border_edges(mesh.faces).ravel()] = True
    share = np.where(fixed, 0, amount)[:, None]
    matrix = averaging(mesh.faces, len(mesh.points))
    points = mesh.points
    for _ in range(steps):
        points = points + share * (matrix @ points - points)
    return mesh.with_points(points)


def subdivision(quads: Int, count: int) -> tuple[sparse.csr_matrix, Int]:
    """One Catmull-Clark step: the matrix from old to new vertices, and the new quads (4m, 4).

    New vertices come in the order old vertices, edges, faces. Border vertices stay where they are.
    """
    sides = np.stack([quads, np.roll(quads, -1, 1)], -1)
    unique, inverse, uses = np.unique(np.sort(sides.reshape(-1, 2), 1), axis=0, return_inverse=True, return_counts=True)
    edge_of = inverse.reshape(quads.shape)
    corner = np.arange(len(quads)).repeat(4)
    face_points = sparse.csr_matrix((np.full(quads.size, 0.25), (corner, quads.ravel())), shape=(len(quads), count))
    ends = np.arange(len(unique)).repeat(2)
    middles = sparse.csr_matrix((np.full(unique.size, 0.5), (ends, unique.ravel())), shape=(len(unique), count))
    beside = sparse.csr_matrix((np.full(quads.size, 0.5), (edge_of.ravel(), corner)), shape=(len(unique), len(quads)))
    inner = sparse.diags((uses == 2).astype(float))
    edge_points = middles + inner @ (0.5 * (beside @ face_points) - 0.5 * middles)
    old_points = _old_points(quads, unique, uses, count, (face_points, middles))
    first_edge, first_face = count, count + len(unique)
    faces = first_face + np.arange(len(quads))
    new = [
        np.stack([quads[:, k], first_edge + edge_of[:, k], faces, first_edge + edge_of[:, k - 1]], 1) for k in range(4)
    ]
    matrix = sparse.csr_matrix(sparse.vstack([old_points, edge_points, face_points]))
    return matrix, np.concatenate(new)


def _old_points(
    quads: Int, unique: Int, uses: Int, count: int, parts: tuple[sparse.csr_matrix, sparse.csr_matrix]
) -> sparse.csr_matrix:
    """Catmull-Clark's (F + 2 E + (k - 3) v) / k for inner vertices, identity for the rest."""
    face_points, middles = parts
    valence = np.bincount(quads.ravel(), minlength=count)
    still = valence == 0
    still[unique[uses == 1].ravel()] = True
    k = np.where(still, 1, valence).astype(float)
    corner = np.arange(len(quads)).repeat(4)
    ends = np.arange(len(unique)).repeat(2)
    of_faces = sparse.csr_matrix((np.ones(quads.size), (quads.ravel(), corner)), shape=(count, len(quads)))
    of_edges = sparse.csr_matrix((np.ones(unique.size), (unique.ravel(), ends)), shape=(count, len(unique)))
    blend = sparse.diags(np.where(still, 0, 1 / k**2)) @ (of_faces @ face_points + 2 * (of_edges @ middles))
    keep = sparse.diags(np.where(still, 1, (k - 3) / k))
    return sparse.csr_matrix(blend + keep)


@dataclass(frozen=True)
class Helper:
    """A group of the base mesh after subdivision: the matrix makes its points from any shape's vertices."""

    matrix: sparse.csr_matrix
    template: Float
    weights: Float
    faces: Int

    def shaped(self, points: Float) -> Mesh:
        """Return the surface for shaped base-mesh vertices (19158, 3)."""
        return Mesh(self.matrix @ points, self.template, self.weights, self.faces)


def helper(group: str, steps: int = 1, chosen: Bool | None = None) -> Helper:
    """Subdivide a group of the base mesh; ``chosen`` (quads,) keeps some of its faces only."""
    source = load()
    quads = source.groups[group].quads
    if chosen is not None:
        quads = quads[chosen]
    used, quads = np.unique(quads, return_inverse=True)
    quads = quads.reshape(-1, 4)
    matrix = sparse.csr_matrix(
        (np.ones(len(used)), (np.arange(len(used)), used)), shape=(len(used), len(source.points))
    )
    for _ in range(steps):
        step, quads = subdivision(quads, matrix.shape[0])
        matrix = sparse.csr_matrix(step @ matrix)
    template, weights = np.asarray(matrix @ source.points), np.asarray(matrix @ source.weights)
    return Helper(matrix, template, weights, triangles(quads))


def compact(mesh: Mesh) -> Mesh:
    """Without the vertices that no face uses."""
    used, faces = np.unique(mesh.faces, return_inverse=True)
    return Mesh(mesh.points[used], mesh.template[used], mesh.weights[used], faces.reshape(-1, 3))


def cut(mesh: Mesh, field: Float) -> Mesh:
    """Return the part of a mesh where ``field`` (n,), linear on each face, is negative."""
    inside = field < 0
    kept = inside[mesh.faces].sum(1)
    crossing = mesh.faces[(kept > 0) & (kept < 3)]
    start = len(mesh.points)
    known: dict[tuple[int, int], int] = {}
    out: list[tuple[int, int, int]] = []
    for face in crossing.tolist():
        polygon = []
        for a, b in zip(face, face[1:] + face[:1], strict=True):
            if inside[a]:
                polygon.append(a)
            if inside[a] != inside[b]:
                polygon.append(known.setdefault((min(a, b), max(a, b)), start + len(known)))
        out += [(polygon[0], polygon[k], polygon[k + 1]) for k in range(1, len(polygon) - 1)]
    ends = np.array(list(known), dtype=np.int64).reshape(-1, 2)
    share = (field[ends[:, 0]] / (field[ends[:, 0]] - field[ends[:, 1]]))[:, None]

    def between(values: Float) -> Float:
        return np.concatenate([values, values[ends[:, 0]] * (1 - share) + values[ends[:, 1]] * share])

    faces = np.concatenate([mesh.faces[kept == 3], np.array(out, dtype=np.int64).reshape(-1, 3)])
    return compact(Mesh(between(mesh.points), between(mesh.template), between(mesh.weights), faces))


def join(meshes: Sequence[Mesh]) -> Mesh:
    """Several meshes as one."""
    offsets = np.cumsum([0] + [len(mesh.points) for mesh in meshes[:-1]])
    return Mesh(
        np.concatenate([mesh.points for mesh in meshes]),
        np.concatenate([mesh.template for mesh in meshes]),
        np.concatenate([mesh.weights for mesh in meshes]),
        np.concatenate([mesh.faces + offset for mesh, offset in zip(meshes, offsets, strict=True)]),
    )


class Outside:
    """Pushes points out of a closed surface, by the planes of its nearest vertices."""

    def __init__(self, points: Float, surface_normals: Float) -> None:
        self.points, self.normals = points, surface_normals
        self.tree = cKDTree(points)

    def distance(self, points: Float) -> tuple[Float, Float]:
        """Signed distance (n,) to the planes of the three nearest vertices, and their mean normal (n, 3)."""
        far, nearest = self.tree.query(points, k=3)
        share: Float = 1 / (np.asarray(far) + 1e-3)
        share = share / share.sum(1, keepdims=True)
        signed = (((points[:, None] - self.points[nearest]) * self.normals[nearest]).sum(-1) * share).sum(1)
        direction: Float = (self.normals[nearest] * share[..., None]).sum(1)
        return signed, direction / (np.linalg.norm(direction, axis=1, keepdims=True) + 1e-12)

    def push(self, points: Float, gap: float | Float, steps: int = 2) -> Float:
        """Points (n, 3), moved until they lie at least ``gap`` outside."""
        for _ in range(steps):
            signed, direction = self.distance(points)
            points = points + direction * np.maximum(0, gap - signed)[:, None]
        return points
