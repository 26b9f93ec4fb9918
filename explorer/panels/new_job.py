"""What to score, on what, and what it would cost: the card before a job starts."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from compute.core.numbers import count, duration, short_count, size
from explorer.panels.painted import (
    Combo,
    Links,
    Painted,
    PushButton,
    Sign,
    Soon,
    Words,
    dress,
    show_if,
)
from explorer.state.jobs import Cost, NewJobState
from explorer.state.library import LibraryState, to_score
from explorer.theme.tokens import Tokens

PRECISIONS = (
    ("auto", "Automatic"),
    ("float32", "float32"),
    ("bfloat16", "bfloat16"),
    ("float16", "float16"),
)


def amount(cost: Cost) -> str:
    """``52 checkpoints · 128 texts``."""
    checkpoints = f"{count(cost.n_checkpoints)} checkpoint{'s' * (cost.n_checkpoints != 1)}"
    if not cost.n_texts:
        return checkpoints
    return f"{checkpoints} · {count(cost.n_texts)} text{'s' * (cost.n_texts != 1)}"


def price(cost: Cost) -> str:
    """``about 1.9 M tokens, 3 min here``; bytes for unknown tokens; "" = nothing is known."""
    if cost.n_tokens >= 0:
        much = f"{short_count(cost.n_tokens)} tokens"
    elif cost.n_bytes >= 0:
        much = f"{size(cost.n_bytes)} of text"
    else:
        much = ""
    time = duration(cost.seconds)
    known = [words for words in (much, f"{time} here" if time else "") if words]
    return "about " + ", ".join(known) if known else ""


def why_not(new_job: NewJobState, n_to_score: int) -> str:
    """The sentence that says why it cannot start; "" = it can."""
    if new_job.problem:
        return new_job.problem
    if not n_to_score:
        return "Nothing to score. Tick checkpoints that are not scored yet."
    return "" if new_job.texts_label else "Choose a text set first."


class NewJobPanel(QFrame):
    """A card, at home above the library's footer; visible while ``new_job.visible``."""

    command = Signal(str, object)

    def __init__(
        self,
        new_job: NewJobState,
        library: LibraryState,
        tokens: Tokens,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setProperty("role", "card")
        self.setAccessibleName("Score checkpoints")
        self.setMinimumWidth(204)
        self.setMaximumWidth(360)
        self._new_job, self._library = new_job, library
        self._build(tokens)
        self._soon = Soon(self, 20, self.refresh)
        self._links = Links()
        self._connect()
        self.refresh()

    # -- parts

    def _build(self, tokens: Tokens) -> None:
        title = Words(tokens, 13, 600)
        title.show_text("Score checkpoints")
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 11, 14, 12)
        column.setSpacing(10)
        column.addWidget(title)
        column.addLayout(self._choices(tokens))
        column.addWidget(self._cost(tokens))
        column.addWidget(self._problem(tokens))
        column.addLayout(self._buttons(tokens))

    def _choices(self, tokens: Tokens) -> QGridLayout:
        self.texts = Words(tokens, 13)
        self.choose = PushButton(tokens, "Choose...", role="link")
        self.choose.setAccessibleName("Choose a text set")
        self.device = Combo(tokens, "Device")
        self.precision = Combo(tokens, "Precision")
        self.precision.show_options(PRECISIONS)
        self.precision.setToolTip("Automatic: what the checkpoint was saved in, where it can be.")
        grid = QGridLayout()
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(1, 1)
        for at, name in ((0, "Texts"), (2, "Device"), (3, "Precision")):
            words = Words(tokens, 12, 400, "text3")
            words.show_text(name)
            grid.addWidget(words, at, 0)
        grid.addWidget(self.choose, 0, 1, Qt.AlignmentFlag.AlignRight)
        grid.addWidget(self.texts, 1, 0, 1, 2)
        grid.addWidget(self.device, 2, 1)
        grid.addWidget(self.precision, 3, 1)
        return grid

    def _cost(self, tokens: Tokens) -> QWidget:
        self.amount, self.price = Words(tokens, 13, 500), Words(tokens, 12, 400, "text3")
        made = _Ruled(tokens)
        column = QVBoxLayout(made)
        column.setContentsMargins(0, 10, 0, 0)
        column.setSpacing(1)
        column.addWidget(self.amount)
        column.addWidget(self.price)
        return made

    def _problem(self, tokens: Tokens) -> QWidget:
        self.problem = QLabel()
        self.problem.setProperty("role", "warn")
        self.problem.setWordWrap(True)
        self._warning = QWidget()
        row = QHBoxLayout(self._warning)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(Sign(tokens, "warning", "warn"), 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.problem, 1)
        return self._warning

    def _buttons(self, tokens: Tokens) -> QHBoxLayout:
        self.start = PushButton(tokens, "Start", role="primary")
        self.shut = PushButton(tokens, "Close")
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(self.start, 1)
        row.addWidget(self.shut)
        return row

    # -- both directions

    def _connect(self) -> None:
        new, lib = self._new_job.events, self._library.events
        shown = (new.texts_label, new.texts_fixed, new.device, new.devices, new.dtype)
        self._links.to(self._soon.ask, *shown, new.cost, new.problem)
        self._links.to(self._soon.ask, lib.listings, lib.entries, lib.unticked, lib.queued)
        self._links.to(self.refresh, new.visible)
        self.device.activated.connect(lambda at: self._choose_device(self.device.itemData(at)))
        self.precision.activated.connect(lambda at: self._choose_dtype(PRECISIONS[at][0]))
        self.choose.clicked.connect(lambda: self.command.emit("texts.choose", None))
        self.start.clicked.connect(lambda: self.command.emit("job.start", None))
        self.shut.clicked.connect(self._hide_it)

    def set_tokens(self, tokens: Tokens) -> None:
        dress(self, tokens)

    def close(self) -> bool:
        self._links.close()
        self._soon.stop()
        return super().close()

    # -- state to view

    def refresh(self) -> None:
        """Show the state as it is now."""
        new = self._new_job
        show_if(self, new.visible)
        if not new.visible:
            return
        known = bool(new.texts_label)
        label = new.texts_label if known else "No text set yet"
        self.texts.show_text(label, "text" if known else "text3")
        self.choose.setHidden(new.texts_fixed)
        self.device.show_options(new.devices)
        self.device.show_key(new.device)
        self.precision.show_key(new.dtype)
        self._show_cost(new.cost)
        self._show_problem(why_not(new, len(to_score(self._library))))

    def _show_cost(self, cost: Cost) -> None:
        self.amount.show_text(amount(cost))
        self.price.show_text(price(cost))
        self.price.setHidden(not self.price.text())

    def _show_problem(self, why: str) -> None:
        self.start.setEnabled(not why)
        self.start.setToolTip(why or "Finished texts are kept at any moment.")
        if self.problem.text() != why:
            self.problem.setText(why)
        self._warning.setHidden(not why)

    # -- view to state

    def _choose_device(self, key: str) -> None:
        self._new_job.device = key
        self.device.show_key(self._new_job.device)

    def _choose_dtype(self, key: str) -> None:
        self._new_job.dtype = key
        self.precision.show_key(self._new_job.dtype)

    def _hide_it(self) -> None:
        self._new_job.visible = False


class _Ruled(Painted):
    """A line of 1 px above what is inside."""

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(0, 0, self.width(), 1, QColor(self.tokens.line))
        painter.end()
