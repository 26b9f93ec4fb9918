"""The index page: one HTML file that holds everything it shows and needs nothing else.

Every text of the project is escaped: a label may hold HTML.
"""

from __future__ import annotations

import base64
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from compute.core.numbers import THIN, count, with_se
from compute.report.contract import DataTable
from compute.report.making import FAILED, MADE, Made, Picture, Written
from compute.report.rounding import is_number, shown
from compute.report.sheet import sheet
from compute.report.writing import heading

PIXELS_PER_INCH = 112
"""Of a picture on the page."""
SHORT = 40
"""Characters up to which a cell of a table is kept on one line."""
_COUNTED = ("step", "steps", "texts", "bytes", "checkpoints", "no unit")
"""Units that stay with their columns."""
MOST_ROWS = 60
"""Rows of a table that the page shows; the file has them all."""


def page(
    made: Sequence[Made], about: Mapping[str, Any], analyses: Sequence[Mapping[str, Any]],
    folder: Path,
) -> str:  # fmt: skip
    """The page as text. Pictures are read from ``folder`` and put into it."""
    there = [m for m in made if m.status == MADE]
    absent = [m for m in made if m.status != MADE]
    name = escape(Path(str(about["project"])).stem)
    body = [
        f'<header><p class="kicker">klscope report</p><h1>{name}</h1>{_lead(there, absent)}'
        f"{_facts(about)}</header>",
        f'<div class="columns"><nav aria-label="Contents">{_contents(there, absent)}</nav><main>',
        *(_section(m, folder) for m in there),
        _absent(absent),
        _analyses(analyses),
        f"</main></div><footer>{escape(str(about['made_by']))}</footer>",
    ]
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{name} – klscope report</title>\n<style>{sheet()}</style>\n</head>\n<body>\n"
        + "\n".join(body)
        + "\n</body>\n</html>\n"
    )


def _lead(there: Sequence[Made], absent: Sequence[Made]) -> str:
    failed = sum(m.status == FAILED for m in absent)
    missing = len(absent) - failed
    parts = [f"{len(there)} of {len(there) + len(absent)} figures and tables"]
    parts += [f"{missing} need what the project lacks"] * bool(missing)
    parts += [f"{failed} failed"] * bool(failed)
    return f'<p class="lead">{escape(", ".join(parts))}.</p>'


def _facts(about: Mapping[str, Any]) -> str:
    rows = [
        ("Entries", count(about["entries"])),
        ("Training runs", count(about["runs"])),
        ("Texts", count(about["texts"])),
        ("Bytes per text", count(round(about["bytes_per_text"] or 0))),
        ("Entropy of the texts, bits/byte", _bound(about["entropy_bound"])),
        ("Texts from", about["text_source"] or "not known"),
    ]
    cells = "".join(
        f"<div><dt>{escape(name)}</dt><dd{_long(str(value))}>{escape(str(value))}</dd></div>"
        for name, value in rows
    )
    return f'<dl class="facts">{cells}</dl>'


def _bound(bound: Mapping[str, Any] | None) -> str:
    if bound is None:
        return "–"
    value, se = with_se(bound["bits_per_byte"], bound["se"])
    return f"≤ {value}{THIN}±{THIN}{se}" if se else f"≤ {value}"


def _contents(there: Sequence[Made], absent: Sequence[Made]) -> str:
    lines = "".join(
        f'<li><a href="#{escape(m.item.id)}"><span class="no">{escape(m.item.number)}</span>'
        f"<span>{escape(m.item.title)}</span></a></li>"
        for m in there
    )
    if absent:
        lines += f'<li class="rest"><a href="#absent">Not here ({len(absent)})</a></li>'
    return f'<ol>{lines}<li class="rest"><a href="#analyses">How it was made</a></li></ol>'


def _section(made: Made, folder: Path) -> str:
    number, title = escape(made.item.number), escape(made.item.title)
    pictures = "".join(_picture(p, f"{made.item.number}. {made.item.title}", folder) for p in
                       made.pictures)  # fmt: skip
    remarks = "".join(f'<p class="remark">{_words(r)}</p>' for r in made.remarks)
    tables = [_table(t) for t in made.tables]
    if made.pictures and tables:
        names = ", ".join(t.table.title for t in made.tables)
        tables = [f"<details><summary>Numbers: {escape(names)}</summary>", *tables, "</details>"]
    return (
        f'<section id="{escape(made.item.id)}"><h2><span class="no">{number}</span> {title}</h2>'
        f"{pictures}{_caption(made.caption)}{remarks}{''.join(tables)}"
        "</section>"
    )


_ESTIMATOR = "KL is half the variance"


def _caption(words: str) -> str:
    """What is shown, and in a smaller paragraph what the numbers are made from."""
    what, mark, made_from = words.partition(_ESTIMATOR)
    if not what.strip():
        what, mark, made_from = words, "", ""
    small = f'<p class="notes">{_words(mark + made_from)}</p>' if mark else ""
    return f'<p class="caption">{_words(what.strip())}</p>{small}'


def _picture(picture: Picture, words: str, folder: Path) -> str:
    """At the size it has on paper, a little enlarged."""
    png = (folder / picture.png).read_bytes()
    wide, high = (int.from_bytes(png[at : at + 4], "big") for at in (16, 20))
    width = round(PIXELS_PER_INCH * picture.inches)
    return (
        f'<figure><div class="paper"><img alt="{escape(words)}" width="{width}" '
        f'height="{round(width * high / wide)}" '
        f'src="data:image/png;base64,{base64.b64encode(png).decode()}"></div>'
        f'<figcaption><a href="{escape(picture.svg)}">SVG</a> '
        f'<a href="{escape(picture.png)}">PNG</a></figcaption></figure>'
    )


def _table(written: Written) -> str:
    table = written.table
    cells = shown(table)
    told = [j for j in range(len(table.columns)) if any(row[j] for row in cells)]
    numbers = [is_number(table, j) for j in told]
    unit = _one_unit(table)
    head = "".join(
        f'<th scope="col"{_right(n)}>{_words(_head(table.columns[j], unit))}</th>'
        for n, j in zip(numbers, told, strict=True)
    )
    rows = "".join(_row([row[j] for j in told], numbers) for row in cells[:MOST_ROWS])
    more = len(table.rows) - MOST_ROWS
    notes = [table.notes] * bool(table.notes)
    notes += [f"The first {MOST_ROWS} of {count(len(table.rows))} rows."] * (more > 0)
    below = f'<p class="notes">{_words(" ".join(notes))}</p>' if notes else ""
    return (
        f'<div class="table"><h3>{escape(table.title)}{_after(unit)}</h3><div class="wide"><table>'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>{below}"
        f'<p class="links"><a href="{escape(written.csv)}">CSV</a> '
        f'<a href="{escape(written.markdown)}">Markdown</a></p></div>'
    )


def _one_unit(table: DataTable) -> str:
    """The unit of measure that most of several columns with units have: it is said once."""
    units = Counter(unit for _, unit in table.columns if unit and unit not in _COUNTED)
    unit, n = units.most_common(1)[0] if units else ("", 0)
    return unit if n > 1 and n > units.total() / 2 else ""


def _after(unit: str) -> str:
    return f' <span class="unit">{escape(unit)}</span>' if unit else ""


def _head(column: tuple[str, str], unit: str) -> str:
    """The name of a column, with its unit unless that is said above."""
    words = column[0] if column[1] == unit else heading(column)
    first = words.split(" ")[0]
    is_word = first.isalpha() and len(first) > (1 if " " in words else 2)
    return words[:1].upper() + words[1:] if is_word else words


def _row(cells: Sequence[str], numbers: Sequence[bool]) -> str:
    return "<tr>" + "".join(
        f"<td{_right(n, cell)}>{escape(cell)}</td>" for n, cell in zip(numbers, cells, strict=True)
    ) + "</tr>"  # fmt: skip


def _right(number: bool, cell: str = "") -> str:
    if number:
        return ' class="n"'
    return _long(cell)


def _long(text: str) -> str:
    return ' class="long"' if len(text) > SHORT else ""


def _words(text: str) -> str:
    """Escaped, with the index of ``c_q`` set low, and what is typed as code."""
    low = re.sub(r"\b(c)_([qwf])\b", r"\1<sub>\2</sub>", escape(text))
    return re.sub(r"`([^`<]+)`", r"<code>\1</code>", low)


def _absent(absent: Sequence[Made]) -> str:
    """What could not be made, by its reason: a reason is said once."""
    if not absent:
        return ""
    by_reason: dict[tuple[str, str], list[Made]] = {}
    for made in absent:
        by_reason.setdefault((made.status, made.reason), []).append(made)
    rows = "".join(
        f"<tr><td>{''.join(_which(made) for made in same)}</td>"
        f"<td>{'<b>Failed.</b> ' if status == FAILED else ''}{_words(reason)}</td></tr>"
        for (status, reason), same in by_reason.items()
    )
    return (
        '<section id="absent"><h2>Not here</h2><div class="wide"><table class="absent">'
        '<thead><tr><th scope="col">Figures and tables</th><th scope="col">Why</th></tr></thead>'
        f"<tbody>{rows}</tbody></table></div></section>"
    )


def _which(made: Made) -> str:
    number, title = escape(made.item.number), escape(made.item.title)
    return f'<div><span class="no">{number}</span> <span>{title}</span></div>'


_PROVISIONAL = ["the numbers are provisional."]


def _analyses(analyses: Sequence[Mapping[str, Any]]) -> str:
    rows = "".join(
        f"<tr><td>{escape(str(a['title']))}</td><td class=n>{count(a['entries'])}</td>"
        f"<td class=n>{count(a['texts'])}</td><td>{escape(str(a['recipe']['name']))}</td>"
        f"<td class=n>{_tau(a['tau_nats'])}</td><td class=n>{len(a['left_out'])}</td></tr>"
        for a in analyses
    )
    words = [
        f"{a['title']}: {sentence}"
        for a in analyses
        for sentence in [*a["cautions"], *(a["warnings"] or _PROVISIONAL * a["provisional"])]
    ]
    warnings = "".join(f'<p class="remark">{_words(w)}</p>' for w in words)
    return (
        '<section id="analyses"><h2>How it was made</h2><p class="caption">KL is half the variance '
        "over texts of the difference of two log-likelihoods, in bits per byte. It is an "
        "approximation for near models, symmetric, and not the token-level KL that quantization "
        "tools print. Each analysis has its recipe: what is excluded, where log-likelihoods are "
        "clipped, which texts are dropped.</p>"
        '<div class="wide"><table><thead><tr><th scope="col">Analysis</th>'
        '<th scope="col" class="n">entries</th><th scope="col" class="n">texts</th>'
        '<th scope="col">recipe</th><th scope="col" class="n">clipped at (nats)</th>'
        f'<th scope="col" class="n">left out</th></tr></thead><tbody>{rows}</tbody></table></div>'
        f'{warnings}<p class="links"><a href="report.json">Everything as JSON</a></p></section>'
    )


def _tau(tau: float | None) -> str:
    return "–" if tau is None else f"{tau:,.1f}".replace("-", "\u2212")
