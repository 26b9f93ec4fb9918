"""Crash points: named places where a test can make the process die as if the power had gone.

``KLSCOPE_CRASH="parts:half-frame:3"`` kills this process (SIGKILL) at the third passing of
``parts:half-frame``. Without the variable a passing costs one comparison.
"""

from __future__ import annotations

import os
import signal

COMMIT = (
    "commit:locked",
    "commit:half-copied",
    "commit:copied",
    "commit:half-changed",
    "commit:changed",
    "commit:synced",
    "commit:renamed",
)
CREATE = ("create:changed", "create:synced", "create:renamed")
PLAN = (
    "plan:half-written",
    "plan:superseded",
    "plan:changed",
    "plan:synced",
    "plan:renamed",
    "plan:written",
)
LOG = ("half-header", "header-written", "half-frame", "frame-written", "synced")
PARTS = (
    *(f"parts:{step}" for step in LOG),
    *(f"tokens:{step}" for step in LOG),
    *(f"layers:{step}" for step in LOG),
    "parts:shelved",
    "parts:taken-down",
    "parts:half-discarded",
    "parts:discarded",
)
MIGRATE = ("migrate:half", "migrate:stepped")
COMPANION = ("companion:changed", "companion:synced", "companion:renamed")
NAMES = (*CREATE, *PLAN, *PARTS, *COMMIT, *MIGRATE, *COMPANION)


class _Crash:
    """``name:count``, counted down."""

    def __init__(self, order: str) -> None:
        self.name, _, count = order.rpartition(":")
        self.left = int(count or 0)


_crash = _Crash(os.environ.get("KLSCOPE_CRASH", ""))


def at(name: str) -> None:
    """Pass the crash point ``name``; the process ends here when it was told to."""
    if name != _crash.name:
        return
    _crash.left -= 1
    if _crash.left == 0:
        os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
