"""The rows as a Qt tree. Updates are differences, so expansion and selection stay."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from explorer.panels.library import spec
from explorer.panels.library.groups import Group, Row, leaves_in
from explorer.panels.library.spec import RunRow
from explorer.state.library import Leaf

Index = QModelIndex | QPersistentModelIndex
_TOP = 0
_CHECK = {
    spec.NONE: Qt.CheckState.Unchecked,
    spec.SOME: Qt.CheckState.PartiallyChecked,
    spec.ALL: Qt.CheckState.Checked,
}


@dataclass(slots=True)
class _Place:
    """A group or a run in the tree. Its number is the internal id of its children, and stays."""

    number: int
    row: Row | None
    above: _Place | None = None
    at: int = 0
    below: list[_Place] = field(default_factory=list)


class LibraryModel(QAbstractItemModel):
    """Families, sizes and runs as places, leaves below runs."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._root = _Place(_TOP, None)
        self._places: dict[int, _Place] = {_TOP: self._root}
        self._next = 1
        self._rows: tuple[Row, ...] = ()
        self._where: dict[str, tuple[_Place, int]] | None = None
        self.chosen: frozenset[str] = frozenset()

    # -- changes ----------------------------------------------------------------------------------

    def set_rows(self, rows: Sequence[Row]) -> None:
        """Become ``rows``, telling the view only what is different."""
        self._where = None
        self._become(self._root, QModelIndex(), tuple(rows))
        self._rows = tuple(rows)

    def _become(self, place: _Place, parent: QModelIndex, rows: Sequence[Row]) -> None:
        cut = spec.splice([_key(below) for below in place.below], [row.key for row in rows])
        if cut is not None:
            self._splice(place, parent, cut, rows)
        for at, row in enumerate(rows):
            if place.below[at].row is not row:
                self._set(place.below[at], self.index(at, 0, parent), row)

    def _splice(
        self, place: _Place, parent: QModelIndex, cut: spec.Splice, rows: Sequence[Row]
    ) -> None:
        if cut.stop > cut.start:
            self.beginRemoveRows(parent, cut.start, cut.stop - 1)
            gone = place.below[cut.start : cut.stop]
            del place.below[cut.start : cut.stop]
            self._number(place)
            self.endRemoveRows()
            for each in gone:
                self._forget(each)
        if cut.n_new:
            fresh = [self._place(row, place) for row in rows[cut.start : cut.start + cut.n_new]]
            self.beginInsertRows(parent, cut.start, cut.start + cut.n_new - 1)
            place.below[cut.start : cut.start] = fresh
            self._number(place)
            self.endInsertRows()

    def _place(self, row: Row, above: _Place) -> _Place:
        """A new place with everything below it, not in the tree yet."""
        made = self._places[self._next] = _Place(self._next, row, above)
        self._next += 1
        if isinstance(row, Group):
            made.below = [self._place(child, made) for child in row.children]
            self._number(made)
        return made

    def _number(self, place: _Place) -> None:
        for at, below in enumerate(place.below):
            below.at = at

    def _forget(self, place: _Place) -> None:
        self._places.pop(place.number, None)
        for below in place.below:
            self._forget(below)

    def _set(self, place: _Place, index: QModelIndex, row: Row) -> None:
        old, place.row = place.row, row
        if isinstance(row, Group):
            self._become(place, index, row.children)
            changed = True
        else:
            assert isinstance(old, RunRow)
            changed = old != row
            self._set_leaves(place, index, old, row)
        if changed:
            self.dataChanged.emit(index, index)

    def _set_leaves(self, place: _Place, index: QModelIndex, old: RunRow, row: RunRow) -> None:
        before, after = _children(old), _children(row)
        if len(before) == len(after):
            self._tell_changed(index, old, row)
            return
        cut = spec.splice([x.key for x in before], [x.key for x in after])
        assert cut is not None
        place.row = old
        if cut.stop > cut.start:
            self.beginRemoveRows(index, cut.start, cut.stop - 1)
            place.row = _with(old, (*before[: cut.start], *before[cut.stop :]))
            self.endRemoveRows()
        if cut.n_new:
            self.beginInsertRows(index, cut.start, cut.start + cut.n_new - 1)
            place.row = row
            self.endInsertRows()
        place.row = row
        if after:
            self.dataChanged.emit(self.index(0, 0, index), self.index(len(after) - 1, 0, index))

    def _tell_changed(self, parent: QModelIndex, old: RunRow, new: RunRow) -> None:
        flipped = (old.off ^ new.off) | (old.hidden ^ new.hidden) | (old.greyed ^ new.greyed)
        pairs = zip(_children(old), _children(new), strict=True)
        changed = [
            i for i, (a, b) in enumerate(pairs) if (a is not b and a != b) or b.key in flipped
        ]
        if changed:
            first, last = self.index(changed[0], 0, parent), self.index(changed[-1], 0, parent)
            self.dataChanged.emit(first, last)

    # -- questions --------------------------------------------------------------------------------

    @property
    def rows(self) -> Sequence[Row]:
        return self._rows

    def row_at(self, index: Index) -> Row | None:
        """The group or run of an index, None for a leaf below a run."""
        if not index.isValid():
            return None
        below = self._places[index.internalId()].below
        return below[index.row()].row if index.row() < len(below) else None

    def run_of(self, index: Index) -> RunRow | None:
        """The run that an index is, or that its leaf belongs to."""
        row = self.row_at(index)
        if row is None and index.isValid():
            row = self._places[index.internalId()].row
        return row if isinstance(row, RunRow) else None

    def leaf_at(self, index: Index) -> Leaf | None:
        """The leaf of an index; a run that stands alone has one."""
        if not index.isValid():
            return None
        row = self.row_at(index)
        if row is not None:
            return row.leaves[0] if isinstance(row, RunRow) and row.alone else None
        run = self._places[index.internalId()].row
        assert isinstance(run, RunRow)
        return run.leaves[index.row()]

    def leaves_at(self, index: Index) -> tuple[Leaf, ...]:
        """Every leaf at or below an index."""
        row, leaf = self.row_at(index), self.leaf_at(index)
        if row is not None:
            return leaves_in(row)
        return (leaf,) if leaf is not None else ()

    def is_chosen(self, index: Index) -> bool:
        """Whether every entry at or below an index is selected, and there is one."""
        if not self.chosen:
            return False
        entries = [leaf.key for leaf in self.leaves_at(index) if leaf.entry is not None]
        return bool(entries) and self.chosen.issuperset(entries)

    def find(self, key: str) -> QModelIndex:
        """Where the leaf with this key (or entry id) is; invalid if it is not shown."""
        if self._where is None:
            self._where = dict(self._leaves(self._root))
        if key not in self._where:
            return QModelIndex()
        place, at = self._where[key]
        index = self.index_of(place)
        return index if at < 0 else self.index(at, 0, index)

    def _leaves(self, place: _Place) -> Iterator[tuple[str, tuple[_Place, int]]]:
        """Key -> its run's place and its row there; -1 = it is the run itself."""
        if isinstance(place.row, RunRow):
            alone = place.row.alone
            for at, leaf in enumerate(place.row.leaves):
                yield leaf.key, (place, -1 if alone else at)
        for below in place.below:
            yield from self._leaves(below)

    def index_of(self, place: _Place) -> QModelIndex:
        if place.above is None:
            return QModelIndex()
        return self.createIndex(place.at, 0, place.above.number)

    def depth(self, index: Index) -> int:
        """0 at the top."""
        n, place = 0, self._places[index.internalId()]
        while place.above is not None:
            n, place = n + 1, place.above
        return n

    def groups(self) -> Iterator[tuple[QModelIndex, Row]]:
        """Every group and run with its index, from the top."""
        pending = list(self._root.below)
        while pending:
            place = pending.pop(0)
            pending[:0] = place.below
            assert place.row is not None
            yield self.index_of(place), place.row

    def ticked(self, index: Index) -> int:
        """NONE, SOME or ALL."""
        row = self.row_at(index)
        if row is not None:
            return row.ticked
        run, leaf = self.run_of(index), self.leaf_at(index)
        if run is None or leaf is None:
            return spec.NONE
        return spec.NONE if leaf.key in run.off else spec.ALL

    # -- Qt ---------------------------------------------------------------------------------------

    def index(self, row: int, column: int, parent: Index = QModelIndex()) -> QModelIndex:  # noqa: B008
        if column != 0 or not 0 <= row < self.rowCount(parent):
            return QModelIndex()
        if not parent.isValid():
            return self.createIndex(row, column, _TOP)
        place = self._places[parent.internalId()].below[parent.row()]
        return self.createIndex(row, column, place.number)

    def parent(self, index: Index) -> QModelIndex:  # type: ignore[override]
        if not index.isValid() or index.internalId() == _TOP:
            return QModelIndex()
        place = self._places.get(index.internalId())
        return self.index_of(place) if place is not None else QModelIndex()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        if not parent.isValid():
            return len(self._root.below)
        row = self.row_at(parent)
        if isinstance(row, Group):
            return len(self._places[parent.internalId()].below[parent.row()].below)
        return len(_children(row)) if row is not None else 0

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
                chosen = " Selected." if self.is_chosen(index) else ""
                return f"{self._name(index)}. {self._tip(index)}{chosen}"
        return None

    def _name(self, index: Index) -> str:
        row = self.row_at(index)
        if row is not None:
            return row.name if isinstance(row, Group) else row.run
        leaf = self.leaf_at(index)
        return spec.name(leaf) if leaf is not None else ""

    def _tip(self, index: Index) -> str:
        row, run, leaf = self.row_at(index), self.run_of(index), self.leaf_at(index)
        if isinstance(row, Group):
            return f"{row.whole_name}: {row.count}"
        if run is None or leaf is None:
            return spec.summary(run) if run is not None else ""
        status = spec.status_in(run, leaf)
        return f"{leaf.label}: {status.words}. {status.tip}".strip()


def _key(place: _Place) -> str:
    assert place.row is not None
    return place.row.key


def _children(row: RunRow) -> tuple[Leaf, ...]:
    return () if row.alone else row.leaves


def _with(row: RunRow, leaves: tuple[Leaf, ...]) -> RunRow:
    return RunRow(
        row.run, leaves, row.off, row.strip, row.n_done, row.mark, row.part, row.hidden, row.greyed
    )
