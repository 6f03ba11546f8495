"""Mesh and baking operations against shapes whose answers are known."""

from __future__ import annotations

import numpy as np
import pytest

from tools.characters.bake import normal_map, rasterise
from tools.characters.drape import Hang, hang, seam_uv, sweep, thicken
from tools.characters.glb import Primitive
from tools.characters.mesh import Mesh, Outside, border_edges, border_loops, cut, normals, subdivision, triangles
from tools.characters.simplify import KEEP, simplified
from tools.characters.source import Float

CUBE = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], float)
QUADS = np.array([[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]])


def skinned(points: Float, faces: np.ndarray) -> Mesh:
    return Mesh(points, points, np.ones((len(points), 1)), faces)


def tube(radius: Float, heights: Float, count: int = 48) -> Mesh:
    turn = np.linspace(0, -2 * np.pi, count, endpoint=False)
    rings = [
        np.column_stack([r * np.cos(turn), np.full(count, h), r * np.sin(turn)])
        for r, h in zip(radius, heights, strict=True)
    ]
    points, faces, _ = sweep(rings, closed=True)
    return skinned(points, faces)


def test_catmull_clark_makes_a_cube_round() -> None:
    matrix, quads = subdivision(QUADS, 8)
    points = matrix @ CUBE
    assert (len(points), len(quads)) == (8 + 12 + 6, 24)
    # Catmull and Clark 1978: a corner of valence three goes to (F + 2 E + 0 v) / 3.
    np.testing.assert_allclose(np.abs(points[:8]), 5 / 9)
    np.testing.assert_allclose(np.linalg.norm(points[8:20], axis=1), np.hypot(0.75, 0.75))
    np.testing.assert_allclose(np.asarray(matrix.sum(1)).ravel(), 1)
    assert len(border_edges(triangles(quads))) == 0


def test_subdivision_leaves_borders_where_they_are() -> None:
    matrix, _ = subdivision(QUADS[:1], 4 + 4)
    np.testing.assert_allclose((matrix @ CUBE)[:4], CUBE[:4])


def test_a_cut_ends_exactly_where_the_field_vanishes() -> None:
    ball = tube(np.ones(9), np.linspace(-1, 1, 9))
    part = cut(ball, ball.points[:, 1] - 0.3)
    assert part.points[:, 1].max() == pytest.approx(0.3)
    tops = [loop for loop in border_loops(part.faces) if part.points[loop, 1].mean() > 0]
    assert len(tops) == 1
    np.testing.assert_allclose(part.points[tops[0], 1], 0.3)
    np.testing.assert_allclose(part.weights, 1)


def test_a_cut_that_meets_nothing_changes_nothing() -> None:
    ball = tube(np.ones(3), np.linspace(-1, 1, 3))
    assert len(cut(ball, np.full(len(ball.points), -1.0)).faces) == len(ball.faces)
    assert len(cut(ball, np.full(len(ball.points), 1.0)).faces) == 0


def test_normals_face_outwards_and_have_unit_length() -> None:
    ball = tube(np.ones(5), np.linspace(-1, 1, 5))
    assert ((ball.normals * ball.points * [1, 0, 1]).sum(1) > 0.9).all()
    np.testing.assert_allclose(np.linalg.norm(ball.normals, axis=1), 1)
    np.testing.assert_array_equal(normals(CUBE, np.zeros((1, 3), int)), np.tile([0.0, 1.0, 0.0], (8, 1)))


def test_pushed_points_keep_their_distance() -> None:
    wall = tube(np.ones(40), np.linspace(-1, 1, 40))
    outside = Outside(wall.points, wall.normals)
    inner = tube(np.full(10, 0.8), np.linspace(-0.5, 0.5, 10))
    radius = np.linalg.norm(outside.push(inner.points, 0.1)[:, [0, 2]], axis=1)
    assert radius.min() > 1.09
    outer = inner.points * [2, 1, 2]
    np.testing.assert_array_equal(outside.push(outer, 0.1), outer)


def test_cloth_falls_from_what_stands_out() -> None:
    heights = np.linspace(-1, 1, 41)
    belly = tube(1 + 0.5 * np.exp(-((heights / 0.2) ** 2)), heights)
    everywhere = np.ones(len(belly.points), bool)
    how = Hang(lambda y: np.zeros((len(y), 2)), taper=0.0, cap=1.0, fade=np.ones(len(belly.points)))
    draped = hang(belly, everywhere, how)
    radius = np.linalg.norm(draped.points[:, [0, 2]], axis=1)
    below, above = draped.points[:, 1] < -0.5, draped.points[:, 1] > 0.7
    assert radius[below].min() > 1.4  # without taper cloth hangs straight down from the belly
    assert radius[above].max() < 1.1
    tight = hang(belly, everywhere, Hang(how.axis, taper=0.0, cap=0.0, fade=how.fade))
    assert np.linalg.norm(tight.points[:, [0, 2]], axis=1)[below].max() < 1.1


def test_folded_edges_close_no_holes_and_add_thickness() -> None:
    cuff = tube(np.ones(3), np.linspace(-1, 1, 3))
    folded, normal = thicken(cuff, 0.1)
    assert len(folded.points) == len(cuff.points) + 2 * 48 == len(normal)
    inner = np.linalg.norm(folded.points[len(cuff.points) :, [0, 2]], axis=1)
    np.testing.assert_allclose(inner, 0.9, atol=0.01)


def test_texture_coordinates_pass_the_seam_instead_of_wrapping() -> None:
    ring = tube(np.ones(2), np.array([-1.0, 1.0]))
    turn = np.arctan2(ring.points[:, 0], ring.points[:, 2]) / (2 * np.pi)
    assert np.ptp(turn[ring.faces], axis=1).max() > 0.9
    assert np.ptp(seam_uv(turn, turn, ring, 1.0)[..., 0], axis=1).max() < 0.05


def test_rasterised_values_are_linear_and_fill_the_image() -> None:
    uv = np.array([[[0, 0], [1, 0], [1, 1]], [[0, 0], [1, 1], [0, 1]]], float)
    image, covered = rasterise(uv.copy(), uv, 64)
    assert covered.all()
    centre = (np.arange(64) + 0.5) / 64
    np.testing.assert_allclose(image[..., 0], np.broadcast_to(centre, (64, 64)))
    np.testing.assert_allclose(image[..., 1], np.broadcast_to(1 - centre[:, None], (64, 64)))


def test_uncovered_texels_repeat_the_nearest_covered_one() -> None:
    uv = np.array([[[0.25, 0.25], [0.75, 0.25], [0.25, 0.75]]])
    image, covered = rasterise(uv, np.full((1, 3, 1), 7.0), 32)
    assert 0 < covered.sum() < covered.size
    assert (image == 7).all()


def test_a_flat_height_field_is_a_flat_normal_map() -> None:
    assert np.asarray(normal_map(np.zeros((4, 4)), 1.0)).reshape(-1, 3).tolist() == [[128, 128, 255]] * 16
    slope = np.asarray(normal_map(np.tile(np.arange(8.0), (8, 1)), 1.0))
    assert (slope[..., 0] < 64).all()  # height that grows to the right leans the normal to the left


def primitive(mesh: Mesh) -> Primitive:
    count = len(mesh.points)
    along = (mesh.points[:, 1] - mesh.points[:, 1].min()) / np.ptp(mesh.points[:, 1])
    return Primitive(
        mesh.points,
        mesh.normals,
        np.column_stack([along, along]),
        along,
        np.tile(np.arange(4), (count, 1)),
        np.tile([100, 80, 50, 25], (count, 1)),
        mesh.faces,
    )


def test_fewer_triangles_keep_the_surface_its_border_and_their_vertices() -> None:
    sleeve = primitive(tube(1 + 0.3 * np.linspace(-1, 1, 60) ** 2, np.linspace(-1, 1, 60)))
    light = simplified(sleeve, "shirt")
    assert len(light.indices) == pytest.approx(KEEP["shirt"] * len(sleeve.indices), rel=0.02)
    assert np.unique(light.indices).tolist() == list(range(len(light.points)))
    # Every vertex that stays is one that was there, with all that belongs to it.
    known = {tuple(row) for row in np.column_stack([sleeve.points, sleeve.normals, sleeve.uv, sleeve.shade])}
    assert {tuple(row) for row in np.column_stack([light.points, light.normals, light.uv, light.shade])} <= known
    assert len(border_edges(light.indices)) == len(border_edges(sleeve.indices)) == 2 * 48
    middle = light.points[light.indices].mean(1)
    radius = np.hypot(middle[:, 0], middle[:, 2])
    np.testing.assert_allclose(radius, 1 + 0.3 * middle[:, 1] ** 2, atol=0.03)


def test_what_has_no_share_keeps_all_triangles() -> None:
    sleeve = primitive(tube(np.ones(5), np.linspace(-1, 1, 5)))
    assert simplified(sleeve, "eye") is sleeve
