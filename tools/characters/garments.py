"""Shirts and trousers, cut from the base mesh's tights helper and hung on the body."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from tools.characters import fabric
from tools.characters.drape import Hang, folded_uv, hang, seam_uv, thicken
from tools.characters.fabric import Cloth, Panel
from tools.characters.fields import SIDES, arm_share, fractal, noise, ridges, sleeve_parameter, smoothstep
from tools.characters.glb import Material
from tools.characters.mesh import Helper, Mesh, Outside, cut, helper, smooth
from tools.characters.parts import Part
from tools.characters.skin import Colour
from tools.characters.source import Bool, Float, load

NECK = (np.array([0.0, 6.12, 0.24]), np.array([0.0, 7.2, 0.45]))
WAIST = 0.55
TAIL = 0.18  # decimetres that a shirt's hem is higher at the back
LENGTHS = {"long": -7.32, "cropped": -6.3, "shorts": -3.3}
SLEEVES = {"none": 0.1, "short": 0.66, "three-quarter": 1.3, "long": 1.93}


@dataclass(frozen=True)
class Shirt:
    """A shirt, jumper or jacket.

    ``sleeve`` and ``collar`` by name; ``hem`` is the template height of the lower edge; ``scoop`` widens the neck
    opening, ``vee`` deepens it in front (decimetres); ``loose`` scales the cloth's distance from the body.
    """

    cloth: Cloth
    sleeve: str = "short"
    collar: str = "band"
    collar_colour: Colour | None = None
    hem: float = -0.25
    scoop: float = 0.0
    vee: float = 0.0
    loose: float = 1.0
    buttons: bool = False

    def __post_init__(self) -> None:
        if self.sleeve not in SLEEVES:
            raise ValueError(f"sleeve: expected one of {sorted(SLEEVES)}, got {self.sleeve!r}")
        if self.collar not in ("band", "fold", "hood", "none"):
            raise ValueError(f"collar: expected band, fold, hood or none, got {self.collar!r}")


@dataclass(frozen=True)
class Trousers:
    """``length`` by name; ``wide`` is 0 (close to the leg) to 1 (straight from the widest part of the thigh)."""

    cloth: Cloth
    length: str = "long"
    wide: float = 0.5

    def __post_init__(self) -> None:
        if self.length not in LENGTHS:
            raise ValueError(f"length: expected one of {sorted(LENGTHS)}, got {self.length!r}")


@cache
def tights() -> Helper:
    """Return the tights helper after one subdivision step (cached)."""
    return helper("helper-tights")


def neck_distance(points: Float, shirt: Shirt) -> Float:
    """Decimetres that template points lie inside a shirt's neck opening (negative: on the shirt)."""
    low, high = NECK
    share = np.clip((points - low) @ (high - low) / ((high - low) @ (high - low)), 0, 1)[:, None]
    away = (points - low - share * (high - low)) * [0.95, 1, 1]
    front = smoothstep(points[:, 2], 0.3, 1.0) * np.exp(-((points[:, 0] / 0.55) ** 2))
    result: Float = 0.86 + shirt.scoop + shirt.vee * front - np.linalg.norm(away, axis=1)
    return result


def shirt_field(points: Float, weights: Float, shirt: Shirt) -> Float:
    """Negative where the shirt is."""
    sleeve = np.where(arm_share(weights) > 0.3, sleeve_parameter(points) - SLEEVES[shirt.sleeve], -1.0)
    # Shorter behind, where a tail would be sat on.
    hem = shirt.hem + TAIL * smoothstep(-points[:, 2], -0.1, 0.5)
    result: Float = np.maximum.reduce([neck_distance(points, shirt), sleeve, hem - points[:, 1]])
    return result


def _middle(mesh: Mesh, chosen: Bool) -> Callable[[Float], Float]:
    """Axis of a trunk: x = 0, z half-way between front and back at each height."""
    y, z = mesh.points[chosen, 1], mesh.points[chosen, 2]
    heights = np.linspace(y.min(), y.max(), 24)
    near = [z[np.abs(y - height) < 0.3] for height in heights]
    centre = np.array([(part.max() + part.min()) / 2 if len(part) else np.nan for part in near])
    known = ~np.isnan(centre)
    return lambda at: np.column_stack([0 * at, np.interp(at, heights[known], centre[known])])


def _leg_axis(points: Float, side: str) -> Callable[[Float], Float]:
    joints = np.array([load().joint(f"{side}-{name}", points) for name in ("ankle", "knee", "upper-leg")])
    return lambda at: np.column_stack(
        [np.interp(at, joints[:, 1], joints[:, 0]), np.interp(at, joints[:, 1], joints[:, 2])]
    )


def shirt_mesh(points: Float, body: Outside, shirt: Shirt) -> Mesh:
    """Return the shirt's cloth on shaped base-mesh ``points``, without collar and edges."""
    mesh = tights().shaped(points)
    mesh = cut(mesh, shirt_field(mesh.template, mesh.weights, shirt))
    sleeve, arm = sleeve_parameter(mesh.template), arm_share(mesh.weights)
    end = SLEEVES[shirt.sleeve]
    ease = 0.05 + 0.05 * smoothstep(-mesh.template[:, 1], -4, 0) + 0.07 * arm * smoothstep(sleeve, 0.1, 0.6)
    if end < 1:
        ease += 0.13 * arm * smoothstep(sleeve, end - 0.45, end)
    mesh = mesh.moved(mesh.normals * (ease * shirt.loose)[:, None])
    trunk = arm < 0.25
    armpit = load().joint("l-shoulder", points)[1]
    fade = 1 - smoothstep(mesh.points[:, 1], armpit - 1.3, armpit - 0.5)
    # What hangs free over the seat while standing would stick out behind a sitter.
    fade *= 1 - 0.7 * smoothstep(-mesh.template[:, 2], -0.1, 0.4) * smoothstep(-mesh.template[:, 1], -1.2, -0.4)
    how = Hang(_middle(mesh, trunk), taper=0.2, cap=0.35 + 0.45 * shirt.loose, fade=fade, walls=False)
    mesh = hang(mesh, trunk & (mesh.template[:, 1] < 5.0), how)
    mesh = smooth(mesh, 0.7 * smoothstep(-mesh.template[:, 1], -5.2, -3.6) * trunk + 0.25 * arm, 12)
    mesh = mesh.with_points(body.push(mesh.points, 0.075))
    return mesh.moved(mesh.normals * (shirt.loose * _shirt_folds(mesh, sleeve, arm, shirt.cloth.seed))[:, None])


def _shirt_folds(mesh: Mesh, sleeve: Float, arm: Float, seed: int) -> Float:
    """Relief (n,) in decimetres, outwards."""
    at = mesh.template
    falls = ridges(at * [1, 0.35, 1], 0.8, seed) * smoothstep(-at[:, 1], -3.6, 0.4) * (1 - arm)
    elbow = np.exp(-(((sleeve - 1) / 0.3) ** 2)) + 0.5 * smoothstep(sleeve, 1.4, 1.9)
    bend = arm * elbow * (ridges(at * [0.6, 1.3, 0.6], 1.3, seed + 5) - 0.2)
    result: Float = 0.07 * falls + 0.09 * bend + 0.03 * fractal(at, 1.1, seed + 9, 2)
    return result


def _limb_coordinates(mesh: Mesh, joints: tuple[str, str, str], outer: Float) -> tuple[Float, Float]:
    """Angle about a limb of the template, in turns from ``outer``, and decimetres along it, per vertex."""
    angle, along = np.zeros(len(mesh.points)), np.zeros(len(mesh.points))
    for side, sign in SIDES.items():
        a, b, c = (load().joint(f"{side}-{name}") for name in joints)
        upper = (b - a) / np.linalg.norm(b - a)
        lower = (c - b) / np.linalg.norm(c - b)
        t = np.clip((mesh.template - a) @ upper, None, np.linalg.norm(b - a))
        rest = np.maximum((mesh.template - b) @ lower, 0) * (t >= np.linalg.norm(b - a) - 1e-6)
        away = mesh.template - (a + t[:, None] * upper + rest[:, None] * lower)
        axis = (c - a) / np.linalg.norm(c - a)
        zero = outer * [sign, 1, 1] - axis * (outer * [sign, 1, 1] @ axis)
        zero /= np.linalg.norm(zero)
        own = mesh.template[:, 0] * sign > 0
        angle = np.where(own, np.arctan2(away @ np.cross(axis, zero) * sign, away @ zero) / (2 * np.pi), angle)
        along = np.where(own, t + rest, along)
    return angle, along


def _shirt_uv(mesh: Mesh) -> tuple[Float, Float]:
    """Texture coordinates (m, 3, 2), and per corner (m, 3, 4): around, along, limb, creases."""
    at = mesh.template
    on_arm = arm_share(mesh.weights)[mesh.faces].mean(1) > 0.5
    turn = np.arctan2(at[:, 0], at[:, 2] - 0.12) / (2 * np.pi)
    trunk = seam_uv(turn, (at[:, 1] + 0.8) / 7.3, mesh, 1.0)
    angle, along = _limb_coordinates(mesh, ("shoulder", "elbow", "hand"), np.array([0.77, 0.63, 0.0]))
    arm = seam_uv(angle, (along + 0.7) / 6.6, mesh, 1.0)
    left = at[mesh.faces][..., 0].mean(1) > 0
    offset = np.where(left, 0.73, 0.91)[:, None]
    uv = np.where(
        on_arm[:, None, None],
        np.stack([offset + arm[..., 0] * 0.13, arm[..., 1]], -1),
        np.stack([0.32 + trunk[..., 0] * 0.54, trunk[..., 1]], -1),
    )
    sleeve = sleeve_parameter(at)[mesh.faces]
    limb = np.broadcast_to(on_arm[:, None], sleeve.shape).astype(float)
    around = np.where(on_arm[:, None], arm[..., 0] * 3.4, trunk[..., 0] * 9.6)
    way = np.where(on_arm[:, None], arm[..., 1] * 6.6, trunk[..., 1] * 7.3)
    bend = (
        np.exp(-(((sleeve - 1) / 0.35) ** 2)) + 0.6 * smoothstep(sleeve, 1.4, 1.9) + 0.5 * smoothstep(-sleeve, -0.5, 0)
    )
    low = smoothstep(-at[mesh.faces][..., 1], -4.0, 0.0) + 0.3
    creases = np.where(on_arm[:, None], bend, low)
    return uv, np.stack([around, way, limb, creases], -1)


def dressed(
    mesh: Mesh, coordinates: tuple[Float, Float], name: str, cloth: Cloth, seams: Callable[[Panel], Float]
) -> Part:
    """Return a garment's part: folded edges and a painted fabric. ``coordinates`` as :func:`_shirt_uv` returns them."""
    uv, extra = coordinates
    corners = np.concatenate([mesh.template[mesh.faces], extra], -1)
    panel = fabric.panel(uv, corners)
    colour, normal = fabric.images(panel, cloth, seams(panel))
    folded, normals = thicken(mesh, 0.06)
    edge = folded_uv(mesh, uv, folded)
    material = Material(name, image=colour, normal=normal, roughness=0.9, double_sided=True, quality=80)
    return Part(name, folded, edge, material, normals)


def shirt_seams(shirt: Shirt) -> Callable[[Panel], Float]:
    """Stitched lines of a shirt: hem, cuffs, sides, and a button strip."""

    def seams(p: Panel) -> Float:
        trunk = p.limb < 0.5
        lines = np.abs(p.position[..., 1] - shirt.hem - 0.22) < 0.018
        lines |= (np.abs(np.abs(p.around) - 2.4) < 0.02) & (p.position[..., 1] < 4.4)
        if shirt.buttons:
            lines |= (np.abs(np.abs(p.around) - 0.2) < 0.018) & (p.position[..., 2] > 0)
        cuff = np.abs(sleeve_parameter(p.position) - SLEEVES[shirt.sleeve] + 0.09) < 0.008
        result: Float = np.where(trunk, lines, cuff).astype(float)
        return result

    return seams


def shirt_parts(points: Float, body: Outside, below: Outside | None, shirt: Shirt) -> list[Part]:
    """Return the shirt as parts, outside of ``body`` and of the trousers ``below``."""
    mesh = shirt_mesh(points, body, shirt)
    if below is not None:
        low = (mesh.template[:, 1] < WAIST + 0.3) & (arm_share(mesh.weights) < 0.3)
        moved = mesh.points.copy()
        moved[low] = below.push(moved[low], 0.09, 3)
        mesh = mesh.with_points(moved)
    mesh = replace(mesh, weights=_loose_back(mesh))
    return [dressed(mesh, _shirt_uv(mesh), "shirt", shirt.cloth, shirt_seams(shirt))]


def _loose_back(mesh: Mesh) -> Float:
    """Skin weights (n, b) with half of the thighs' share at the back given to the hips.

    All of it would leave a tail standing where the seat of the standing was; nothing of it would stretch the cloth.
    """
    source = load()
    weights = mesh.weights.copy()
    free = 0.45 * smoothstep(-mesh.template[:, 2], -0.1, 0.4)
    for side in ("Left", "Right"):
        thigh = source.bone_index(f"{side}UpLeg")
        weights[:, source.bone_index("Hips")] += free * weights[:, thigh]
        weights[:, thigh] *= 1 - free
    return weights


def trouser_field(points: Float, weights: Float, trousers: Trousers) -> Float:
    """Negative where the trousers are."""
    arm = np.where(arm_share(weights) > 0.3, 1.0, -1.0)
    result: Float = np.maximum.reduce([points[:, 1] - WAIST, LENGTHS[trousers.length] - points[:, 1], arm])
    return result


def trouser_mesh(points: Float, body: Outside, trousers: Trousers) -> Mesh:
    """Return the trousers' cloth on shaped base-mesh ``points``."""
    mesh = tights().shaped(points)
    mesh = cut(mesh, trouser_field(mesh.template, mesh.weights, trousers))
    mesh = mesh.moved(mesh.normals * 0.04)
    everywhere = np.ones(len(mesh.points), bool)
    crotch = load().joint("l-upper-leg", points)[1] - 0.9
    fade = smoothstep(mesh.points[:, 1], crotch - 0.4, crotch + 0.3)
    mesh = hang(mesh, everywhere, Hang(_middle(mesh, everywhere), taper=1.0, cap=0.4, fade=fade * 0.85))
    for side, sign in SIDES.items():
        hip = load().joint(f"{side}-upper-leg", points)[1]
        own = mesh.template[:, 0] * sign > 0.02
        low = smoothstep(hip - 0.4 - mesh.points[:, 1], 0, 1.4) * smoothstep(mesh.points[:, 0] * sign, 0.02, 0.4)
        how = Hang(_leg_axis(points, side), taper=0.24 - 0.2 * trousers.wide, cap=0.2 + 0.7 * trousers.wide, fade=low)
        mesh = hang(mesh, own & (mesh.points[:, 1] < hip), how)
    mesh = smooth(mesh, np.full(len(mesh.points), 0.4), 4)
    mesh = mesh.with_points(body.push(mesh.points, 0.05))
    return mesh.moved(mesh.normals * _trouser_folds(mesh, trousers)[:, None])


def _trouser_folds(mesh: Mesh, trousers: Trousers) -> Float:
    """Relief (n,) in decimetres: breaks above the shoe, creases at knee and groin."""
    at, seed = mesh.template, trousers.cloth.seed
    long = trousers.length == "long"
    ankle = smoothstep(-at[:, 1], 5.2, 7.0) * long
    knee = np.exp(-(((at[:, 1] + 3.7) / 0.7) ** 2))
    across = ridges(at * [0.5, 1.4, 0.5], 1.2, seed) - 0.25
    free = smoothstep(np.abs(at[:, 0]), 0.05, 0.4)
    result: Float = free * (0.16 * ankle + 0.09 * knee + 0.03) * across + 0.03 * noise(at, 1.2, seed + 3)
    return result


def _trouser_uv(mesh: Mesh) -> tuple[Float, Float]:
    at = mesh.template
    angle, _ = _limb_coordinates(mesh, ("upper-leg", "knee", "ankle"), np.array([1.0, 0.0, 0.0]))
    leg = seam_uv(angle, (at[:, 1] + 7.7) / 8.6, mesh, 1.0)
    left = at[mesh.faces][..., 0].mean(1) > 0
    uv = np.stack([np.where(left, 0.25, 0.75)[:, None] + leg[..., 0] * 0.42, leg[..., 1]], -1)
    y = at[mesh.faces][..., 1]
    creases = (
        0.25 + np.exp(-(((y + 3.7) / 0.6) ** 2)) + smoothstep(-y, 5.4, 7.0) + 0.8 * np.exp(-(((y + 0.3) / 0.5) ** 2))
    )
    return uv, np.stack([leg[..., 0] * 6.0, leg[..., 1] * 8.6, np.ones_like(y), creases], -1)


def trouser_seams(trousers: Trousers) -> Callable[[Panel], Float]:
    """Stitched lines of trousers: side seams, pockets, fly and hems."""
    end = LENGTHS[trousers.length]

    def seams(p: Panel) -> Float:
        y, front = p.position[..., 1], p.position[..., 2] > 0.1
        lines = np.abs(p.around) < 0.02
        lines |= np.abs(y - end - 0.28) < 0.02
        x = np.abs(p.position[..., 0])
        lines |= front & (np.abs((x - 0.75) - 0.35 * (0.35 - y)) < 0.025) & (y > -0.5) & (x > 0.7)
        square = np.maximum(np.abs(x - 0.62) / 0.38, np.abs(y + 0.05) / 0.42)
        lines |= ~front & (np.abs(square - 1) < 0.035)
        return lines.astype(float)

    return seams


def trouser_part(mesh: Mesh, trousers: Trousers) -> Part:
    """Return the trousers as a part."""
    return dressed(mesh, _trouser_uv(mesh), "trousers", trousers.cloth, trouser_seams(trousers))
