"""The commands that edit entries: what is written, what can be undone, what the example says."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from compute.core.errors import UsageError
from compute.core.tables import Entry
from explorer.app.commands.entries import Entries
from explorer.app.commands.project import example
from explorer.state.app import AppState

ENTRY = Entry("a/step1", "a step 1", run="a", step=1)


@pytest.fixture
def app():
    """What the commands lean on, written down instead of done."""
    made = SimpleNamespace(state=AppState(), said=[], put=[], steps=[])
    made.state.library.entries = (ENTRY,)
    made.session = SimpleNamespace(path=Path("/p.h5"))
    made.shell = SimpleNamespace(notify=lambda *words: made.said.append(words))
    made.edits = SimpleNamespace(put=lambda *edit: made.put.append(edit))
    made.undo = SimpleNamespace(push=made.steps.append)
    return made


@pytest.fixture
def run(app):
    projects = SimpleNamespace(writable=lambda: Path("/copy.h5"))
    table = Entries(app, projects).table()
    return lambda command, argument: table[command](argument)


def test_that_an_edit_is_written_and_can_be_taken_back(app, run) -> None:
    run("entry.edit", (ENTRY.id, {"step": 7}))
    assert app.put == [(Path("/p.h5"), ENTRY.id, {"step": 7})]
    (step,) = app.steps
    assert step.title == "Edit of step"
    run(*step.undo)
    assert app.put[-1] == (Path("/p.h5"), ENTRY.id, {"step": 1})
    assert len(app.steps) == 1
    run(*step.redo)
    assert app.put[-1][2] == {"step": 7}


def test_that_what_changes_nothing_or_makes_no_sense_is_not_written(app, run) -> None:
    run("entry.edit", (ENTRY.id, {"step": 1}))
    run("entry.edit", ("gone", {"step": 2}))
    with pytest.raises(UsageError):
        run("entry.edit", (ENTRY.id, {"step": -7}))
    assert (app.put, app.steps) == ([], [])


def test_that_the_example_offers_to_save_a_copy(app, run) -> None:
    app.session.path = example()
    asked = (ENTRY.id, {"label": "best"})
    run("entry.edit", asked)
    run("entry.put", asked)
    assert app.put == []
    (sentence, level, action) = app.said[0]
    assert (level, action) == ("warn", ("Save a copy...", "entry.edit-copy", asked))
    assert sentence.count(".") == 1
    run(action[1], action[2])
    assert app.put == [(Path("/copy.h5"), *asked)]
