"""The foot: drop or keep the text and its domain, what is left of the KL, and the preview."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from compute.core.numbers import percent, plain, with_se
from explorer.panels.parts import PushButton, label
from explorer.plots.texts import spec
from explorer.state.views import Unit

EDGE, TOP, ROW = 20, 8, 36


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
        self._groups = (
            _group(self, self.text, self.domain),
            _group(self, *self._words, self.all),
            _group(self, self.preview, self.back, self.keep),
        )
        self._place()

    def _place(self) -> None:
        """One row where there is room: what is dropped at the left, the rest at the right; else
        as many rows as it takes."""
        for group in self._groups:
            group.layout().activate()
        sizes = [group.sizeHint() for group in self._groups]
        rows, x, y = 1, EDGE, TOP
        room, gap = self.width() - 2 * EDGE, 16
        left = [0, 0, 0]
        if sum(s.width() for s in sizes) + 2 * gap <= room:
            end = self.width() - EDGE
            left = [EDGE, end - sizes[2].width() - gap - sizes[1].width(), end - sizes[2].width()]
            tops = [TOP] * 3
        else:
            tops = []
            for k, size in enumerate(sizes):
                if k and x + size.width() > self.width() - EDGE:
                    rows, x, y = rows + 1, EDGE, y + ROW
                left[k] = x
                tops.append(y)
                x += size.width() + gap
        for group, x_, y_, size in zip(self._groups, left, tops, sizes, strict=True):
            group.setGeometry(x_, y_, min(size.width(), max(room, 40)), 28)
        self.setFixedHeight(2 * TOP + (rows - 1) * ROW + 28)

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


def _group(parent: QWidget, *widgets: QWidget) -> QWidget:
    made = QWidget(parent)
    row = QHBoxLayout(made)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(6)
    for widget in widgets:
        row.addWidget(widget)
    return made
