"""Connections to the state, made in one place and ended in one place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from psygnal import SignalInstance


class Links:
    """Remembers what it connects. Slots are called with no argument."""

    def __init__(self) -> None:
        self._made: list[tuple[SignalInstance, Callable[[], Any]]] = []

    def to(self, slot: Callable[[], Any], *signals: SignalInstance) -> None:
        """Call ``slot`` whenever one of ``signals`` says that something has changed."""
        for signal in signals:
            signal.connect(slot, max_args=0)
            self._made.append((signal, slot))

    def close(self) -> None:
        """End them all. Safe to call twice."""
        for signal, slot in self._made:
            signal.disconnect(slot, missing_ok=True)
        self._made.clear()
