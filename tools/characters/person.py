"""The person under the clothes: skin, eyes and lashes as parts, without what the clothes cover."""

from __future__ import annotations

import numpy as np

from tools.characters import skin as skins
from tools.characters.fields import SIDES
from tools.characters.glb import Material
from tools.characters.mesh import Mesh, normals, triangles
from tools.characters.parts import Part
from tools.characters.skin import Colour, Skin, body_faces
from tools.characters.source import Bool, Float, load

HEAD_SIZE, BODY_SIZE = 1024, 512


def skin_normals(points: Float) -> Float:
    """Return normals (19158, 3) of the whole skin, seamless between head and body."""
    return normals(points, np.concatenate([part.faces for part in body_faces()]))


def skin_parts(points: Float, hidden: Bool, skin: Skin) -> list[Part]:
    """Head and body; triangles with all corners ``hidden`` (19158,) are left out."""
    source = load()
    whole = skin_normals(points)
    parts = []
    for name, half, size in zip(("head", "body"), body_faces(), (HEAD_SIZE, BODY_SIZE), strict=True):
        kept = ~hidden[half.faces].all(1)
        mesh = Mesh(points, source.points, source.weights, half.faces[kept])
        material = Material(name, image=skins.bake(name, skin, size), roughness=0.55, quality=86)
        parts.append(Part(name, mesh, half.uv[kept], material, whole))
    return parts


def eye_parts(points: Float, iris: Colour) -> list[Part]:
    """Eyeballs, textured from the front, and lashes."""
    source = load()
    ball = Material("eye", image=skins.eye(iris), roughness=0.15)
    lash = Material("lash", image=skins.lashes(), roughness=0.9, cutoff=0.5, double_sided=True)
    parts = []
    for side in SIDES:
        group = source.groups[f"helper-{side}-eye"]
        faces = triangles(group.quads)
        own = points[group.vertices]
        centre = (own.max(0) + own.min(0)) / 2
        radius = np.ptp(own, axis=0)[:2].max() / 2
        mesh = Mesh(points, source.points, source.weights, faces)
        uv = 0.5 + (points[faces][..., :2] - centre[:2]) / (2 * radius)
        parts.append(Part(f"eye_{side}", mesh, uv, ball, occludes=False, shaded=False))
        for row in ("1", "2"):
            group = source.groups[f"helper-{side}-eyelashes-{row}"]
            faces = triangles(group.quads)
            far = np.linalg.norm(points - centre, axis=1)
            x = points[group.vertices, 0]
            u = (points[:, 0] - x.min()) / np.ptp(x)
            v = (far - far[group.vertices].min()) / np.ptp(far[group.vertices])
            mesh = Mesh(points, source.points, source.weights, faces)
            uv = np.stack([u, v], -1)[faces]
            parts.append(Part(f"lash_{side}{row}", mesh, uv, lash, occludes=False, shaded=False))
    return parts
