"""The left column: the pair and its KL, the domains, how many texts it takes."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from compute.core.numbers import count, percent, with_se
from compute.core.tables import Entry
from compute.geometry import DomainShare
from explorer.panels.parts import (
    Check,
    Flow,
    IconButton,
    PushButton,
    Themed,
    dress,
    label,
)
from explorer.plots.texts import curve
from explorer.plots.texts.ask import Ranked, Why
from explorer.plots.texts.picker import EntryButton, Picker
from explorer.state.ladder import between
from explorer.state.map import RunMark
from explorer.state.views import Unit
from explorer.theme import fonts
from explorer.theme.tokens import mix

MARGIN, FEW, _TINT = 14, 5, 0.12


class Head(QFrame):
    """``picked`` carries (0 or 1, entry id), ``pointed`` the entry under the pointer; ``swapped``:
    the two change places.

    ``entries`` are those that can be picked.
    """

    picked = Signal(int, str)
    pointed = Signal(str)
    swapped = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "quiet")
        self.buttons = (EntryButton("First model"), EntryButton("Second model"))
        self.swap = IconButton("arrows-left-right", "Swap the two models", size=24)
        self.swap.clicked.connect(self.swapped)
        self._figure, self._error = label("", "figure"), label("", "caption")
        self._where = label("", "chip")
        self._note = label("", "caption", wrap=True)
        self._picker: Picker | None = None
        self.entries: tuple[Entry, ...] = ()
        self._why: Why | None = None
        self._at = 0
        for at, button in enumerate(self.buttons):
            button.clicked.connect(partial(self._open, at))
            button.entered.connect(partial(self._point, at))
        pair = QHBoxLayout()
        pair.setSpacing(2)
        pair.addWidget(self.buttons[0])
        pair.addWidget(self.swap)
        pair.addWidget(self.buttons[1])
        pair.addStretch(1)
        numbers = QWidget()
        flow = Flow(numbers, 8)
        value = QWidget()
        row = QHBoxLayout(value)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self._figure)
        row.addWidget(self._error, 0, Qt.AlignmentFlag.AlignBottom)
        chip = QWidget()
        chip_row = QHBoxLayout(chip)
        chip_row.setContentsMargins(0, 7, 0, 0)
        chip_row.addWidget(self._where)
        flow.addWidget(value)
        flow.addWidget(chip)
        self._error.setContentsMargins(0, 0, 0, 6)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        numbers.setSizePolicy(policy)
        column = QVBoxLayout(self)
        column.setContentsMargins(MARGIN - 4, 10, MARGIN, 10)
        column.setSpacing(4)
        column.addLayout(pair)
        column.addWidget(numbers)
        column.addWidget(self._note)

    def show_pair(self, why: Why, marks: tuple[RunMark | None, RunMark | None], unit: Unit) -> None:
        self._why = why
        for button, entry, mark in zip(self.buttons, (why.a, why.b), marks, strict=True):
            button.show_entry(entry, mark)
        value, se = with_se(why.kl * unit.factor, why.se * unit.factor)
        self._figure.setText(value)
        self._error.setText(f"± {se} {unit.title}" if se else unit.title)
        self._figure.setAccessibleName(f"KL {value} {unit.title}")
        where = between(why.kl) if why.kl > 0 else "the same values"
        self._where.setText(where.replace("any two models", "any two"))
        self._where.setToolTip(f"On the ladder of reference scales: {where}")
        whole, _ = with_se(why.found.kl * unit.factor, why.found.se * unit.factor)
        self._note.setText(
            f"Under {why.recipe}. With all texts of {why.base}: {whole}." if why.previews else ""
        )
        self._note.setVisible(why.previews)

    def show_pointed(self, entry_id: str) -> None:
        """Some view points at this entry."""
        if self._why is not None:
            for button, entry in zip(self.buttons, (self._why.a, self._why.b), strict=True):
                button.show_pointed(pointed=entry.id == entry_id)

    def _point(self, at: int, here: bool) -> None:
        if self._why is not None:
            self.pointed.emit((self._why.a, self._why.b)[at].id if here else "")

    def _open(self, at: int) -> None:
        if self._why is None:
            return
        if self._picker is None:
            self._picker = Picker(self)
            self._picker.picked.connect(lambda name: self.picked.emit(self._at, name))
        self._at = at
        below = self.buttons[at].mapToGlobal(QPoint(0, self.buttons[at].height() + 2))
        now = (self._why.a, self._why.b)[at].id
        self._picker.open_at(below, self.entries, now, self.buttons[at].tokens)


class DomainBar(QWidget, Themed):
    """A part of the KL as a bar, with a line at what the number of texts would give."""

    def __init__(self) -> None:
        super().__init__()
        self._share, self._expected, self._kept = 0.0, 0.0, True
        self.setFixedHeight(14)

    def show_share(self, share: float, expected: float, most: float, *, kept: bool) -> None:
        self._share, self._expected, self._kept = share / most, expected / most, kept
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        k, painter = self.tokens, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        room = self.width() - 2.0
        painter.setBrush(QColor(k.line))
        painter.drawRoundedRect(QRectF(0, 4, room, 6), 3, 3)
        if self._share > 0:
            painter.setBrush(QColor(k.accent if self._kept else k.text3))
            painter.drawRoundedRect(QRectF(0, 4, max(6.0, room * self._share), 6), 3, 3)
        painter.setBrush(QColor(k.text))
        painter.drawRect(QRectF(min(room * self._expected, room), 1, 2, 12))
        painter.end()


class DomainRow(QWidget):
    """One domain: its box and name, its number of texts and part of the KL, its bar."""

    kept = Signal(str, bool)

    def __init__(self) -> None:
        super().__init__()
        self._domain = ""
        self.check = Check("", "Untick to drop its texts from the draft")
        self.check.toggled.connect(lambda on: self.kept.emit(self._domain, on))
        self._texts, self._part = label("", "caption"), label("", "value")
        self.bar = DomainBar()
        top = QHBoxLayout()
        top.setSpacing(4)
        top.addWidget(self.check)
        top.addStretch(1)
        top.addWidget(self._texts)
        top.addWidget(self._part)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(top)
        column.addWidget(self.bar)

    def show_domain(self, share: DomainShare, most: float, *, kept: bool) -> None:
        self._domain = share.domain
        name = self._domain or "no domain"
        blocked = self.check.blockSignals(True)
        self.check.setText(name)
        self.check.setAccessibleName(f"Domain {name}")
        self.check.setChecked(kept)
        self.check.blockSignals(blocked)
        self._texts.setText(f"{count(share.n_texts)} texts ·")
        self._part.setText(f"{percent(share.share)} of the KL")
        self.bar.show_share(share.share, share.of_texts, most, kept=kept)
        self.bar.setToolTip(
            f"{percent(share.share)} of the KL; {percent(share.of_texts)} expected from its number "
            f"of texts, {percent(share.of_bytes)} from its bytes"
        )


class Domains(QFrame, Themed):
    """``kept`` carries (domain, whether it stays)."""

    kept = Signal(str, bool)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "quiet")
        self._rows: list[DomainRow] = []
        self._all = self._whole = False
        self._why: Why | None = None
        self._gone: frozenset[str] = frozenset()
        self._legend = label("▏expected from its texts", "caption")
        top = QHBoxLayout()
        top.addWidget(label("By domain", "section"))
        top.addStretch(1)
        top.addWidget(self._legend)
        self._more = PushButton("", role="link")
        self._more.setProperty("small", True)
        self._more.clicked.connect(self._toggle)
        self._column = QVBoxLayout()
        self._column.setSpacing(4)
        column = QVBoxLayout(self)
        column.setContentsMargins(MARGIN, 10, MARGIN, 10)
        column.setSpacing(6)
        column.addLayout(top)
        column.addLayout(self._column)
        column.addWidget(self._more, 0, Qt.AlignmentFlag.AlignLeft)

    def show_domains(self, why: Why, gone: frozenset[str]) -> None:
        """``gone``: names of the domains that the draft drops."""
        self._why, self._gone = why, gone
        found = why.found.domains
        self.setVisible(len(found) > 1)
        shown = found if self._all else found[:FEW]
        while len(self._rows) < len(shown):
            row = DomainRow()
            row.kept.connect(self.kept)
            dress(row, self.tokens)
            self._rows.append(row)
            self._column.addWidget(row)
        most = max((max(d.share, d.of_texts) for d in found), default=1.0)
        most = most if most > 0 else 1.0
        for row, domain in zip(self._rows, shown, strict=False):
            row.show_domain(domain, most, kept=domain.domain not in gone)
        for k, row in enumerate(self._rows):
            row.setVisible(k < len(shown))
        n = len(found) - FEW
        self._more.setText("Fewer" if self._all else f"{count(n)} more domain{'s' * (n != 1)}")
        self._more.setVisible(n > 0 and not self._whole)

    def show_all(self) -> None:
        """All of them, however many."""
        self._all = self._whole = True

    def _toggle(self) -> None:
        self._all = not self._all
        if self._why is not None:
            self.show_domains(self._why, self._gone)


class Takes(QFrame, Themed):
    """How many texts carry how much of the KL, and what is left without them.

    The marked number follows the pointer, and the arrow keys.
    """

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "quiet")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setMouseTracking(True)
        self.setMinimumHeight(curve.HEIGHT)
        self.setMaximumHeight(curve.HEIGHT)
        self._ranked: Ranked | None = None
        self._kl, self._n = 0.0, 0

    def sizeHint(self) -> QSize:
        return QSize(240, curve.HEIGHT)

    def show_ranked(self, ranked: Ranked, kl: float) -> None:
        if ranked is not self._ranked:
            self._n = curve.usual(ranked.carried)
        self._ranked, self._kl = ranked, kl
        self._say()

    def _say(self) -> None:
        if self._ranked is not None:
            words = curve.words(self._n, self._ranked.carried)
            self.setAccessibleName(f"How many texts does it take? {words}")
            self.setToolTip(
                f"{words}. Dashed: what the KL would be without the first so many texts, as a part "
                "of what it is."
            )
        self.update()

    def _move(self, n: int) -> None:
        if self._ranked is not None:
            self._n = min(max(n, 1), len(self._ranked.order))
            self._say()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._ranked is not None:
            area = curve.area(self.width())
            part = (event.position().x() - area.left) / max(area.width, 1)
            self._move(round(part * len(self._ranked.order)))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        way = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()), 0)
        if way and self._ranked is not None:
            large = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self._move(
                self._n + way * (10 if large else 1) * max(1, len(self._ranked.order) // 200)
            )
            return
        super().keyPressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        k = self.tokens
        painter.setFont(fonts.font(12, 600))
        painter.setPen(QColor(k.text2))
        painter.drawText(QPointF(MARGIN, 20), "How many texts does it take?")
        if self._ranked is not None:
            self._plot(painter, self._ranked)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(k.accent), 2))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(3, 3, -3, -3), 6, 6)
        painter.end()

    def _plot(self, painter: QPainter, ranked: Ranked) -> None:
        k, n = self.tokens, len(ranked.order)
        area = curve.area(self.width())
        painter.setFont(fonts.font(11))
        for level in (0.0, 0.5, 1.0):
            y = area.y(level)
            painter.setPen(QPen(QColor(k.grid if level else k.control), 1))
            painter.drawLine(QPointF(area.left, y), QPointF(area.right, y))
            painter.setPen(QColor(k.text3))
            place = QRectF(0, y - 8, area.left - 6, 16)
            painter.drawText(place, _RIGHT, percent(level))
        for x, words, flags in curve.ticks(n, area):
            painter.drawText(QRectF(x - 60, area.bottom + 3, 120, 16) if flags == "middle" else
                             QRectF(area.left, area.bottom + 3, 60, 16) if flags == "left" else
                             QRectF(area.right - 90, area.bottom + 3, 90, 16),
                             _FLAGS[flags], words)  # fmt: skip
        lines = (
            curve.points(ranked.carried, n, area),
            curve.points(ranked.fading / self._kl if self._kl > 0 else ranked.fading, n, area),
        )
        self._curves(painter, lines, area)
        self._mark(painter, ranked, area)

    def _curves(
        self, painter: QPainter, lines: tuple[list[tuple[float, float]], ...], area: curve.Area
    ) -> None:
        accent = QColor(self.tokens.accent)
        path = QPainterPath()
        path.addPolygon([QPointF(*p) for p in lines[0]])
        filled = QPainterPath(path)
        filled.lineTo(area.right, area.bottom)
        filled.lineTo(area.left, area.bottom)
        tint = QColor(accent)
        tint.setAlphaF(_TINT)
        painter.fillPath(filled, tint)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(accent, 2.2))
        painter.drawPath(path)
        quiet = QPen(QColor(self.tokens.text3), 1.6)
        quiet.setDashPattern([5 / 1.6, 4 / 1.6])
        painter.setPen(quiet)
        painter.drawPolyline([QPointF(*p) for p in lines[1]])

    def _mark(self, painter: QPainter, ranked: Ranked, area: curve.Area) -> None:
        k = self.tokens
        x = area.x(self._n / max(len(ranked.order), 1))
        y = area.y(float(ranked.carried[self._n]))
        pen = QPen(QColor(k.accent), 1)
        pen.setDashPattern([3, 3])
        painter.setPen(pen)
        painter.drawLine(QPointF(x, y), QPointF(x, area.bottom))
        painter.setPen(QPen(QColor(k.panel), 1.5))
        painter.setBrush(QColor(k.accent))
        painter.drawEllipse(QPointF(x, y), 4.5, 4.5)
        words = curve.words(self._n, ranked.carried)
        kind = fonts.font(12, 500)
        painter.setFont(kind)
        wide = painter.fontMetrics().horizontalAdvance(words)
        place = curve.label(x, y, wide, area)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(mix(k.panel, k.accent, _TINT)))
        painter.drawRoundedRect(QRectF(*place).adjusted(-2, 0, 0, 0), 3, 3)
        painter.setPen(QColor(k.text))
        painter.drawText(QRectF(*place), _LEFT, words)


_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_FLAGS = {"left": _LEFT, "right": _RIGHT, "middle": Qt.AlignmentFlag.AlignCenter}
