"""Gathers what stays in the corners; made again only when something in it changed."""

from __future__ import annotations

from typing import Any

from explorer.canvas.camera import View3D
from explorer.canvas.ink import Cache
from explorer.canvas.legend import view as legend
from explorer.canvas.overlay import Sprite
from explorer.state.map import MapTables, Remark
from explorer.state.scene import Scene
from explorer.theme.tokens import Tokens


def axis_names(tables: MapTables) -> tuple[str, ...]:
    """``PC 1 · 62 % of mean KL`` for a PCA with known shares, else nothing."""
    shares = tables.info.get("explained", ())
    if tables.params.get("method") != "pca" or not len(shares):
        return ()
    return tuple(
        f"PC {i + 1} · {100 * float(share):.0f}\u2009% of mean KL"
        for i, share in enumerate(shares[: tables.coords.shape[1]])
    )


class Corners:
    """Legend, gestures, note, gizmo and axis names of one overlay."""

    def __init__(self, cache: Cache) -> None:
        self._cache = cache
        self._key: tuple[Any, ...] = ()
        self._fixed: tuple[Sprite, ...] = ()
        self._gizmo: tuple[Any, tuple[Sprite, ...]] = (None, ())

    def sprites(
        self,
        scene: Scene,
        tables: MapTables,
        notes: tuple[Remark, ...],
        size: tuple[int, int],
        tokens: Tokens,
        orbit: View3D | None,
    ) -> tuple[Sprite, ...]:
        """``orbit`` is the camera in 3D, None in 2D."""
        names = axis_names(tables)
        key = (
            scene.n_entries > 0,
            scene.legend,
            scene.n_others,
            scene.n_partial,
            names,
            notes,
            size,
            tokens.name,
            orbit is None,
        )
        if key != self._key:
            self._key = key
            self._fixed = self._made(scene, names, notes, size, tokens, orbit is None)
        if orbit is None:
            return self._fixed
        turn = (orbit.azimuth, orbit.elevation, names, size, tokens.name)
        if turn != self._gizmo[0]:
            short = tuple(n.split(" · ")[0] for n in names) or ("1", "2", "3")
            ratio = self._cache.ratio
            self._gizmo = (turn, legend.gizmo(orbit, short, size, tokens, ratio))
        return (*self._fixed, *self._gizmo[1])

    def _made(
        self,
        scene: Scene,
        names: tuple[str, ...],
        notes: tuple[Remark, ...],
        size: tuple[int, int],
        tokens: Tokens,
        flat: bool,
    ) -> tuple[Sprite, ...]:
        cache = self._cache
        chips = legend.notes(cache, notes, size[0], tokens)
        if not scene.n_entries:
            return (*chips, *legend.empty(cache, size, tokens))
        corner = legend.axes(cache, names, size, tokens) if flat else ()
        hands = () if flat else legend.gestures(cache, size, tokens)
        free = size[0] - max((size[0] - s.x for s in (*corner[:1], *hands)), default=0)
        rows = legend.legend(cache, scene, (free, size[1]), tokens)
        return (*chips, *rows, *corner, *hands)
