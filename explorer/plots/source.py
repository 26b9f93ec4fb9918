"""What the answers of views are made from: the project, its ticked entries, the recipe in use.

Made by the bridge, used on the pool: frozen, and everything derived is worked out once.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, TypeVar

from compute.analysis.runs import Run, runs_of
from compute.core.tables import Entry, Recipe, Snapshot, TokenDetail, WeightDistances
from compute.geometry import Prepared, prepare
from compute.report.study import Options, Study

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Source:
    """A project as it is looked at now.

    Attributes
    ----------
    snapshot : Snapshot
        Every entry of the file.
    prepared : Prepared
        The ticked entries that can be compared, under the recipe in use, jointly centred. KL, SE
        and everything else in bits/byte come from here, so all views and the map agree.
    entries : tuple of Entry
        Those of ``prepared.ids``, in this order.
    unticked : frozenset of str
        Ids that are set aside in the library; "exclude" unticks.
    recipe : Recipe
        The recipe in use.
    weights : mapping
        Run -> distances between its checkpoints in weight space; {} = none measured.
    read_tokens : callable
        Entry id -> its token detail, None where none was kept. Reads a file: on the pool only.
    has_tokens : callable
        Entry id -> whether there is some; looks for a file.
    """

    snapshot: Snapshot
    prepared: Prepared
    entries: tuple[Entry, ...]
    unticked: frozenset[str]
    recipe: Recipe
    weights: Mapping[str, WeightDistances] = field(default_factory=dict)
    read_tokens: Callable[[str], TokenDetail | None] = lambda _id: None
    has_tokens: Callable[[str], bool] = lambda _id: False
    _known: dict[Hashable, Any] = field(default_factory=dict, init=False, repr=False)

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """What ``make`` gives; called once for one key, whichever views ask for it."""
        if key not in self._known:
            self._known[key] = make()
        found: T = self._known[key]
        return found

    @cached_property
    def by_id(self) -> Mapping[str, Entry]:
        """Every entry of the file by id."""
        return {entry.id: entry for entry in self.snapshot.entries}

    @cached_property
    def row_of(self) -> Mapping[str, int]:
        """Entry id -> its row in ``prepared`` and ``entries``."""
        return {i: k for k, i in enumerate(self.prepared.ids)}

    @cached_property
    def runs(self) -> tuple[Run, ...]:
        """The runs among the ticked entries."""
        return runs_of(self.entries)

    @cached_property
    def studied(self) -> Snapshot:
        """Without what is set aside; but layers, which are set aside for the map's sake when a
        project is opened, stay with a model that is ticked."""
        kept = tuple(e for e in self.snapshot.entries if self._is_studied(e))
        return _only(self.snapshot, kept)

    def _is_studied(self, entry: Entry) -> bool:
        if entry.id not in self.unticked:
            return True
        return entry.layer >= 0 and entry.parent in self.by_id and entry.parent not in self.unticked

    @cached_property
    def study(self) -> Study:
        """The same as the report has it, of what is studied: for numbers of the paper's tables."""
        return Study(self.studied, self.weights, options=Options(recipe=self.recipe.name))

    def rows(self, ids: tuple[str, ...], recipe: Recipe | None = None) -> Prepared:
        """Some entries, ticked or not, jointly centred under a recipe (None = the one in use).

        Raises
        ------
        InputError
            If they cannot be compared.
        """
        used = recipe or self.recipe
        return self.once(("rows", used, ids), lambda: prepare(self.snapshot, used, ids))


def _only(snapshot: Snapshot, entries: tuple[Entry, ...]) -> Snapshot:
    rows = [snapshot.row_of[e.id] for e in entries]
    return replace(snapshot, entries=entries, loglik=snapshot.loglik[rows])
