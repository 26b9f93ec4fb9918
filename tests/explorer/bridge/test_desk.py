"""The pool: answers come on the GUI thread, older ones are dropped."""

from __future__ import annotations

import threading

import pytest

from compute.core.errors import InputError
from explorer.bridge.desk import Desk


@pytest.fixture
def desk(qapp):
    desk = Desk()
    yield desk
    desk.close()


def test_that_an_answer_comes_on_the_gui_thread(desk, qtbot) -> None:
    found = []
    desk.ask("sum", lambda: 1 + 1, lambda v: found.append((v, threading.current_thread())))
    qtbot.waitUntil(lambda: bool(found))
    assert found == [(2, threading.main_thread())]


def test_that_an_older_answer_is_dropped(desk, qtbot) -> None:
    go, found = threading.Event(), []
    desk.ask("x", lambda: go.wait(5) and "old", found.append)
    desk.ask("x", lambda: "new", found.append)
    qtbot.waitUntil(lambda: bool(found))
    go.set()
    desk.ask("y", lambda: "last", found.append)
    qtbot.waitUntil(lambda: "last" in found)
    assert found == ["new", "last"]


def test_that_an_error_is_one_sentence(desk, qtbot) -> None:
    def work() -> None:
        raise InputError("it is empty", tried="Reading a.h5")

    found: list[str] = []
    desk.ask("x", work, lambda _v: None, found.append)
    qtbot.waitUntil(lambda: bool(found))
    assert found == ["Reading a.h5: it is empty."]


def test_that_a_surprise_is_named_and_not_silent(desk, qtbot) -> None:
    with qtbot.waitSignal(desk.failed) as caught:
        desk.ask("x", lambda: 1 / 0, lambda _v: None)
    assert caught.args == ["x", "ZeroDivisionError: division by zero"]
