"""``python -m explorer.glcheck``: what OpenGL this machine gives a window, as one JSON line.

A program of its own because a broken driver may end the process that asks.
"""

from __future__ import annotations

import json
import sys


def check() -> dict[str, str]:
    """Make a small OpenGL context; returns versions, or ``error``."""
    from PySide6 import __version__ as pyside
    from PySide6.QtGui import QGuiApplication, QOffscreenSurface, QOpenGLContext
    from vispy import __version__ as vispy

    app = QGuiApplication.instance() or QGuiApplication(sys.argv[:1])
    found = {"pyside6": pyside, "vispy": vispy, "platform": QGuiApplication.platformName()}
    context, surface = QOpenGLContext(), QOffscreenSurface()
    surface.create()
    if not context.create() or not context.makeCurrent(surface):
        return {**found, "error": f"Qt's {found['platform']} platform gives no OpenGL here"}
    functions = context.functions()
    found["vendor"] = str(functions.glGetString(0x1F00))
    found["renderer"] = str(functions.glGetString(0x1F01))
    found["opengl"] = str(functions.glGetString(0x1F02))
    context.doneCurrent()
    del app
    return found


if __name__ == "__main__":
    print(json.dumps(check()))
