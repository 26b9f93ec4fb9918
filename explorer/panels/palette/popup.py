"""The list under the field."""

from __future__ import annotations

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QFrame, QGraphicsDropShadowEffect, QListView, QVBoxLayout, QWidget

from explorer.panels.palette import spec
from explorer.panels.palette.delegate import HEIGHT, LineDelegate
from explorer.panels.palette.field import PaletteField
from explorer.panels.parts import Themed, label
from explorer.theme.tokens import Tokens

WIDTH, LINES, PAD = 620, 12, 6
SHADOW = (20, 6)
Index = QModelIndex | QPersistentModelIndex


class Lines(QAbstractListModel):
    """The items that match."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.shown: tuple[spec.Item, ...] = ()

    def show_items(self, shown: tuple[spec.Item, ...]) -> None:
        self.beginResetModel()
        self.shown = shown
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(self.shown)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        item = self.shown[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return item.title
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return spec.announced(self.shown, index.row())
        if role == Qt.ItemDataRole.ToolTipRole:
            return item.why_not or None
        return None


class Popup(QFrame, Themed):
    """Belongs to a field. ``wanted`` when it opens and needs items; ``chosen`` is (command,
    argument); ``refused`` says why the chosen line cannot be used."""

    wanted = Signal()
    chosen = Signal(str, object)
    refused = Signal(str)

    def __init__(self, field: PaletteField, window: QWidget) -> None:
        super().__init__(window)
        self._field, self._window = field, window
        self._before: QWidget | None = None
        self._items = spec.Items()
        self.setProperty("role", "popup")
        self.setAccessibleName("What was found")
        self._model, self._view = Lines(self), QListView()
        self._view.setModel(self._model)
        self._view.setItemDelegate(LineDelegate(self._view))
        self._view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._view.setAccessibleName("What was found")
        self._view.setUniformItemSizes(True)
        self._view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._none = label("Nothing found. Type fewer letters.", "caption")
        self._none.setContentsMargins(10, 8, 10, 8)
        column = QVBoxLayout(self)
        column.setContentsMargins(PAD, PAD, PAD, PAD)
        column.addWidget(self._view)
        column.addWidget(self._none)
        self._connect()
        self.hide()

    def _connect(self) -> None:
        field = self._field
        field.opened.connect(self.open)
        field.left.connect(self.dismiss)
        field.textEdited.connect(self._search)
        field.moved.connect(self._move)
        field.entered.connect(self._enter)
        self._view.clicked.connect(lambda _index: self._enter())

    @property
    def shown(self) -> tuple[spec.Item, ...]:
        """The lines that are listed now."""
        return self._model.shown

    def open(self) -> None:
        """Put the keyboard into the field and list what there is."""
        if self.isVisible():
            return
        focus = self._window.focusWidget()
        self._before = focus if focus is not self._field else self._before
        self.wanted.emit()
        self._field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.show()
        self._search(self._field.text())
        self.raise_()

    def show_items(self, found: spec.Items) -> None:
        """What can be found from now on."""
        self._items = found
        if self.isVisible():
            self._search(self._field.text())

    def dismiss(self) -> None:
        """Close, and give the keyboard back to who had it."""
        if not self.isVisible():
            return
        self.hide()
        self._field.clear()
        self._field.setAccessibleDescription("")
        before, self._before = self._before, None
        if self._field.hasFocus():
            self._field.clearFocus()
            if before is not None and before.isVisible():
                before.setFocus(Qt.FocusReason.OtherFocusReason)

    def set_tokens(self, tokens: Tokens) -> None:
        Themed.set_tokens(self, tokens)
        delegate = self._view.itemDelegate()
        assert isinstance(delegate, LineDelegate)
        delegate.tokens = tokens
        blur, down = SHADOW
        shade = QGraphicsDropShadowEffect(self, blurRadius=blur, offset=QPoint(0, down))
        shade.setColor(QColor(0, 0, 0, round(255 * (0.28 if tokens.dark else 0.12))))
        self.setGraphicsEffect(shade)

    def place(self) -> None:
        """Under the middle of the field, inside the window."""
        field, window = self._field, self._window
        wide = min(WIDTH, window.width() - 16)
        middle = field.mapTo(window, QPoint(field.width() // 2, field.height()))
        lines = max(1, min(len(self._model.shown), LINES))
        high = min(lines * HEIGHT + 2 * PAD + 2, window.height() - middle.y() - 16)
        x = min(max(middle.x() - wide // 2, 8), window.width() - wide - 8)
        self.setGeometry(x, middle.y() + 6, wide, high)

    def _search(self, query: str) -> None:
        if not self.isVisible():
            self.open()
            return
        self._model.show_items(self._items.search(query))
        self._none.setVisible(not self._model.shown)
        self._view.setVisible(bool(self._model.shown))
        self._go_to(0)
        self.place()

    def _move(self, by: int) -> None:
        n = len(self._model.shown)
        if n:
            at = self._view.currentIndex().row() + by
            self._go_to(at % n if abs(by) == 1 else min(max(at, 0), n - 1))

    def _go_to(self, row: int) -> None:
        self._view.setCurrentIndex(self._model.index(row, 0))
        self._field.setAccessibleDescription(spec.announced(self._model.shown, row))

    def _enter(self) -> None:
        row = self._view.currentIndex().row()
        if not 0 <= row < len(self._model.shown):
            return
        item = self._model.shown[row]
        self.dismiss()
        if item.why_not:
            self.refused.emit(f"{item.title.rstrip('.')}: {item.why_not}")
        else:
            self.chosen.emit(item.command, item.argument)
