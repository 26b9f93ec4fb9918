"""Gathers what stays in the corners; each part is made again only when something in it changed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from explorer.canvas.camera import View3D
from explorer.canvas.ink import Cache
from explorer.canvas.legend import view as legend
from explorer.canvas.legend.spec import Chip
from explorer.canvas.overlay import Sprite
from explorer.canvas.ruler import view as rulers
from explorer.canvas.ruler.spec import Ruler
from explorer.state.scene import Scene
from explorer.theme.tokens import Tokens


@dataclass(frozen=True, eq=False)
class CornersModel:
    """What they say. ``orbit`` is the camera in 3D, None in 2D."""

    scene: Scene
    ruler: Ruler
    chips: tuple[Chip, ...]
    size: tuple[int, int]
    tokens: Tokens
    orbit: View3D | None


class Corners:
    """Legend, gestures, notes, gizmo, axes and scale of one overlay."""

    def __init__(self, cache: Cache) -> None:
        self._cache = cache
        self._fixed = self._ruler = self._gizmo = _EMPTY

    def sprites(self, model: CornersModel) -> tuple[Sprite, ...]:
        """All of them; chips first."""
        m, flat = model, model.orbit is None
        look = (m.size, m.tokens)
        room = rulers.room(m.ruler, m.tokens)
        s = m.scene
        said = (s.legend, s.bar, s.shapes, s.n_others, s.n_partial)
        key = (s.n_entries > 0, said, m.chips, flat, room, look)
        if key != self._fixed[0]:
            self._fixed = key, self._made(m, room)
        if not s.n_entries:
            return self._fixed[1]
        ruler_key = (m.ruler, key)
        if ruler_key != self._ruler[0]:
            taken = tuple(sprite.rect for sprite in self._fixed[1])
            made = rulers.sprites(self._cache, m.ruler, m.size, m.tokens, flat=flat, taken=taken)
            self._ruler = ruler_key, made
        return (*self._fixed[1], *self._ruler[1], *self._turned(m))

    def _turned(self, m: CornersModel) -> tuple[Sprite, ...]:
        if m.orbit is None:
            return ()
        short = tuple(n.split(" of ")[0] for n in m.ruler.names)
        rows = 3.4 if m.scene.bar is not None else 1.9
        beside = (s.y for s in self._fixed[1] if s.x < GIZMO and s.y > m.size[1] / 2)
        lowest = min(round(m.size[1] - 26 - rows * m.tokens.small), min(beside, default=9999) - 8)
        corner = legend.EDGE, lowest
        turn = (m.orbit.azimuth, m.orbit.elevation, short, corner, m.tokens)
        if turn != self._gizmo[0]:
            names = short or ("1", "2", "3")
            (made,) = legend.gizmo(m.orbit, names, corner, m.tokens, self._cache.ratio)
            self._gizmo = turn, (replace(made, tip="\n".join(m.ruler.names) or m.ruler.why),)
        return self._gizmo[1]

    def _made(self, m: CornersModel, room: int) -> tuple[Sprite, ...]:
        cache, size, tokens = self._cache, (m.size[0], m.size[1] - room), m.tokens
        chips = legend.notes(cache, m.chips, size[0], tokens)
        if not m.scene.n_entries:
            return (*chips, *legend.empty(cache, size, tokens))
        usual = size[0] - round(RULER * tokens.small)
        hands = () if m.orbit is None else legend.gestures(cache, size, tokens)
        free = min((s.x for s in hands), default=usual)
        made = legend.legend(cache, m.scene, (free, size[1]), tokens)
        if hands and any(s.rect.right() > free for s in made):  # a narrow map says no gestures
            hands, made = (), legend.legend(cache, m.scene, (usual, size[1]), tokens)
        return (*chips, *made, *hands)


GIZMO = 180
"""Px from the left edge in which a legend moves the gizmo up."""
RULER = 17.5
"""Kept free at the right of the legend for axis name, scale bar or the reason for none, in ems."""
_EMPTY: tuple[Any, tuple[Sprite, ...]] = (None, ())
