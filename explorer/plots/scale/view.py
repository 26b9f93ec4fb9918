"""The scale: violins of groups of pairs beside the published values."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QLabel, QMenu, QVBoxLayout, QWidget

from compute.core.numbers import plain, with_se
from explorer.panels.parts import PushButton, label
from explorer.plots.contract import Table
from explorer.plots.scale import ask
from explorer.plots.scale.editor import Editor
from explorer.plots.scale.side import Side
from explorer.plots.scale.spec import Answer, Row, shown_rows
from explorer.plots.scale.violins import Picture, Violins
from explorer.plots.widget import Parts, PlotView
from explorer.state.ladder import between
from explorer.theme.tokens import Tokens


class ScaleView(PlotView):
    """Heading, violins, a line about what is pointed at."""

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts)
        self._answer: Answer | None = None
        self._subtitle: QLabel = label("", "caption")
        self.violins = Violins()
        self._said: QLabel = label("", "caption")
        self._said.setFixedHeight(18)
        self._side = Side()
        self._groups = PushButton("Groups", "stack", tip="Which groups are shown")
        self._new = PushButton("New group", "plus", tip="A group of pairs by a rule of your own")
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 8)
        column.setSpacing(1)
        column.addWidget(label("How far apart are two models?", "heading"))
        column.addWidget(self._subtitle)
        column.addWidget(self.violins, 1)
        column.addWidget(self._said)
        self.violins.pressed.connect(self._press)
        self.violins.pointed.connect(self._point)
        self._side.chosen.connect(lambda group: self.choose_option(shown=group))
        self._side.edited.connect(self._edit)
        self._side.removed.connect(self._remove)
        self._groups.clicked.connect(self._open_groups)
        self._new.clicked.connect(lambda: self._open_editor("", ""))
        self._pointed = ("", -1)

    # -- state to view ----------------------------------------------------------------------------

    def show_answer(self, answer: Answer) -> None:
        self._answer = answer
        self.refresh()

    @property
    def rows(self) -> tuple[Row, ...]:
        """The groups that are shown."""
        every = self._answer.rows if self._answer is not None else ()
        return shown_rows(every, self.option["hidden"], null=self.option["null"])

    def refresh(self) -> None:
        if self._answer is None:
            return
        title = self.unit.title
        self._subtitle.setText(
            f"KL divergence, {title}; linear up to 0.1 bits/byte, logarithmic above. Bar: our "
            "median. Diamond: published median, its line ends at the mean."
        )
        self._draw()
        rows = self.rows
        self._groups.setText(f"{len(rows)} groups")
        self._side.show_rows(rows, self.option["shown"], self.unit, self.tokens)

    def _draw(self) -> None:
        chosen = self.option["shown"]
        selected = self.parts.selection.chosen
        self.violins.show_picture(
            Picture(self.rows, self.unit, self.option["published"], chosen, selected, self._pointed)
        )

    def show_chosen(self) -> None:
        self._draw()

    # -- gestures ---------------------------------------------------------------------------------

    def _row(self, group: str) -> Row | None:
        return next((r for r in self.rows if r.id == group), None)

    def _point(self, group: str, pair: int) -> None:
        """Say which pair it is, and where its KL stands."""
        row = self._row(group)
        self._pointed = (group, pair)
        words = ""
        if row is not None and pair >= 0:
            a, b = row.ids[pair]
            kl, se = row.kl[pair] * self.unit.factor, row.se[pair] * self.unit.factor
            value, error = with_se(kl, se)
            names = f"{self._label(a)} and {self._label(b)}"
            beside = f" ± {error}" if error else ""
            words = f"{names}: {value}{beside} {self.unit.title}, {between(float(row.kl[pair]))}"
            self.point_at(a)
        elif row is not None and row.n:
            words = f"{row.title}: median {plain(row.median * self.unit.factor)} {self.unit.title}"
        else:
            self.point_at("")
        self._said.setText(words)
        self._draw()

    def _label(self, entry_id: str) -> str:
        entry = next((e for e in self.parts.library.entries if e.id == entry_id), None)
        return entry.label or entry_id if entry is not None else entry_id

    def _press(self, group: str, pair: int) -> None:
        row = self._row(group)
        if row is None:
            return
        self.choose_option(shown=group)
        if pair >= 0:
            self.select(row.ids[pair])

    def _open_groups(self) -> None:
        menu = QMenu(self)
        for row in self._answer.rows if self._answer is not None else ():
            action = menu.addAction(row.title)
            action.setCheckable(True)
            action.setChecked(row.id not in self.option["hidden"])
            action.toggled.connect(partial(self._show_group, row.id))
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self._groups.mapToGlobal(self._groups.rect().bottomLeft()))

    def _show_group(self, group: str, shown: bool) -> None:
        hidden = set(self.option["hidden"]) - {group}
        self.choose_option(hidden=sorted(hidden if shown else hidden | {group}))

    def _open_editor(self, title: str, rule: str) -> Editor:
        editor = Editor(title, rule, self._check, self.tokens, self.window())
        editor.made.connect(partial(self._keep, title))
        editor.open()
        return editor

    def _check(self, title: str, rule: str, then, refused) -> None:  # type: ignore[no-untyped-def]
        self.parts.ask("rule", partial(ask.check, title, rule), then, refused)

    def _keep(self, before: str, title: str, rule: str) -> None:
        own = [g for g in self.option["own"] if g["title"] not in (before, title)]
        self.choose_option(own=[*own, {"title": title, "rule": rule}], shown=f"own:{title}")

    def _edit(self, group: str) -> None:
        found = next((g for g in self.option["own"] if f"own:{g['title']}" == group), None)
        if found is not None:
            self._open_editor(found["title"], found["rule"])

    def _remove(self, group: str) -> None:
        self.choose_option(own=[g for g in self.option["own"] if f"own:{g['title']}" != group])

    # -- for the host -----------------------------------------------------------------------------

    def table(self) -> Table:
        assert self._answer is not None
        return self._answer.tables[0]

    def side(self) -> QWidget:
        return self._side

    def bar(self) -> tuple[QWidget, ...]:
        return (self._groups, self._new)

    def set_tokens(self, tokens: Tokens) -> None:
        super().set_tokens(tokens)
        self.refresh()
