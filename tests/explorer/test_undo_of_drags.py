"""What is one step to undo, on the clock of the window."""

from __future__ import annotations

from PySide6.QtCore import QObject

from explorer.app import undo
from explorer.state.app import AppState


def test_that_a_slider_is_one_step_however_long_it_is_held(qtbot, monkeypatch) -> None:
    monkeypatch.setattr(undo, "SEAL_MS", 10)
    state, owner = AppState(), QObject()
    made = undo.Undo(state, lambda _command, _argument: None, owner)
    state.map.held = True
    state.map.perplexity = 40.0
    qtbot.wait(40)
    made.seal()
    state.map.perplexity = 50.0
    state.map.held = False
    made.undo()
    assert state.map.perplexity == 30.0
    made.redo()
    assert state.map.perplexity == 50.0
    made.close()
