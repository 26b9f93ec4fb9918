"""The foot: drop or keep the text and its domain, what is left of the KL, and the preview."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from compute.core.numbers import percent, plain, with_se
from explorer.panels.parts import PushButton, label
from explorer.plots.texts import spec
from explorer.state.views import Unit

EDGE, TOP, ROW, GAP = 20, 8, 34, 8


@dataclass(frozen=True, slots=True)
class Draft:
    """What the foot says.

    ``tops``: (n, its part of the texts, KL without the first n). ``left``: KL and SE without the
    ``n_gone`` texts that are dropped. ``shown``: the map is shown without them now.
    """

    text_kept: bool
    domain: str
    domain_kept: bool
    tops: tuple[tuple[int, float, float], ...]
    left: tuple[float, float]
    n_gone: int
    shown: bool
    previews: bool
    base: str


class Foot(QFrame):
    """Signals say what was pressed; nothing is decided here."""

    dropped = Signal()
    domain_dropped = Signal()
    previewed = Signal()
    kept_all = Signal()
    left = Signal()
    kept = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "footer")
        self.text, self.domain = (
            PushButton("Drop this text", "prohibit"),
            PushButton("", "prohibit"),
        )
        self.all = PushButton("Keep all", role="link", tip="Empty the draft: every text is kept")
        self.preview = PushButton("Preview on the map", role="outline")
        self.back = PushButton("", "arrow-counter-clockwise")
        self.keep = PushButton("Keep as a recipe...", "flask", tip="Write it into the project")
        self._words = [label("", "caption"), label("", "strong"), label("", "caption"),
                       label("", "strong")]  # fmt: skip
        for button, signal in (
            (self.text, self.dropped),
            (self.domain, self.domain_dropped),
            (self.all, self.kept_all),
            (self.preview, self.previewed),
            (self.back, self.left),
            (self.keep, self.kept),
        ):
            button.clicked.connect(signal)
        first, second = self._words[:2], self._words[2:]
        self._left = (_unit(self, self.text), _unit(self, self.domain))
        self._right = (_unit(self, *first), _unit(self, *second), _unit(self, self.all),
                       _unit(self, self.preview), _unit(self, self.back),
                       _unit(self, self.keep))  # fmt: skip
        self._place()

    def _place(self) -> None:
        """One row where there is room: what is dropped at the left, the rest at the right; else
        as many rows as it takes."""
        left, right = (
            [unit for unit in side if any(not w.isHidden() for w in unit.children_)]
            for side in (self._left, self._right)
        )
        for unit in (*self._left, *self._right):
            unit.row.activate()
            unit.setVisible(unit in (*left, *right))
        wide = {unit: unit.sizeHint().width() for unit in (*left, *right)}
        end = self.width() - EDGE
        if sum(wide.values()) + GAP * (len(wide) - 1) <= end - EDGE:
            places = _row(left, wide, EDGE, TOP)
            start = end - sum(wide[unit] + GAP for unit in right) + GAP
            places += _row(right, wide, start, TOP)
        else:
            places = _rows((*left, *right), wide, end)
        for unit, x, y in places:
            unit.setGeometry(x, y, min(wide[unit], max(end - EDGE, 40)), 28)
        bottom = max((y for _, _, y in places), default=TOP)
        self.setFixedHeight(bottom + 28 + TOP)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def show_draft(self, draft: Draft, unit: Unit) -> None:
        self.text.setText("Drop this text" if draft.text_kept else "Keep this text")
        self.text.show_icon("prohibit" if draft.text_kept else "check")
        self.text.set_tip("Add it to the draft; nothing is written" if draft.text_kept else
                          "Take it out of the draft")  # fmt: skip
        self.domain.setVisible(bool(draft.domain))
        verb = "Drop" if draft.domain_kept else "Keep"
        self.domain.setText(f"{verb} “{draft.domain}”")
        self.domain.show_icon("prohibit" if draft.domain_kept else "check")
        self.domain.set_tip(f"{verb} every text of this domain")
        self._say(draft, unit)
        self.all.setVisible(draft.n_gone > 0)
        self.preview.setVisible(not draft.shown)
        self.preview.setEnabled(draft.n_gone > 0 or bool(draft.tops))
        self.preview.set_tip(
            "Show every view without the dropped texts; nothing is written"
            if draft.n_gone
            else f"Drop the top {spec.TOPS[0]} texts and show every view without them; nothing is "
            "written"
        )
        self.back.setText(f"Back to {draft.base}")
        self.back.set_tip(f"Show every view with the recipe {draft.base} again")
        self.back.setVisible(draft.previews)
        self.keep.setVisible(draft.shown)
        self._place()

    def _say(self, draft: Draft, unit: Unit) -> None:
        """What is left without the dropped texts; nothing dropped: without the top ones."""
        if draft.n_gone:
            value, se = with_se(draft.left[0] * unit.factor, draft.left[1] * unit.factor)
            said = (f"{spec.dropped_words(draft.n_gone)}: KL", value, f"± {se}" if se else "", "")
        else:
            said = ("", "", "", "")
            if draft.tops:
                n, _, kl = draft.tops[0]
                said = (f"Without the top {n} texts:", plain(kl * unit.factor), "", "")
            if len(draft.tops) > 1:
                n, part, kl = draft.tops[1]
                more = f"top {n} ({percent(part)}):"
                said = (*said[:2], more, plain(kl * unit.factor))
        for widget, words in zip(self._words, said, strict=True):
            widget.setText(words)
            widget.setVisible(bool(words))


class _Unit(QWidget):
    """A few widgets that stay side by side."""

    def __init__(self, parent: QWidget, widgets: tuple[QWidget, ...]) -> None:
        super().__init__(parent)
        self.children_ = widgets
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(0, 0, 0, 0)
        self.row.setSpacing(6)
        for widget in widgets:
            self.row.addWidget(widget)


def _unit(parent: QWidget, *widgets: QWidget) -> _Unit:
    return _Unit(parent, widgets)


Places = list[tuple[_Unit, int, int]]


def _row(units: Sequence[_Unit], wide: Mapping[_Unit, int], x: int, y: int) -> Places:
    found: Places = []
    for unit in units:
        found.append((unit, x, y))
        x += wide[unit] + GAP
    return found


def _rows(units: Sequence[_Unit], wide: Mapping[_Unit, int], end: int) -> Places:
    found: Places = []
    x, y = EDGE, TOP
    for unit in units:
        if x > EDGE and x + wide[unit] > end:
            x, y = EDGE, y + ROW
        found.append((unit, x, y))
        x += wide[unit] + GAP
    return found
