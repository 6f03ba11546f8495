"""Missing limbs: a rounded stump for a forearm, a socket, pylon and foot for a leg below the knee."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tools.characters.bake import image
from tools.characters.drape import sweep
from tools.characters.fields import SIDE_NAMES, SIDES, arm_parameter, arm_share
from tools.characters.glb import Material
from tools.characters.mesh import Mesh
from tools.characters.parts import Part, flat_uv
from tools.characters.source import Bool, Float, Int, load

# Positions along the arm (1 elbow, 2 wrist) between which a missing forearm rounds off.
STUMP_START, STUMP_END = 1.36, 1.62
# Share of the shank, from the knee, below which a prosthesis replaces the leg.
RESIDUAL = 0.42
FOREARM_LANDMARKS = ("wrist", "pinky", "index", "thumb")


@dataclass(frozen=True)
class Stump:
    """A missing forearm: vertices of the rounded skin (19158, 3), what is gone (19158,), landmarks that are gone."""

    points: Float
    gone: Bool
    absent: tuple[str, ...]


def _words(side: str) -> str:
    return SIDE_NAMES[side].lower()


def forearm(points: Float, side: str) -> Stump:
    """Round off the forearm of ``side`` (``l`` or ``r``) below the elbow."""
    source = load()
    along = arm_parameter(source.points, side)
    on_arm = (arm_share(source.weights, side) > 0.5) & (along > STUMP_START)
    elbow, wrist = source.joint(f"{side}-elbow", points), source.joint(f"{side}-hand", points)
    axis = (wrist - elbow) / np.linalg.norm(wrist - elbow)
    base = elbow + (wrist - elbow) * (STUMP_START - 1)
    phase = np.clip((along - STUMP_START) / (STUMP_END - STUMP_START), 0, 1)[:, None] * np.pi / 2
    away = points - base
    radial = away - (away @ axis)[:, None] * axis
    rounded = base + radial * np.cos(phase) + axis * np.sin(phase) * 0.42
    result = points.copy()
    result[on_arm] = rounded[on_arm]
    absent = tuple(f"{_words(side)}_{name}" for name in FOREARM_LANDMARKS)
    return Stump(result, on_arm & (along > STUMP_END), absent)


def shank_gone(side: str) -> Bool:
    """Base-mesh vertices (19158,) of the leg below the socket's inside."""
    source = load()
    knee, ankle = source.joint(f"{side}-knee"), source.joint(f"{side}-ankle")
    own = (source.points[:, 0] * SIDES[side] > 0) & (arm_share(source.weights) < 0.3)
    result: Bool = own & (source.points[:, 1] < knee[1] + (ankle[1] - knee[1]) * RESIDUAL)
    return result


def _lathe(rings: list[tuple[Float, float]], axis: Float, bone: str) -> Mesh:
    """Surface of revolution through (centre, radius) rings, rigid with ``bone``."""
    side = np.cross(axis, [0, 0, 1.0])
    side /= np.linalg.norm(side)
    other = np.cross(axis, side)
    turn = np.linspace(0, 2 * np.pi, 28, endpoint=False)[:, None]
    circle = np.cos(turn) * side + np.sin(turn) * other
    points, faces, _ = sweep([centre + radius * circle for centre, radius in rings], closed=True)
    mesh = _rigid(points, faces, bone)
    outwards = points - np.repeat([centre for centre, _ in rings], len(turn), axis=0)
    if (outwards * mesh.normals).sum() < 0:
        mesh = _rigid(points, faces[:, ::-1], bone)
    return mesh


def _rigid(points: Float, faces: Int, bone: str) -> Mesh:
    weights = np.zeros((len(points), len(load().bones)))
    weights[:, load().bone_index(bone)] = 1
    return Mesh(points, points, weights, faces)


def _weave() -> Material:
    row, column = np.mgrid[0:128, 0:128]
    grey = 0.13 + 0.09 * ((column // 4 + row // 4) % 2) + 0.03 * np.sin(column * 1.57)
    return Material("socket", image=image(np.dstack([grey] * 3)), roughness=0.35, metalness=0.2, double_sided=True)


def prosthesis(points: Float, side: str) -> list[Part]:
    """Socket around the residual limb, pylon and ankle adapter; the shoe stays, worn on the prosthetic foot."""
    source = load()
    knee, ankle = source.joint(f"{side}-knee", points), source.joint(f"{side}-ankle", points)
    bone = f"{SIDE_NAMES[side]}Leg"
    axis = (ankle - knee) / np.linalg.norm(ankle - knee)
    shank = float(np.linalg.norm(ankle - knee))
    own = np.zeros(len(points), bool)
    own[source.groups["body"].vertices] = True
    own &= (points[:, 0] * SIDES[side] > 0) & (arm_share(source.weights) < 0.3)

    def section(share: float) -> tuple[Float, float]:
        """Centre and largest radius of the leg's section at a share of the shank."""
        middle = knee + axis * shank * share
        near = points[own & (np.abs((points - middle) @ axis) < 0.2)]
        away = near - middle
        away -= (away @ axis)[:, None] * axis
        offset = (away.max(0) + away.min(0)) / 2
        return middle + offset, float(np.linalg.norm(away - offset, axis=1).max())

    (top, wide), (low, narrow) = section(0.20), section(RESIDUAL)
    tip = knee + axis * shank * 0.66
    rings = [(top - axis * 0.02, wide * 1.0), (top - axis * 0.05, wide * 1.06), (top, wide * 1.1)]
    rings += [(top + (low - top) * 0.5, (wide + narrow) * 0.54), (low, narrow * 1.06)]
    rings += [(low + (tip - low) * t, narrow * 1.06 * float(np.sqrt(1 - 0.9 * t**2))) for t in (0.35, 0.65, 0.85, 1.0)]
    rings += [(tip + axis * 0.05, 0.02)]
    socket = _lathe(rings, axis, bone)
    end = ankle + axis * 0.25
    way = end - tip
    tube = [
        (0.0, 0.02),
        (0.0, 0.3),
        (0.08, 0.3),
        (0.1, 0.155),
        (0.7, 0.155),
        (0.72, 0.24),
        (0.82, 0.26),
        (0.84, 0.36),
        (1.0, 0.40),
    ]
    pylon = _lathe([(tip - axis * 0.05 + way * t, r) for t, r in tube], axis, bone)
    turn = np.arange(len(socket.points)) % 28 / 28
    uv = np.stack([turn, 0.5 + (socket.points - knee) @ axis / shank * 0.5], -1)[socket.faces]
    metal = Material("pylon", (0.6, 0.61, 0.63), roughness=0.3, metalness=0.9, double_sided=True)
    return [Part("socket", socket, uv, _weave()), Part("pylon", pylon, flat_uv(pylon), metal)]
