"""The rows as a Qt tree. Updates are differences, so expansion and selection stay."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from explorer.panels.library import spec
from explorer.panels.library.spec import RunRow
from explorer.state.library import Leaf

Index = QModelIndex | QPersistentModelIndex
_TOP = 0
_CHECK = {
    spec.NONE: Qt.CheckState.Unchecked,
    spec.SOME: Qt.CheckState.PartiallyChecked,
    spec.ALL: Qt.CheckState.Checked,
}


class LibraryModel(QAbstractItemModel):
    """Runs at the top, leaves below. A child's internal id is its run's number, which stays."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._rows: list[RunRow] = []
        self._numbers: list[int] = []
        self._at: dict[int, int] = {}
        self._next = 1

    # -- changes ----------------------------------------------------------------------------------

    def set_rows(self, rows: Sequence[RunRow]) -> None:
        """Become ``rows``, telling the view only what is different."""
        cut = spec.splice([r.run for r in self._rows], [r.run for r in rows])
        if cut is not None:
            self._splice(cut, rows)
        for at, row in enumerate(rows):
            if self._rows[at] is not row:
                self._set_run(at, row)

    def _splice(self, cut: spec.Splice, rows: Sequence[RunRow]) -> None:
        top = QModelIndex()
        if cut.stop > cut.start:
            self.beginRemoveRows(top, cut.start, cut.stop - 1)
            del self._rows[cut.start : cut.stop], self._numbers[cut.start : cut.stop]
            self._renumber()
            self.endRemoveRows()
        if cut.n_new:
            self.beginInsertRows(top, cut.start, cut.start + cut.n_new - 1)
            self._rows[cut.start : cut.start] = rows[cut.start : cut.start + cut.n_new]
            fresh = range(self._next, self._next + cut.n_new)
            self._numbers[cut.start : cut.start] = fresh
            self._next += cut.n_new
            self._renumber()
            self.endInsertRows()

    def _renumber(self) -> None:
        self._at = {number: at for at, number in enumerate(self._numbers)}

    def _set_run(self, at: int, row: RunRow) -> None:
        old = self._rows[at]
        parent = self.index(at, 0)
        before, after = _children(old), _children(row)
        if len(before) == len(after):
            self._rows[at] = row
            self._tell_changed(parent, old, row)
        else:
            self._splice_leaves(parent, at, row)
        if old != row:
            self.dataChanged.emit(parent, parent)

    def _tell_changed(self, parent: QModelIndex, old: RunRow, new: RunRow) -> None:
        flipped = old.off ^ new.off
        pairs = zip(_children(old), _children(new), strict=True)
        changed = [
            i for i, (a, b) in enumerate(pairs) if (a is not b and a != b) or b.key in flipped
        ]
        if changed:
            first, last = self.index(changed[0], 0, parent), self.index(changed[-1], 0, parent)
            self.dataChanged.emit(first, last)

    def _splice_leaves(self, parent: QModelIndex, at: int, row: RunRow) -> None:
        before, after = _children(self._rows[at]), _children(row)
        cut = spec.splice([x.key for x in before], [x.key for x in after])
        assert cut is not None
        if cut.stop > cut.start:
            self.beginRemoveRows(parent, cut.start, cut.stop - 1)
            kept = (*before[: cut.start], *before[cut.stop :])
            self._rows[at] = _with(self._rows[at], kept)
            self.endRemoveRows()
        if cut.n_new:
            self.beginInsertRows(parent, cut.start, cut.start + cut.n_new - 1)
            self._rows[at] = row
            self.endInsertRows()
        self._rows[at] = row
        if after:
            self.dataChanged.emit(self.index(0, 0, parent), self.index(len(after) - 1, 0, parent))

    # -- questions --------------------------------------------------------------------------------

    @property
    def runs(self) -> Sequence[RunRow]:
        return self._rows

    def run_at(self, index: Index) -> RunRow | None:
        """The run of a top-level row, else None."""
        return self._rows[index.row()] if index.isValid() and index.internalId() == _TOP else None

    def leaf_at(self, index: Index) -> Leaf | None:
        """The leaf of a row; a top-level row has one if it stands alone."""
        if not index.isValid():
            return None
        if index.internalId() == _TOP:
            row = self._rows[index.row()]
            return row.leaves[0] if row.alone else None
        return self._rows[self._at[index.internalId()]].leaves[index.row()]

    def find(self, entry: str) -> QModelIndex:
        """Where the leaf with this key or entry id is; invalid if it is not shown."""
        for at, row in enumerate(self._rows):
            for i, leaf in enumerate(row.leaves):
                if leaf.key == entry:
                    top = self.index(at, 0)
                    return top if row.alone else self.index(i, 0, top)
        return QModelIndex()

    def ticked(self, index: Index) -> int:
        """NONE, SOME or ALL."""
        row = self.run_at(index)
        if row is not None:
            return row.ticked
        leaf = self.leaf_at(index)
        if leaf is None:
            return spec.NONE
        off = self._rows[self._at[index.internalId()]].off
        return spec.NONE if leaf.key in off else spec.ALL

    # -- Qt ---------------------------------------------------------------------------------------

    def index(self, row: int, column: int, parent: Index = QModelIndex()) -> QModelIndex:  # noqa: B008
        if not parent.isValid():
            inside = 0 <= row < len(self._rows) and column == 0
            return self.createIndex(row, column, _TOP) if inside else QModelIndex()
        if column != 0 or not 0 <= row < self.rowCount(parent):
            return QModelIndex()
        return self.createIndex(row, column, self._numbers[parent.row()])

    def parent(self, index: Index) -> QModelIndex:  # type: ignore[override]
        if not index.isValid() or index.internalId() == _TOP:
            return QModelIndex()
        return self.createIndex(self._at[index.internalId()], 0, _TOP)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        if not parent.isValid():
            return len(self._rows)
        return len(_children(self._rows[parent.row()])) if parent.internalId() == _TOP else 0

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 1

    def flags(self, index: Index) -> Qt.ItemFlag:
        flag = Qt.ItemFlag
        if not index.isValid():
            return flag.NoItemFlags
        return flag.ItemIsEnabled | flag.ItemIsSelectable | flag.ItemIsUserCheckable

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._name(index)
            case Qt.ItemDataRole.ToolTipRole:
                return self._tip(index)
            case Qt.ItemDataRole.CheckStateRole:
                return _CHECK[self.ticked(index)]
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{self._name(index)}. {self._tip(index)}"
        return None

    def _name(self, index: Index) -> str:
        row = self.run_at(index)
        if row is not None:
            return row.run
        leaf = self.leaf_at(index)
        return spec.name(leaf) if leaf is not None else ""

    def _tip(self, index: Index) -> str:
        row = self.run_at(index)
        if row is not None and not row.alone:
            return spec.summary(row)
        leaf = self.leaf_at(index)
        if leaf is None:
            return ""
        status = spec.status(leaf)
        return f"{leaf.label}: {status.words}. {status.tip}".strip()


def _children(row: RunRow) -> tuple[Leaf, ...]:
    return () if row.alone else row.leaves


def _with(row: RunRow, leaves: tuple[Leaf, ...]) -> RunRow:
    return RunRow(row.run, leaves, row.off, row.strip, row.n_done, row.mark, row.part)
