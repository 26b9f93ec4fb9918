"""A vispy canvas as a child widget: whether there can be one, its drawing guarded, its end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtGui import QGuiApplication, QOffscreenSurface, QOpenGLContext
from PySide6.QtWidgets import QWidget
from vispy import app, gloo


def problem() -> str:
    """ "" if a window can have OpenGL here, else what happened: asked before a canvas is made."""
    platform = QGuiApplication.platformName()
    if platform in ("offscreen", "minimal"):
        return f"Qt's {platform} platform has no OpenGL"
    context, surface = QOpenGLContext(), QOffscreenSurface()
    surface.create()
    if not surface.isValid() or not context.create() or not context.makeCurrent(surface):
        return "no OpenGL context could be made"
    context.doneCurrent()
    return ""


def words(error: Exception) -> str:
    """A driver's refusal on one line, not too long."""
    return " ".join(str(error).split())[:200] or type(error).__name__


class Canvas(app.Canvas):
    """A vispy canvas as a child widget that only forwards drawing."""

    def __init__(self, parent: QWidget, draw: Callable[[], None]) -> None:
        # Nothing here is sized by dpi; vispy would start programs to find it, and wait for them.
        super().__init__(keys=None, config={"samples": 0}, autoswap=False, dpi=96.0)
        self._forward = draw
        # Not as an argument: a window that is already shown learns that it must be composed with
        # OpenGL only when a finished QOpenGLWidget is put into it.
        self.native.setParent(parent)

    def on_draw(self, _event: Any) -> None:
        self._forward()

    def on_resize(self, event: Any) -> None:
        gloo.set_viewport(0, 0, *event.physical_size)


class Drawing:
    """Owns a canvas. ``draw`` is called with the physical width in px whenever it is painted;
    ``failed`` with a sentence when that raises, once: then nothing is drawn any more."""

    def __init__(
        self, parent: QWidget, draw: Callable[[int], None], failed: Callable[[str], None]
    ) -> None:
        app.use_app("pyside6")
        self._draw, self._failed, self._broken = draw, failed, False
        self._canvas: Canvas | None = Canvas(parent, self._on_draw)
        self.native: QWidget = self._canvas.native

    @property
    def canvas(self) -> Canvas:
        """The canvas, while it is there."""
        assert self._canvas is not None
        return self._canvas

    def _on_draw(self) -> None:
        if self._broken or self._canvas is None:
            return
        try:
            self._draw(self._canvas.physical_size[0])
        except Exception as e:  # a driver's refusal, in whatever type it comes
            self._broken = True
            self._failed(words(e))

    def close(self, free: Callable[[], None] | None) -> None:
        """Free what was made for OpenGL, None = nothing was; the widget dies with its parent."""
        if self._canvas is None:
            return
        canvas, self._canvas = self._canvas, None
        if free is not None:
            canvas.set_current()
            free()
            canvas.context.flush_commands()
        canvas.close()
        self.native.setParent(None)
        self.native.deleteLater()
