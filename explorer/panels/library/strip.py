"""The strip of a run: how much of it is done, painted."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter

from explorer.panels.library.spec import Slot
from explorer.theme.tokens import Tokens


def paint_strip(painter: QPainter, rect: QRectF, slots: tuple[Slot, ...], tokens: Tokens) -> None:
    """``slots`` side by side in ``rect``, on whole pixels."""
    step = rect.width() / len(slots)
    gap = 1.0 if step >= 2.5 else 0.0
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
    for i, slot in enumerate(slots):
        x0, x1 = round(rect.left() + i * step), round(rect.left() + (i + 1) * step - gap)
        _slot(painter, QRectF(x0, rect.top(), max(1, x1 - x0), rect.height()), slot, tokens)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)


def _slot(painter: QPainter, whole: QRectF, slot: Slot, tokens: Tokens) -> None:
    painter.fillRect(whole, QColor(tokens.line))
    if slot.trouble == "duplicate":
        painter.fillRect(whole.adjusted(0, 3, 0, 0), QColor(tokens.warn))
    elif slot.trouble == "failed":
        painter.fillRect(whole, QColor(tokens.panel))
        painter.fillRect(whole.adjusted(0, 4, 0, 0), QColor(tokens.danger))
    else:
        _shares(painter, whole, slot, QColor(tokens.ok))


def _shares(painter: QPainter, whole: QRectF, slot: Slot, green: QColor) -> None:
    """What is done in full height, what has at least its first texts in half of it."""
    if slot.first > slot.share:
        lower = whole.adjusted(0, whole.height() / 2, 0, 0)
        lower.setWidth(max(1.0, whole.width() * slot.first))
        painter.fillRect(lower, green)
    if slot.share > 0:
        done = QRectF(whole)
        done.setWidth(max(1.0, whole.width() * slot.share))
        painter.fillRect(done, green)
