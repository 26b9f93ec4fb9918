"""Which tables of the paper there are, and how one of them is copied. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from explorer.plots.contract import Option, PlotKind, Table
from explorer.state.reading import one_of

TABLES = {
    "table1": "1  Diffusion exponents",
    "table2a": "2a  Median, mean, SD",
    "table2b": "2b  Steps, seeds, sizes",
    "table2c": "2c  Adjacent layers",
    "shifts": "2a+  Shifts of quantized models",
    "table3": "3  Sizes at the last step",
    "table4": "4  Quality of the fits",
}
"""Id of an item of the report -> its title in the menu."""

KIND = PlotKind(
    id="statistics",
    title="Statistics",
    icon="table",
    tip="tables 1 to 4 of the paper, of this project",
    ask="explorer.plots.statistics.ask:answer",
    view="explorer.plots.statistics.view:Statistics",
    options=(
        Option("table", "Table", "table2a", one_of(TABLES), "menu", TABLES,
               "Which table of the paper"),
    ),
    side="none",
    help=(
        "These are the tables of the paper, worked out of what is ticked in the library. Published "
        "values stand beside ours where there are any: medians of other models on other texts, to "
        "compare orders of magnitude with, not digits.",
        "Every table says below itself what its numbers are: the estimator, how many texts, the "
        "recipe, and over what an interval was drawn. Pretraining has a recipe of its own, without "
        "warm-up, duplicates and texts that stand out; so its numbers may differ from those of a "
        "view under the recipe at the top.",
        "A press on a row that is about a run selects its checkpoints in every view. Tables are "
        "copied as Markdown as they read here, as CSV with every digit, or as LaTeX.",
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Sheet:
    """One table as it is read. ``cells`` are its rows as words, ``numbers`` the columns of digits;
    ``table`` holds the values in full."""

    table: Table
    cells: tuple[tuple[str, ...], ...]
    heads: tuple[str, ...]
    numbers: tuple[bool, ...]
    markdown: str
    csv: str
    notes: str = ""


@dataclass(frozen=True)
class Answer:
    """The sheets of one table of the paper, with what is said about them."""

    number: str
    title: str
    sheets: tuple[Sheet, ...]
    caption: str
    remarks: tuple[str, ...] = ()

    @property
    def tables(self) -> tuple[Table, ...]:
        return tuple(sheet.table for sheet in self.sheets)

    @property
    def about(self) -> tuple[str, ...]:
        return (self.caption, *self.remarks)


_SPECIAL = {
    "\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    "−": "$-$", "±": r"$\pm$", "≥": r"$\geq$", "≤": r"$\leq$", "≠": r"$\neq$",
    "<": "$<$", ">": "$>$", "²": "$^2$", "α": r"$\alpha$", "τ": r"$\tau$", "–": "--",
    "\u2009": r"\,",
    "½": r"$\frac{1}{2}$",
    **{c: f"\\{c}" for c in "&%$#_{}"},
}  # fmt: skip


def escaped(words: str) -> str:
    """Words as LaTeX prints them."""
    pattern = "|".join(map(re.escape, _SPECIAL))
    return re.sub(pattern, lambda found: _SPECIAL[found.group()], words)


def as_latex(sheet: Sheet) -> str:
    """A tabular with the rules of booktabs, as it is read in the window."""
    spec = "".join("r" if number else "l" for number in sheet.numbers)
    lines = [rf"\begin{{tabular}}{{{spec}}}", r"\toprule", _line(sheet.heads), r"\midrule"]
    lines += [_line(row) for row in sheet.cells]
    return "\n".join([f"% {sheet.table.title}", *lines, r"\bottomrule", r"\end{tabular}", ""])


def _line(cells: tuple[str, ...]) -> str:
    return " & ".join(map(escaped, cells)) + r" \\"
