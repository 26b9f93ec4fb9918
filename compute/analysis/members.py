"""Which entries an analysis is about: from the table of entries alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeAlias

from compute.analysis.runs import Run, runs_of
from compute.core.errors import InputError, UsageError
from compute.core.tables import Entry, Recipe, Snapshot
from compute.geometry import LeftOut, prefix_of
from compute.geometry.usable import usable

Chooser: TypeAlias = Callable[[Sequence[Entry]], Iterable[str]]
_EVERY = Recipe("")
CHOOSING = "Choosing the entries of the analysis"
"""How the error begins that says that a project has no entry for an analysis."""


def members(snapshot: Snapshot, name: str) -> tuple[tuple[str, ...], tuple[LeftOut, ...]]:
    """Ids of the entries of one analysis in project order, and those of them that are not used.

    Only entries with scores are looked at, so the last checkpoint of a run is the last scored one.
    Entries whose BOS rule is not the most frequent among them are left out.

    Raises
    ------
    UsageError
        If there is no such analysis.
    InputError
        If the project has none of its entries.
    """
    if name not in _CHOOSERS:
        raise UsageError(
            f"There is no analysis {name!r}", advice=f"Choose one of {', '.join(_CHOOSERS)}"
        )
    scored = [e for e in snapshot.entries if prefix_of(e, snapshot.texts)]
    chooser, lacking, advice = _CHOOSERS[name]
    chosen = set(chooser(scored))
    if not chosen:
        tried = f"{CHOOSING} {name!r}"
        raise InputError(lacking if scored else _NOTHING, tried=tried, advice=advice)
    rows = [k for k, e in enumerate(snapshot.entries) if e.id in chosen]
    rows, _, left_out = usable(snapshot, _EVERY, rows, one_rule=True)
    return tuple(snapshot.entries[k].id for k in rows), tuple(left_out)


_NOTHING = "no entry has been scored yet"


def size_of(run: Run) -> str:
    """The size in words, or the number of parameters; "" = unknown."""
    return run.size or (str(run.n_params) if run.n_params > 0 else "")


def groups_by_size(runs: Iterable[Run]) -> Mapping[tuple[str, str], list[Run]]:
    """(family, size) -> runs; those of unknown size take no part."""
    found: dict[tuple[str, str], list[Run]] = {}
    for run in runs:
        if size_of(run):
            found.setdefault((run.family, size_of(run)), []).append(run)
    return found


def sizes(runs: Sequence[Run]) -> list[Run]:
    """One run for each family and size: of unknown or lowest seed, then the longest."""
    groups = groups_by_size(runs).values()
    return [min(group, key=lambda run: (run.seed, -len(run.ids))) for group in groups]


def seeds(runs: Sequence[Run]) -> list[Run]:
    """The runs with a seed of the size that has most seeds; [] = no size has two."""
    groups = [[run for run in group if run.seed >= 0] for group in groups_by_size(runs).values()]
    most = max(groups, key=_n_seeds, default=[])
    return most if _n_seeds(most) > 1 else []


def _n_seeds(group: Sequence[Run]) -> int:
    return len({run.seed for run in group})


def parent_in(entry: Entry, present: Mapping[str, Entry]) -> str:
    """The id of the one declared parent, where the project has it; else ""."""
    one = entry.parents if len(entry.parents) == 1 else ("",)
    return one[0] if one[0] in present and one[0] != entry.id else ""


def is_fine_tune(entry: Entry) -> bool:
    """Whether it is a child in the sense of the paper: no merge, layer, variant or checkpoint."""
    plain = entry.layer < 0 and not entry.quantization and not entry.is_checkpoint
    return plain and entry.relation in ("", "fine-tune-of", "adapter-on")


def is_variant(entry: Entry) -> bool:
    """Whether it is a quantized form of another entry."""
    return bool(entry.quantization) or entry.relation == "quantized-from"


def _of_runs(choose: Callable[[Sequence[Run]], Iterable[Run]]) -> Chooser:
    return lambda entries: [i for run in choose(runs_of(entries)) for i in run.ids]


def _models(entries: Sequence[Entry]) -> list[str]:
    last = [run.ids[-1] for run in runs_of(entries)]
    others = [e.id for e in entries if not e.is_checkpoint and e.layer < 0 and not is_variant(e)]
    return last + others


def _with_parents(is_child: Callable[[Entry], bool]) -> Chooser:
    def chosen(entries: Sequence[Entry]) -> list[str]:
        present = {e.id: e for e in entries}
        pairs = [(e.id, parent_in(e, present)) for e in entries if is_child(e)]
        return [name for child, parent in pairs if parent for name in (child, parent)]

    return chosen


def _layers(entries: Sequence[Entry]) -> list[str]:
    return [e.id for e in entries if e.layer >= 0]


_CORRECT = "`klscope edit` corrects what a project says about an entry"
_IMPORT = "`klscope import` brings some in, for example from the authors' release"
_CHOOSERS: Mapping[str, tuple[Chooser, str, str]] = {
    "sizes": (_of_runs(sizes), "no checkpoint belongs to a run of known size", _CORRECT),
    "seeds": (_of_runs(seeds), "no size has runs of two seeds", _CORRECT),
    "pretraining": (_of_runs(list), "no entry is a checkpoint of a run", _CORRECT),
    "models": (_models, "there is no model, only variants and layers", ""),
    "quantization": (
        _with_parents(is_variant),
        "no quantized entry has the model it comes from in the project",
        f"`klscope score --quantize nf4` scores models quantized too; {_IMPORT}",
    ),
    "fine-tuning": (
        _with_parents(is_fine_tune),
        "no entry has exactly one declared parent that is in the project",
        _CORRECT,
    ),
    "layers": (
        _layers,
        "no entry is a layer of a model",
        f"`klscope score --layers all` adds the layers of models; {_IMPORT}",
    ),
    "everything": (lambda entries: [e.id for e in entries], _NOTHING, ""),
}
"""Analysis -> who belongs to it, what to say where nobody does, and the advice then."""
