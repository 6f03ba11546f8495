"""Hair that lies on the head: an opaque cap grown from the scalp, and thin shells of strands over it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from PIL import Image
from scipy import sparse

from tools.characters.bake import normal_map, rasterise
from tools.characters.fields import fractal, noise, smoothstep
from tools.characters.glb import Material
from tools.characters.mesh import Mesh, averaging, helper, normals
from tools.characters.parts import Part
from tools.characters.shoes import linear
from tools.characters.skin import Colour, bald_top, crown_angles, scalp_field, strands
from tools.characters.source import Float, Int, displacement, load

SIZE = 512
DISC = 2.5  # polar angle at the rim of the texture's disc, radians
LEVELS = 24  # grey levels of hair textures: strands need few, and the files stay small


@dataclass(frozen=True)
class Cap:
    """Shape of the hair on the head, decimetres.

    ``top`` and ``side`` are thicknesses; ``curl`` 0..1 turns strands into locks; ``shells`` is the number of thin
    layers that loosen the silhouette; ``sweep`` pushes the top backwards (negative: over the forehead); ``crown``
    0..1 leaves the top bald; ``slick`` 0..1 smooths strands down.
    """

    top: float = 0.2
    side: float = 0.1
    curl: float = 0.0
    shells: int = 3
    sweep: float = 0.0
    crown: float = 0.0
    slick: float = 0.0


@dataclass(frozen=True)
class Scalp:
    """The skin under the hair, subdivided: matrix from base-mesh vertices, template, faces, corner coordinates.

    The texture is a disc about the crown: hair lies along its radii, and it has no seam.
    """

    matrix: sparse.csr_matrix
    template: Float
    weights: Float
    faces: Int
    uv: Float


@cache
def scalp() -> Scalp:
    """Return the scalp and a margin beside it after one subdivision step (cached)."""
    source = load()
    quads = source.groups["body"].quads
    points = source.points
    ears = displacement("ears/l-ear-trans-up") + displacement("ears/r-ear-trans-up")
    allowed = (scalp_field(points) > -0.22) & (ears < 0.9) & (points[:, 1] > 6.1) & (np.abs(points[:, 0]) < 1.2)
    base = helper("body", 1, allowed[quads].all(1))
    polar, turn = crown_angles(base.template)
    disc = 0.5 + 0.48 * (polar / DISC)[:, None] * np.column_stack([np.cos(turn), np.sin(turn)])
    return Scalp(base.matrix, base.template, base.weights, base.faces, disc[base.faces])


@cache
def _position_map() -> Float:
    base = scalp()
    values, _ = rasterise(base.uv.copy(), base.template[base.faces], SIZE)
    return values


def thickness(cap: Cap, at: Float) -> Float:
    """Thickness (n,) of the hair over template points, decimetres."""
    inside = scalp_field(at)
    high = smoothstep(at[:, 1], 7.2, 8.15)
    # Combed hair rises slowly from the hair line: a step there looks like a helmet's rim.
    grown = smoothstep(inside, -0.04, 0.85 if cap.curl < 0.5 else 0.3)
    bald = 1 - cap.crown * smoothstep(at[:, 1], 7.3, 7.78)
    result: Float = (cap.side + (cap.top - cap.side) * high) * grown * bald
    return result


def _relief(cap: Cap, at: Float) -> Float:
    """Locks and strands as a factor (n,) around 1."""
    if cap.curl > 0.5:
        return 1 + 0.10 * fractal(at, 3.0, 41, 3)
    lines = 0.22 * strands(at, 0.35, 8, 44) + 0.25 * fractal(at, 1.6, 42, 2)
    return 1 + lines * (1 - cap.slick)


def surface(points: Float, cap: Cap, share: float) -> Mesh:
    """Return the hair's surface at ``share`` (0 skin, 1 full) of its thickness on shaped base-mesh ``points``."""
    base = scalp()
    skin = base.matrix @ points
    out = normals(skin, base.faces)
    mean = averaging(base.faces, len(skin))
    for _ in range(8):
        out = mean @ out
    centre = load().joint("head-2", points) * [0, 1, 1] - [0, 0.95, -0.05]
    round_out = skin - centre
    out = out / np.linalg.norm(out, axis=1, keepdims=True)
    out = out + cap.curl * round_out / np.linalg.norm(round_out, axis=1, keepdims=True)
    out /= np.linalg.norm(out, axis=1, keepdims=True)
    depth = thickness(cap, base.template) * _relief(cap, base.template) * share
    top = smoothstep(base.template[:, 1], 7.5, 8.1)
    lean = np.column_stack([0 * top, 0 * top, -cap.sweep * top]) + np.array([0, -0.35, 0]) * (1 - top)[:, None]
    offset = out * depth[:, None] + lean * (depth * share * (1 - cap.curl))[:, None]
    # Subdivision rounds the skin's coarse faces off by up to four millimetres at the hair line.
    return Mesh(skin + offset + out * 0.04, base.template, base.weights, base.faces)


def texture(cap: Cap) -> tuple[Image.Image, Image.Image]:
    """Grey-and-alpha image of strands, and its normal map.

    Alpha is the height of the strand at a texel, so that a rising cut-off thins out outer shells; it falls to zero at
    the hair line.
    """
    at = _position_map()
    if cap.curl > 0.5:
        height = 0.5 + 0.5 * fractal(at, 8, 21, 3)
    else:
        height = 0.5 + 0.35 * strands(at, 0.5, 14, 23) + 0.3 * strands(at, 0.4, 31, 24) + 0.15 * noise(at, 16, 25)
    height = np.clip(height, 0, 1)
    inside = scalp_field(at) + 0.09 * strands(at, 0.6, 60, 26) + 0.05 * noise(at, 7, 28)
    alpha = (0.42 + 0.58 * height) * smoothstep(inside, -0.05, 0.12) * (1 - cap.crown * bald_top(at))
    grey = 0.55 + 0.45 * np.round(height * LEVELS) / LEVELS
    steps = np.round(alpha * LEVELS) / LEVELS
    pixels = (np.dstack([grey, steps]) * 255).round().astype(np.uint8)
    return Image.fromarray(pixels, "LA"), normal_map(height * 4, 0.5)


def parts(points: Float, cap: Cap, colour: Colour, covered: bool) -> list[Part]:
    """Return cap and shells, inside out; ``covered``: longer hair lies on them, and must not darken them."""
    grey, normal = texture(cap)
    base = scalp()
    low, high = (0.97, 1.06) if cap.curl > 0.5 else (0.9, 1.09)
    result = []
    for layer in range(cap.shells + 1):
        share = low + (high - low) * layer / max(cap.shells, 1)
        cutoff = 0.25 if layer == 0 else 0.5 + 0.34 * layer / cap.shells
        material = Material(
            f"hair{layer}", linear(colour), grey, normal, roughness=0.62, cutoff=cutoff, double_sided=layer == 0
        )
        mesh = surface(points, cap, share)
        result.append(Part(f"hair{layer}", mesh, base.uv, material, occludes=layer == 0, shaded=not covered))
    return result
