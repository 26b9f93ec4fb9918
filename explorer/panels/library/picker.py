"""Choosing among what a source offers, before it is added: here the Hugging Face cache."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from compute.core.numbers import count, size
from compute.core.tables import Checkpoint, Listing
from explorer.panels.library import spec
from explorer.panels.library.groups import Row, tree
from explorer.panels.library.search import SearchField
from explorer.panels.library.shelf import Finder
from explorer.panels.library.tree import Tree
from explorer.panels.parts import PushButton, dress, frame, label
from explorer.state.library import Leaf, LibraryState, leaves
from explorer.state.query import parse
from explorer.theme.tokens import Tokens

SIZE = QSize(520, 560)
TITLE = "From the Hugging Face cache"
NOTHING = "Tick what you want to add."


class Picker(QDialog):
    """Families, sizes and revisions with boxes. ``picked`` carries the ticked checkpoints.

    What cannot be scored is listed with its reason and cannot be ticked.
    """

    picked = Signal(object)

    def __init__(self, listing: Listing, tokens: Tokens, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(TITLE)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(SIZE)
        self._leaves = _leaves(listing)
        self._whole = frozenset(leaf.key for leaf in self._leaves if not _problem(leaf))
        self._ticked: frozenset[str] = frozenset()
        self._rows: tuple[Row, ...] = ()
        self._finder = Finder()
        self.search, self.tree = SearchField(key=""), Tree()
        self.tree.setAccessibleName("Models in the cache")
        self.search.setAccessibleName("Find in the cache")
        self.search.setToolTip("Words, /regular expressions/, or step <= 1,200")
        self.search.show_count("")
        self._none = label("", "small", wrap=True)
        self._sum = label("", "caption")
        self._cancel = PushButton("Cancel", tip="Close without adding (Esc)")
        self._add = PushButton("Add", "plus-bold", role="primary")
        self._lay_out(len({row.source for row in listing.checkpoints}))
        self.search.textChanged.connect(self.refresh)
        self.search.left.connect(self.tree.setFocus)
        self.tree.toggled.connect(self._toggle)
        self._cancel.clicked.connect(self.reject)
        self._add.clicked.connect(self._accept)
        dress(self, tokens)
        self.refresh()
        self.search.setFocus()

    def _lay_out(self, n_repositories: int) -> None:
        noun = "repository" if n_repositories == 1 else "repositories"
        about = (
            f"{count(n_repositories)} {noun} on this machine. Nothing is downloaded; revisions "
            "with a step make a run."
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 14, 14, 12)
        column.setSpacing(8)
        column.addWidget(label(TITLE, "heading"))
        column.addWidget(label(about, "small", wrap=True))
        column.addWidget(self.search)
        column.addWidget(self.tree, 1)
        column.addWidget(self._none)
        foot = frame("quiet")
        row = QHBoxLayout(foot)
        row.setContentsMargins(0, 2, 0, 0)
        row.setSpacing(8)
        row.addWidget(self._sum, 1)
        row.addWidget(self._cancel)
        row.addWidget(self._add)
        column.addWidget(foot)

    def refresh(self) -> None:
        """Show what is found and ticked."""
        asked = parse(self.search.text())
        found = self._finder.found(self._leaves, replace(asked, problem=""))
        shows = None if found is None else (lambda leaf: leaf.key in found)
        off = frozenset(leaf.key for leaf in self._leaves) - self._ticked
        runs = spec.rows(self._leaves, spec.Seen(off, shows=shows), {})
        runs = tuple(replace(run, strip=()) for run in runs)
        self._rows = tree(runs, self._rows)
        self.tree.show_rows(self._rows, searching=bool(self.search.text()))
        n_found = len(self._leaves) if found is None else len(found)
        self.search.show_count(f"{count(n_found)} found" if found else "")
        self.tree.setVisible(n_found > 0)
        nothing = f"No model matches '{self.search.text().strip()}'."
        problem = asked.problem or self._finder.problem
        self._none.setText(problem or ("" if n_found else nothing))
        self._none.setVisible(bool(self._none.text()))
        self._show_sum()

    def _show_sum(self) -> None:
        chosen = self.chosen
        total = sum(max(c.n_bytes, 0) for c in chosen)
        n = len(chosen)
        models = f"{count(n)} model{'s' * (n != 1)}"
        self._sum.setText(f"{models}, {size(total)} to read" if n else NOTHING)
        self._add.setEnabled(bool(n))
        self._add.setText(f"Add {count(n)}" if n else "Add")
        self._add.setToolTip(f"Add {models} to the library" if n else NOTHING)

    @property
    def chosen(self) -> tuple[Checkpoint, ...]:
        """The ticked checkpoints, in the order of the list."""
        return tuple(
            leaf.checkpoint
            for leaf in self._leaves
            if leaf.key in self._ticked and leaf.checkpoint is not None
        )

    def _toggle(self, indexes: list[QModelIndex], on: bool) -> None:
        found = [leaf for index in indexes for leaf in self.tree.rows.leaves_at(index)]
        keys = frozenset(leaf.key for leaf in found) & self._whole
        self._ticked = self._ticked | keys if not keys <= self._ticked else self._ticked - keys
        self.refresh()

    def _accept(self) -> None:
        chosen = self.chosen
        if chosen:
            self.picked.emit(chosen)
            self.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.chosen:
            self._accept()
        else:
            super().keyPressEvent(event)


def _leaves(listing: Listing) -> tuple[Leaf, ...]:
    """Leaves that say how large they are, where nothing is wrong with them."""
    return tuple(_sized(leaf) for leaf in leaves(LibraryState(listings=(listing,))))


def _sized(leaf: Leaf) -> Leaf:
    c = leaf.checkpoint
    if leaf.status != "not scored" or c is None or c.n_bytes < 0 or c.needs_trust:
        return leaf
    return replace(leaf, status=size(c.n_bytes), detail=f"At {c.place}")


def _problem(leaf: Leaf) -> str:
    return leaf.checkpoint.problem if leaf.checkpoint is not None else ""


def sources_of(chosen: tuple[Checkpoint, ...]) -> tuple[str, ...]:
    """A name for :func:`compute.sources.resolve` per repository: ``cache:org/name@a,b``."""
    wanted: dict[str, list[str]] = {}
    for c in chosen:
        wanted.setdefault(c.source, []).append(c.revision)
    return tuple(f"cache:{repo}@{','.join(names)}" for repo, names in wanted.items())
