"""The frame around a view: choices, states, table, exports."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QPushButton

from compute.core.errors import InputError, UsageError
from explorer.panels.parts import Check, Choice, Segments, dress
from explorer.plots.contract import Column, Table
from explorer.plots.export.spec import as_csv, as_markdown, cell, format_of
from explorer.plots.host import Host
from explorer.plots.host.spec import Piece, fit
from explorer.plots.host.table import TablePage
from explorer.plots.widget import Parts
from explorer.state.app import AppState
from explorer.state.selection import choose
from explorer.theme.tokens import DARK

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"


class Frame:
    """A host whose questions are answered when :meth:`deliver` is called."""

    def __init__(self, kind, source) -> None:
        self.state = AppState(plots={kind.id: kind.state()})
        self.source, self.waiting, self.commands = source, [], []
        s = self.state
        parts = Parts(kind, s.plots[kind.id], self._ask, s.shell, s.views, s.library, s.selection,
                      s.filter, s.timeline, s.map)  # fmt: skip
        self.host = Host(parts, lambda work, then: then(work()))
        self.host.command.connect(lambda *sent: self.commands.append(sent))
        dress(self.host, DARK)
        self.host.resize(900, 600)

    def _ask(self, topic, work, then, on_error=None) -> None:
        self.waiting = [(work, then, on_error)]  # an older question is dropped

    def deliver(self, error: str = "") -> None:
        (work, then, on_error), self.waiting = self.waiting[0], []
        on_error(error) if error else then(work(self.source))

    @property
    def page(self):
        return self.host.pages.currentWidget()


@pytest.fixture
def framed(qapp, monkeypatch, example_source):
    monkeypatch.syspath_prepend(str(FIXTURES))
    from ninth.view import KIND

    made = Frame(KIND, example_source)
    yield made
    side = made.host.view.side() if made.host.view is not None else None
    made.host.close()
    for widget in (made.host, side):
        if widget is not None:
            widget.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    for name in [n for n in sys.modules if n.partition(".")[0] == "ninth"]:
        del sys.modules[name]


@pytest.fixture
def shown(framed) -> Frame:
    framed.host.renew("", there=True)
    framed.host.set_shown(shown=True)
    framed.deliver()
    return framed


def test_that_a_view_is_made_and_asks_when_it_is_first_shown(framed) -> None:
    framed.host.renew("", there=True)
    assert (framed.host.view, framed.waiting) == (None, [])
    framed.host.set_shown(shown=True)
    assert framed.page is framed.host.states
    framed.deliver()
    assert framed.page is framed.host.view
    assert framed.host.view.words.text() == f"{len(framed.source.entries)} entries"


def test_that_a_choice_asks_again_only_if_the_answer_depends_on_it(shown) -> None:
    plot = shown.state.plots["trivial"]
    plot.choose(rim=False)
    assert shown.waiting == []
    plot.choose(order="size")
    shown.deliver()
    assert shown.host.answer.options == {"order": "size", "every": 1, "none": False}


def test_that_a_hidden_view_asks_when_it_is_seen_again(shown) -> None:
    shown.host.set_shown(shown=False)
    shown.state.plots["trivial"].choose(order="size")
    choose(shown.state.selection, ["x"])
    assert shown.waiting == []
    shown.host.set_shown(shown=True)
    assert len(shown.waiting) == 1


def test_that_the_last_picture_stays_while_a_newer_answer_is_under_way(shown) -> None:
    shown.host.renew("", there=True)
    assert shown.page is shown.host.view
    assert not shown.host.bar._live.isHidden()
    shown.deliver()
    assert shown.host.bar._live.isHidden()


def test_that_nothing_to_show_is_a_sentence_with_what_to_do(shown) -> None:
    shown.state.plots["trivial"].choose(none=True)
    shown.deliver()
    assert shown.page is shown.host.states
    (button,) = shown.host.states.findChildren(QPushButton)
    assert shown.host.states._words.text() == "Nothing is there."
    button.click()
    assert shown.commands == [("job.new", None)]
    shown.state.plots["trivial"].choose(none=False)
    shown.deliver()
    assert shown.page is shown.host.view


def test_that_an_error_is_said_in_the_view_and_the_next_answer_replaces_it(shown) -> None:
    shown.host.renew("", there=True)
    shown.deliver("It does not fit.")
    assert shown.host.states._words.text() == "It does not fit."
    shown.host.renew("", there=True)
    shown.deliver()
    assert shown.page is shown.host.view


def test_that_a_project_without_distances_says_why(shown) -> None:
    shown.host.renew("One entry is scored. Comparing needs two.", there=False)
    assert shown.page is shown.host.states
    assert shown.host.states._words.text() == "One entry is scored. Comparing needs two."
    (button,) = (b for b in shown.host.states.findChildren(QPushButton) if not b.isHidden())
    button.click()
    assert shown.commands[-1] == ("library.add", None)
    assert shown.waiting == []


def test_that_controls_show_and_make_choices(shown) -> None:
    plot, bar = shown.state.plots["trivial"], shown.host.bar
    bar.findChild(Segments).button("size").click()
    bar.findChild(Choice).chosen.emit("2")
    bar.findChild(Check).click()
    assert dict(plot.options) == {"order": "size", "every": 2, "rim": False, "none": False}
    plot.forget()
    assert bar.findChild(Check).isChecked()
    assert bar.findChild(Segments).button("run").isChecked()


def test_that_the_table_is_shown_and_selects(shown) -> None:
    page = shown.host._table
    shown.host.toggle_table()
    assert shown.page is page
    page.view.sortByColumn(0, Qt.SortOrder.DescendingOrder)
    index = page.view.model().index(0, 0)
    page.view.selectRow(0)
    page._press(index)
    assert shown.state.selection.chosen == {index.data()}
    shown.host.toggle_table()
    assert shown.page is shown.host.view


def test_that_a_table_is_copied_in_full_and_as_it_reads(shown) -> None:
    shown.host.toggle_table()
    for button in shown.host._table.findChildren(QPushButton):
        button.click()
        words = QGuiApplication.clipboard().text()
        assert ("| ---: |" in words) == ("Markdown" in button.text())


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf", ".csv"])
def test_that_exports_carry_what_they_were_made_from(shown, tmp_path, suffix: str) -> None:
    path = tmp_path / f"view{suffix}"
    shown.host.export(path)
    assert [p.name for p in tmp_path.iterdir()] == [path.name]
    raw = path.read_bytes()
    if suffix == ".png":
        kept = json.loads(QImage(str(path)).text("klscope"))
        assert (kept["view"], kept["recipe"], kept["options"]["order"]) == (
            "trivial", "clip2", "run",
        )  # fmt: skip
    elif suffix == ".svg":
        assert b"entries</text>" in raw
        assert b"clip2" in raw
    elif suffix == ".csv":
        assert raw.startswith(b'Entry,N,"KL, bits/byte"\n')
    else:
        assert raw.startswith(b"%PDF")


def test_that_what_cannot_be_written_is_said(shown, tmp_path) -> None:
    with pytest.raises(UsageError, match=r"\.png, \.svg"):
        shown.host.export(tmp_path / "view.doc")
    with pytest.raises(InputError, match="Choose another folder"):
        shown.host.export(tmp_path / "gone" / "view.png")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("room", "words", "folded"), [(400, True, set()), (250, False, set()), (205, False, {1})]
)
def test_that_a_narrow_bar_loses_words_then_folds_choices(room, words, folded) -> None:
    pieces = [Piece(100, 60), Piece(60, 40), Piece(50, folds=False)]
    found = fit(pieces, room, 8, 28)
    assert (found.words, set(found.folded)) == (words, folded)


def test_that_cells_read_well_and_files_are_exact() -> None:
    table = Table((Column("a|b", digits=False), Column("KL", "bits/byte")), (("x|y", 1 / 3),))
    assert cell(1 / 3, table.columns[1]) == "0.33"
    assert cell(float("nan"), table.columns[1]) == "–"
    assert as_csv(table) == f'a|b,"KL, bits/byte"\nx|y,{1 / 3!r}\n'
    assert as_markdown(table).splitlines()[2] == "| x¦y | 0.33 |"
    assert format_of(Path("A.SVG")) == ".svg"


def test_that_a_sorted_table_has_its_unknown_last_and_selects_what_it_shows(qtbot) -> None:
    nan = float("nan")
    table = Table((Column("Name", digits=False), Column("KL")),
                  (("b", 2.0), ("a", nan), ("c", 1.0)), (("B",), ("A",), ("C",)))  # fmt: skip
    page = TablePage()
    qtbot.addWidget(page)
    dress(page, DARK)
    page.show_table(table, "Some")

    def names() -> list[str]:
        return [page.model.data(page.model.index(k, 0)) for k in range(3)]

    assert names() == ["b", "a", "c"]
    page.view.sortByColumn(1, Qt.SortOrder.AscendingOrder)
    assert names() == ["c", "b", "a"]
    page.view.sortByColumn(1, Qt.SortOrder.DescendingOrder)
    assert names() == ["b", "c", "a"]
    page.view.selectRow(1)
    with qtbot.waitSignal(page.pressed) as sent:
        page.view.activated.emit(page.model.index(1, 0))
    assert sent.args[0] == ("C",)
    page.show_table(table, "Some")
    assert names() == ["b", "c", "a"]
