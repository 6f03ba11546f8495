"""The skeleton of a shaped person: rest pose, bind pose and the 33 landmarks, as ``static/spec/rig.json`` defines them.

The rest pose is a T-pose in which each bone's rotation is the identity: what posing code and VRM users find easiest.
The meshes stay in MakeHuman's A-pose, where shoulders deform best; the inverse bind matrices hold the difference.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from scipy.spatial.transform import Rotation

from tools.characters.source import METRES_PER_UNIT, Float, load

SPEC = Path(__file__).resolve().parents[2] / "static/spec/rig.json"


@cache
def spec() -> dict[str, Any]:
    """Return the table of bones and landmarks."""
    table: dict[str, Any] = json.loads(SPEC.read_text())
    return table


@dataclass(frozen=True)
class Rig:
    """A person's skeleton. Arrays follow ``names``; lengths in metres, frame as in ``rig.json``.

    ``translations`` (b, 3) are local positions at rest; ``bind`` (b, 4, 4) are the bones' world matrices in which the
    meshes were modelled; ``landmarks`` maps each name to its bone and (3,) position in that bone's frame.
    """

    names: tuple[str, ...]
    parents: tuple[str | None, ...]
    translations: Float
    bind: Float
    landmarks: dict[str, tuple[str, Float]]

    def index(self, name: str) -> int:
        """Position of a bone in the arrays."""
        return self.names.index(name)

    def world(self, pose: dict[str, Rotation] | None = None) -> Float:
        """World matrices (b, 4, 4) with local rotations ``pose`` (identity where absent)."""
        result = np.tile(np.eye(4), (len(self.names), 1, 1))
        for index, (name, parent) in enumerate(zip(self.names, self.parents, strict=True)):
            local = np.eye(4)
            local[:3, 3] = self.translations[index]
            if pose and name in pose:
                local[:3, :3] = pose[name].as_matrix()
            result[index] = local if parent is None else result[self.index(parent)] @ local
        return result

    def skin(self, points: Float, weights: Float, pose: dict[str, Rotation] | None = None) -> Float:
        """Bind-pose points (n, 3) in metres, posed by linear blend skinning with ``weights`` (n, b)."""
        matrices = self.world(pose) @ np.linalg.inv(self.bind)
        blended = np.einsum("nb,bij->nij", weights, matrices)
        result: Float = np.einsum("nij,nj->ni", blended[:, :3, :3], points) + blended[:, :3, 3]
        return result

    def landmark_positions(self, pose: dict[str, Rotation] | None = None) -> dict[str, Float]:
        """World positions (3,) of all landmarks in a pose."""
        world = self.world(pose)
        return {
            name: world[self.index(bone), :3, :3] @ local + world[self.index(bone), :3, 3]
            for name, (bone, local) in self.landmarks.items()
        }


def _turn(start: Float, end: Float) -> Rotation:
    """Return the shortest rotation that takes direction ``start`` to direction ``end``."""
    a, b = start / np.linalg.norm(start), end / np.linalg.norm(end)
    axis = np.cross(a, b)
    sine = float(np.linalg.norm(axis))
    if sine < 1e-9:
        return Rotation.identity()
    return Rotation.from_rotvec(axis / sine * np.arctan2(sine, float(a @ b)))


def _bind_rotations(heads: dict[str, Float]) -> dict[str, Rotation]:
    """World rotation of each bone in the bind pose, the rest pose being the identity."""
    result: dict[str, Rotation] = {}
    for name, bone in spec()["bones"].items():
        above = result[bone["parent"]] if bone["parent"] else Rotation.identity()
        rest = bone.get("rest")
        if rest is None:
            result[name] = above
            continue
        way, along = heads[rest["towards"]] - heads[name], np.array(rest["along"], float)
        if rest.get("level"):
            result[name] = _turn(along, way * [1, 0, 1])
        else:
            # On top of the parent's turn, so that a straightened limb gets no twist of its own.
            result[name] = _turn(above.apply(along), way) * above
    return result


def build(points: Float, floor: float) -> Rig:
    """Return the rig of shaped base-mesh vertices (19158, 3) in template space.

    ``floor`` is the template-space height of what the person stands on (sole or skin); at rest it lies at y = 0.
    """
    source = load()
    metres = points * METRES_PER_UNIT
    bones = spec()["bones"]
    heads = {bone.name: metres[bone.head].mean(0) for bone in source.bones}
    for name, head in heads.items():
        if not name.startswith(("Left", "Right")):
            head[0] = 0.0  # some vertex sets of the spine lie a few millimetres off the middle
    turns = _bind_rotations(heads)
    translations = []
    for name, bone in bones.items():
        parent = bone["parent"]
        translations.append(turns[parent].inv().apply(heads[name] - heads[parent]) if parent else heads[name])
    bind = np.tile(np.eye(4), (len(bones), 1, 1))
    for index, name in enumerate(bones):
        bind[index, :3, :3], bind[index, :3, 3] = turns[name].as_matrix(), heads[name]
    parents = tuple(bone["parent"] for bone in bones.values())
    rig = Rig(tuple(bones), parents, np.array(translations), bind, _landmarks(metres, bind, tuple(bones)))
    return _stand(rig, floor * METRES_PER_UNIT)


def _landmarks(metres: Float, bind: Float, names: tuple[str, ...]) -> dict[str, tuple[str, Float]]:
    result = {}
    for name, rule in spec()["landmarks"].items():
        where = load().joint(rule["joint"], metres) if "joint" in rule else metres[rule["vertices"]].mean(0)
        matrix = bind[names.index(rule["bone"])]
        result[name] = (rule["bone"], matrix[:3, :3].T @ (where - matrix[:3, 3]))
    return result


def _stand(rig: Rig, floor: float) -> Rig:
    """Set the root's rest height so that the feet, whose legs straighten at rest, still stand on the floor."""
    foot = rig.index("LeftFoot")
    ankle_height = rig.bind[foot, 1, 3] - floor
    rig.translations[0, 1] += ankle_height - rig.world()[foot, 1, 3]
    rig.translations[0, 2] -= rig.world()[foot, 2, 3]
    return rig


def column_order() -> list[int]:
    """Columns of the source's skin weights in the order of the rig's bones."""
    return [load().bone_index(name) for name in spec()["bones"]]
