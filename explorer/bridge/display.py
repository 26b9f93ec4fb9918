"""A display for commands that draw without a window: the real one, or Xvfb with software GL."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from compute.core.errors import MissingPart


def has_display() -> bool:
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


@contextmanager
def display(size: str = "1600x1000") -> Iterator[None]:
    """Make sure there is a display while the block runs.

    Raises
    ------
    MissingPart
        If there is none and Xvfb is not installed or does not start.
    """
    if has_display():
        yield
        return
    server = _start_xvfb(size)
    try:
        yield
    finally:
        os.environ.pop("DISPLAY", None)
        server.terminate()
        server.wait(10)


def _start_xvfb(size: str) -> subprocess.Popen[bytes]:
    program = shutil.which("Xvfb")
    advice = "Install Xvfb (Debian: apt-get install xvfb), or run this where there is a display"
    if program is None:
        raise MissingPart("there is no display, and Xvfb is not installed", advice=advice)
    read, write = os.pipe()
    command = [program, "-displayfd", str(write), "-screen", "0", f"{size}x24", "-nolisten", "tcp"]
    server = subprocess.Popen(
        command, pass_fds=(write,), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    os.close(write)
    with os.fdopen(read) as pipe:
        number = pipe.readline().strip()
    if not number:
        server.wait(5)
        raise MissingPart("the virtual display (Xvfb) did not start", advice=advice)
    os.environ["DISPLAY"] = f":{number}"
    return server
