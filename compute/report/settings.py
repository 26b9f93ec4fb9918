"""What the figures and tables of section 3 share: groups, families, and their looks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compute.analysis.groups import Members, settings
from compute.analysis.layers import Stack, stacks_of
from compute.analysis.scale import Measure, measure
from compute.analysis.variants import Variant, variants_of
from compute.core.colours import LIGHT, RUNS_LIGHT
from compute.core.errors import KlscopeError
from compute.core.tables import Entry
from compute.geometry import Prepared
from compute.report import kit
from compute.report.contract import MapRequest, Missing
from compute.report.study import Drawn, Study

OF_RUNS = ("sizes", "seeds", "pretraining")
OTHERS = ("", "others")
"""Families that are no family: grey, and last in a legend."""


def rows_of(study: Study, analysis: str) -> tuple[Prepared | None, str]:
    """The rows of an analysis; None and what is the matter where it has none."""
    try:
        return study.prepared(analysis), ""
    except KlscopeError as error:
        return None, error.happened[:1].upper() + error.happened[1:]


def members(study: Study, analysis: str) -> Members:
    """The entries of an analysis and which of them have rows.

    An analysis of runs says which runs take part; for the others every entry is looked at, so that
    what is left out can be counted.
    """
    rows, problem = rows_of(study, analysis)
    if rows is None:
        return Members(problem=problem)
    entries = study.snapshot.entries
    if analysis in OF_RUNS:
        entries = tuple(study.entries[i] for i in study.analysis(analysis).ids)
    return Members(entries, frozenset(rows.ids))


def measures(study: Study) -> tuple[Measure, ...]:
    """Every setting of the paper, measured here once; those without pairs among them."""
    return study.once("settings", lambda: _measured(study))


def _measured(study: Study) -> tuple[Measure, ...]:
    options = study.options
    found = settings(lambda name: members(study, name), after=options.after, seed=options.seed)
    return tuple(
        measure(
            group, rows_of(study, group.analysis)[0],
            bootstrap=options.bootstrap, seed=options.seed,
        )
        for group in found
    )  # fmt: skip


def quantized(study: Study) -> tuple[Prepared, tuple[Variant, ...]]:
    """The rows and the quantized variants, null controls among them.

    Raises
    ------
    Missing
        If there is no variant with its model.
    """
    rows, problem = rows_of(study, "quantization")
    found = () if rows is None else variants_of(study.snapshot.entries, rows.ids)
    if rows is None or not any(v.how.kind != "null" for v in found):
        raise Missing(
            problem or "No quantized variant is here with its model",
            advice="klscope score --quantize nf4 makes some, klscope import brings them in",
        )
    return rows, found


def layered(study: Study) -> tuple[Prepared, tuple[Stack, ...]]:
    """The rows and the models of which at least two layers are in use.

    Raises
    ------
    Missing
        If there are none.
    """
    rows, problem = rows_of(study, "layers")
    used = () if rows is None else tuple(study.entries[i] for i in rows.ids)
    found = stacks_of((*used, *models(study)), at_least=2)
    if rows is None or not found:
        raise Missing(
            problem or "No model has two layers here",
            advice="klscope score --layers all adds them, klscope import brings them in",
        )
    return rows, found


def models(study: Study) -> tuple[Entry, ...]:
    """Entries that are no layer: they give layers their label and family."""
    return tuple(e for e in study.snapshot.entries if e.layer < 0)


def label(study: Study, entry_id: str) -> str:
    """How an entry is called."""
    return study.entries[entry_id].label or entry_id


def short(name: str) -> str:
    """A model's name without its owner, cut where it is long."""
    model = name.rpartition("/")[2]
    return kit.brief([model])[model]


def family_styles(study: Study) -> Mapping[str, kit.RunStyle]:
    """Family -> its look, the same in all figures: the largest families get the eight colours."""
    counts = Counter(e.family for e in models(study) if not e.is_checkpoint)
    counts += Counter(dict.fromkeys((e.family for e in study.snapshot.entries), 1))
    named = [name for name, _ in counts.most_common() if name not in OTHERS]
    words = kit.brief(named)
    styles = {name: kit.RunStyle(words[name], kit.colour(k)) for k, name in enumerate(named)}
    return styles | {name: kit.RunStyle(name or "unknown", LIGHT.text3) for name in OTHERS}


def shown_styles(study: Study, families: Sequence[str]) -> Mapping[str, kit.RunStyle]:
    """The looks of the families of one figure: small ones take the colours that it leaves free."""
    styles = family_styles(study)
    shown = dict.fromkeys(families)
    used = {styles[name].colour for name in shown}
    free = [c for c in map(kit.colour, range(len(RUNS_LIGHT))) if c not in used]
    grey = [n for n in shown if n not in OTHERS and styles[n].colour == LIGHT.text3]
    taken = {n: kit.RunStyle(styles[n].name, c) for n, c in zip(grey, free, strict=False)}
    return {**styles, **taken}


def places(drawn: Drawn) -> Mapping[str, NDArray[np.float64]]:
    """Entry id -> its coordinates, (dims,) float64."""
    return dict(zip(drawn.ids, drawn.coords, strict=True))


def map_words(study: Study, request: MapRequest) -> str:
    """How a map was made, for its caption, as sentences."""
    info = study.map(request).info
    params = info.get("params", {})
    used = params if isinstance(params, Mapping) else {}
    note = f" {info['note']}" if info.get("note") else ""
    method = str(used.get("method", request.method))
    space = "three" if request.dims == 3 else "two"
    if method != "tsne":
        return f"{method.upper()} in {space} dimensions of the jointly centred rows.{note}"
    perplexity = float(used.get("perplexity", request.perplexity))
    return (
        f"t-SNE in {space} dimensions of the jointly centred rows, perplexity {perplexity:.3g}, "
        f"seed {study.options.seed}.{note}"
    )


def name_at(words: str, place: NDArray[np.float64]) -> kit.Name:
    """A name at a point of a map in two or three dimensions."""
    z = float(place[2]) if len(place) > 2 else None
    return kit.Name(float(place[0]), float(place[1]), words, z=z)


Mark = tuple[str, bool, str]
"""Shape, whether it is hollow, and what it means."""
_MOST_COLUMNS = 5
_MARK, _ROW = 19.0, 11.4
"""Width of a mark with its distances, and height of a row of a legend, in points."""


def below(
    ax: Any,
    styles: Mapping[str, kit.RunStyle],
    families: Sequence[str],
    marks: Sequence[Mark] = (),
    *,
    down: float = 2.0,
) -> None:
    """Legends below a map: families in the order of their colours, then what the marks mean.

    ``down``: how far below the axes, in points.
    """
    named = [s for name, s in styles.items() if name in set(families) and s.colour != LIGHT.text3]
    grey = [s.name for name, s in styles.items() if name in set(families) and s not in named]
    shown = [*named, *([kit.RunStyle(_together(grey), LIGHT.text3)] if grey else [])]
    columns = _columns(ax.figure, [s.name for s in shown])
    kit.legend(
        ax, shown, loc="upper left", bbox_to_anchor=(0, 0), ncols=columns,
        bbox_transform=_moved(ax, down),
    )  # fmt: skip
    if not marks:
        return
    ax.add_artist(ax.get_legend())
    n_rows = -(-len(shown) // columns)
    ax.legend(
        [_handle(shape, hollow) for shape, hollow, _ in marks], [words for *_, words in marks],
        loc="upper left", bbox_to_anchor=(0, 0), ncols=_columns(ax.figure, [m[2] for m in marks]),
        bbox_transform=_moved(ax, down + _ROW * n_rows + 2),
    )  # fmt: skip


def _moved(ax: Any, down: float) -> Any:
    """The lower left corner of axes, so many points further down."""
    moved = kit.need("matplotlib.transforms").ScaledTranslation
    return ax.transAxes + moved(0, -down / 72, ax.figure.dpi_scale_trans)


def _columns(fig: Any, names: Sequence[str]) -> int:
    """Columns of a legend, filled one after the other, that one column of a page has room for."""
    widths = [kit.width_of(fig, name) + _MARK for name in names]
    for columns in range(min(len(names), _MOST_COLUMNS), 1, -1):
        rows = -(-len(names) // columns)
        if sum(max(widths[k : k + rows]) for k in range(0, len(names), rows)) < 72 * kit.SINGLE:
            return columns
    return 1


def _together(names: Sequence[str]) -> str:
    """Families that share the grey: by name where there are few."""
    return ", ".join(names) if len(names) < 3 else f"{len(names)} more families"


def _handle(shape: str, hollow: bool) -> Any:
    line = kit.need("matplotlib.lines").Line2D
    face = LIGHT.canvas if hollow else LIGHT.text2
    looks = {"color": LIGHT.text2, "mew": 0.9, "mfc": face}
    return line([], [], lw=0, marker=kit.marker(shape), ms=4.2, **looks)
