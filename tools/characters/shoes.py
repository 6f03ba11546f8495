"""Shoes and socks: an upper cut from the tights helper on a sole lofted from the footprint."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.spatial import ConvexHull, cKDTree

from tools.characters.bake import grain, image, mix, normal_map, rasterise
from tools.characters.drape import folded_uv, seam_uv, sweep, thicken
from tools.characters.fields import SIDES, arm_share, smoothstep
from tools.characters.glb import Material
from tools.characters.mesh import Helper, Mesh, Outside, cut, helper, join, smooth
from tools.characters.parts import Part, flat_uv
from tools.characters.skin import Colour
from tools.characters.source import Float, load

SOLE = 0.24  # decimetres under the foot
ANKLE = {"sneaker": -7.28, "boot": -6.7, "plain": -7.36}
OUTLINE = 56


@dataclass(frozen=True)
class Shoes:
    """``kind``: sneaker, boot or plain; ``sock`` is the sock's colour, ``sock_top`` its template height."""

    colour: Colour
    sole: Colour = (236, 236, 232)
    accent: Colour = (240, 240, 240)
    kind: str = "sneaker"
    sock: Colour = (226, 226, 222)
    sock_top: float = -6.75

    def __post_init__(self) -> None:
        if self.kind not in ANKLE:
            raise ValueError(f"kind: expected one of {sorted(ANKLE)}, got {self.kind!r}")


@cache
def _feet() -> Helper:
    source = load()
    low = (source.points[source.groups["helper-tights"].quads][..., 1] < -5.5).all(1)
    return helper("helper-tights", 1, low)


def floor_height(points: Float) -> float:
    """Template-space height of the ground below shod feet."""
    return float(points[load().groups["body"].vertices, 1].min()) - SOLE


def hidden(points: Float, weights: Float, shoes: Shoes) -> Float:
    """Negative where template points lie inside the shoes."""
    return np.where(arm_share(weights) > 0.3, 1.0, points[:, 1] - ANKLE[shoes.kind])


def footprint(points: Float, floor: float) -> Float:
    """Smooth outline (OUTLINE, 2) in x, z around one foot, counter-clockwise seen from above (x to z)."""
    flat = points[points[:, 1] < floor + SOLE + 0.55][:, [0, 2]]
    hull = flat[ConvexHull(flat).vertices]
    closed = np.concatenate([hull, hull[:1]])
    way = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(closed, axis=0), axis=1))])
    at = np.linspace(0, way[-1], OUTLINE, endpoint=False)
    outline = np.column_stack([np.interp(at, way, closed[:, k]) for k in range(2)])
    outline = gaussian_filter1d(outline, 1.2, axis=0, mode="wrap")
    ahead = np.roll(outline, -1, 0) - np.roll(outline, 1, 0)
    outwards = np.column_stack([ahead[:, 1], -ahead[:, 0]])
    outwards /= np.linalg.norm(outwards, axis=1, keepdims=True)
    middle = outline.mean(0)
    outwards *= np.sign(((outline - middle) * outwards).sum())
    result: Float = outline + outwards * 0.11
    return result


def sole_mesh(outline: Float, floor: float, weights_of: tuple[Float, Float]) -> Mesh:
    """Loft a sole from an outline; it is skinned like the nearest of ``weights_of``: points (n, 3), weights (n, b)."""
    middle = outline.mean(0)
    reach = outline[:, 1] - middle[1]
    spring = 0.09 * smoothstep(reach, 0.55 * reach.max(), reach.max()) + 0.04 * smoothstep(-reach, 0.6, -reach.min())

    def ring(scale: float, height: Float) -> Float:
        flat = middle + (outline - middle) * scale
        return np.column_stack([flat[:, 0], height, flat[:, 1]])

    level = np.full(OUTLINE, floor)
    rings = [
        ring(s, level + spring * r + h) for s, h, r in ((0.0, 0.0, 0), (0.9, 0.0, 1), (0.97, 0.03, 1), (1.0, 0.1, 1))
    ]
    rings += [ring(1.0, level + SOLE + 0.02), ring(0.97, level + SOLE + 0.06), ring(0.7, level + SOLE + 0.06)]
    points, faces, _ = sweep(rings, closed=True)
    centre = np.array([middle[0], floor + 0.1, middle[1]])
    normal = np.cross(points[faces[:, 1]] - points[faces[:, 0]], points[faces[:, 2]] - points[faces[:, 0]])
    if ((points[faces].mean(1) - centre) * normal).sum() < 0:
        faces = faces[:, ::-1]
    _, nearest = cKDTree(weights_of[0]).query(points)
    return Mesh(points, points, weights_of[1][nearest], faces)


def _upper(mesh: Mesh, outline: Float, floor: float) -> Mesh:
    """Foot-shaped cloth made into a shoe: rounded off, widened onto the sole, its underside taken away."""
    top = floor + SOLE
    mesh = mesh.moved(mesh.normals * 0.085)
    mesh = smooth(mesh, np.full(len(mesh.points), 0.6), 10)
    points = mesh.points.copy()
    middle = outline.mean(0)
    flat = points[:, [0, 2]] - middle
    radius = np.linalg.norm(flat, axis=1) + 1e-9
    turn = np.arctan2(flat[:, 1], flat[:, 0])
    edge = outline - middle
    order = np.argsort(np.arctan2(edge[:, 1], edge[:, 0]))
    wanted = np.interp(
        turn, np.arctan2(edge[:, 1], edge[:, 0])[order], np.linalg.norm(edge, axis=1)[order], period=2 * np.pi
    )
    low = 1 - smoothstep(points[:, 1] - top, 0.0, 0.5)
    grow = np.where(radius > 0.5 * wanted, (wanted * 0.97 - radius) * low, 0)
    points[:, [0, 2]] += flat / radius[:, None] * np.maximum(grow, 0)[:, None]
    lifted = mesh.with_points(points)
    return cut(lifted, top - points[:, 1])


def _paint(mesh: Mesh, uv: Float, shoes: Shoes) -> Material:
    size = 256
    values, _ = rasterise(uv.copy(), mesh.template[mesh.faces], size)
    x, y, z = np.abs(values[..., 0]), values[..., 1], values[..., 2]
    colour = np.broadcast_to(np.array(shoes.colour) / 255, (size, size, 3)).copy()
    height = 0.3 * grain((size, size), (0.6, 0.6), 3)
    accent = np.array(shoes.accent) / 255
    middle = np.abs(x - np.interp(z, [0.0, 1.9], [2.18, 2.12]))
    if shoes.kind == "sneaker":
        tongue = (middle < 0.26) & (z > 0.25) & (z < 1.25) & (y > -7.95)
        laces = tongue & (np.abs(((z - 0.02 * middle) / 0.17) % 1 - 0.5) < 0.2)
        colour = mix(colour, colour * 0.75, tongue.astype(float))
        colour = mix(colour, accent, laces.astype(float))
        stripe = (np.abs((z - 0.55) - (y + 7.75) * 0.9) < 0.09) & (middle > 0.3)
        colour = mix(colour, accent, stripe.astype(float))
        height += 2.0 * laces
    toe = np.abs(z - 1.45) < 0.025
    heel = (z < -0.32) | (np.abs(y - ANKLE[shoes.kind] + 0.08) < 0.02)
    colour = mix(colour, colour * 0.78, (toe | heel).astype(float))
    height -= 1.5 * toe
    roughness = 0.75 if shoes.kind == "sneaker" else 0.5
    normal = normal_map(height, 0.5)
    return Material("shoe", image=image(colour), normal=normal, roughness=roughness, double_sided=True, quality=80)


def parts(points: Float, shoes: Shoes) -> list[Part]:
    """Uppers and soles of both feet."""
    floor = floor_height(points)
    both = _feet().shaped(points)
    both = cut(both, both.template[:, 1] - ANKLE[shoes.kind])
    uppers, soles = [], []
    for sign in SIDES.values():
        foot = cut(both, -both.template[:, 0] * sign)
        outline = footprint(foot.points, floor)
        uppers.append(_upper(foot, outline, floor))
        soles.append(sole_mesh(outline, floor, (foot.points, foot.weights)))
    mesh = join(uppers)
    at = mesh.template
    turn = np.arctan2((np.abs(at[:, 0]) - 2.2) * np.sign(at[:, 0]), at[:, 1] + 8.0) / (2 * np.pi)
    along = (at[:, 2] + 0.9) / 3.3
    wrapped = seam_uv(turn, along, mesh, 1.0)
    left = at[mesh.faces][..., 0].mean(1) > 0
    uv = np.stack([wrapped[..., 1], np.where(left, 0.25, 0.75)[:, None] + wrapped[..., 0] * 0.44], -1)
    folded, normals = thicken(mesh, 0.07)
    material = _paint(mesh, uv, shoes)
    sole_colour = Material("sole", colour=linear(shoes.sole), roughness=0.8)
    sole = join(soles)
    return [
        Part("shoe", folded, folded_uv(mesh, uv, folded), material, normals),
        Part("sole", sole, flat_uv(sole), sole_colour),
    ]


def socks(points: Float, body: Outside, shoes: Shoes, without: str | None = None) -> Part:
    """Socks from inside the shoes up to ``sock_top``; none on the side ``without`` (``l`` or ``r``)."""
    mesh = _feet().shaped(points)
    if without is not None:
        mesh = cut(mesh, mesh.template[:, 0] * SIDES[without])
    low, high = ANKLE[shoes.kind] - 0.3, shoes.sock_top
    mesh = cut(mesh, np.maximum(mesh.template[:, 1] - high, low - mesh.template[:, 1]))
    mesh = mesh.with_points(body.push(mesh.points, 0.03))
    folded, normals = thicken(mesh, 0.04)
    material = Material("sock", colour=linear(shoes.sock), roughness=0.95, double_sided=True)
    return Part("sock", folded, flat_uv(folded), material, normals)


def linear(colour: Colour) -> tuple[float, float, float]:
    """Convert sRGB 0..255 to linear 0..1, as glTF factors are."""
    c = np.array(colour) / 255
    r, g, b = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
    return round(float(r), 5), round(float(g), 5), round(float(b), 5)
