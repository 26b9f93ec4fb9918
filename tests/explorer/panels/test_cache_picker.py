"""Choosing from the Hugging Face cache."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtWidgets import QWidget

from compute.core.tables import Checkpoint, Listing
from explorer.panels.library import Picker, sources_of
from explorer.state.library import LibraryState, joined, leaves
from explorer.theme.tokens import DARK


def revision(repo: str, name: str, step: int = -1, **more) -> Checkpoint:
    run = repo if step >= 0 else ""
    label = f"{repo} step {step}" if run else repo
    return Checkpoint(f"/hub/{repo}/{name}", label, "neox", run, step, source=repo, revision=name,
                      n_bytes=more.pop("n_bytes", 2048), **more)  # fmt: skip


ALL = Listing("cache:", "Hugging Face cache", (
    revision("lab/tiny", "step0", 0),
    revision("lab/tiny", "step8", 8),
    revision("lab/tiny", "step9", 9, problem="The download is not complete.", n_bytes=-1),
    revision("other/one", "main"),
))  # fmt: skip


@pytest.fixture
def picker(qtbot):
    parent = QWidget()
    qtbot.addWidget(parent)
    made = Picker(ALL, DARK, parent)
    made.show()
    yield made
    parent.close()


def row(picker: Picker, *path: int) -> QModelIndex:
    index = QModelIndex()
    for at in path:
        index = picker.tree.rows.index(at, 0, index)
    return index


def test_that_ticking_a_run_takes_what_can_be_scored(picker) -> None:
    assert not picker._add.isEnabled()
    picker._toggle([row(picker, 0, 0)], True)
    assert [c.revision for c in picker.chosen] == ["step0", "step8"]
    assert picker._sum.text() == "2 models, 4.0 KiB to read"
    picker._toggle([row(picker, 0, 0)], True)
    assert picker.chosen == ()


def test_that_the_search_narrows_and_enter_adds(picker, qtbot) -> None:
    qtbot.keyClicks(picker.search, "one")
    assert picker.search._count.text() == "1 found"
    picker._toggle([row(picker, 0)], True)
    with qtbot.waitSignal(picker.picked) as picked:
        qtbot.keyClick(picker, Qt.Key.Key_Return)
    assert sources_of(picked.args[0]) == ("cache:other/one@main",)


def test_that_revisions_of_a_repository_are_named_together() -> None:
    assert sources_of(ALL.checkpoints[:2]) == ("cache:lab/tiny@step0,step8",)


def test_that_more_revisions_of_a_repository_join_those_that_are_there() -> None:
    first = Listing("lab/tiny", "lab/tiny", ALL.checkpoints[1:2])
    more = Listing("lab/tiny", "lab/tiny", ALL.checkpoints[:1])
    (found,) = joined((first,), (more,))
    assert [c.step for c in found.checkpoints] == [0, 8]
    folder = Listing("/runs", "runs", (Checkpoint("/runs/a", "a"),))
    emptier = Listing("/runs", "runs", (Checkpoint("/runs/b", "b"),))
    both = joined((first, folder), (emptier,))
    assert [leaf.label for leaf in leaves(LibraryState(listings=both))] == ["b", "lab/tiny step 8"]
