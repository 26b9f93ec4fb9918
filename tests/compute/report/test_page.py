"""The index page: units once, nothing that says nothing, what and how apart, small screens."""

from __future__ import annotations

import re

import pytest

from compute.report import page as pages
from compute.report.contract import DataTable, Item
from compute.report.making import MISSING, Made, Written
from compute.report.sheet import sheet

BITS = "bits/byte"


def html_of(*columns: tuple[str, str], rows: tuple[tuple[object, ...], ...]) -> str:
    return pages._table(Written(DataTable("t", "Title", columns, rows), "t.csv", "t.md"))


def heads(html: str) -> list[str]:
    return [re.sub("<.*?>", "", head) for head in re.findall(r"<th[^>]*>(.*?)</th>", html)]


def test_that_a_unit_that_most_columns_have_is_said_once_beside_the_title() -> None:
    html = html_of(
        ("group", ""), ("median", BITS), ("SD", BITS), ("mean", BITS), ("length", "bytes"),
        rows=(("a", 1.0, 2.0, 3.0, 4),),
    )  # fmt: skip
    assert html.count(BITS) == 1
    assert heads(html) == ["Group", "Median", "SD", "Mean", "Length (bytes)"]


@pytest.mark.parametrize("units", [(BITS, "nats"), (BITS, ""), ("step", "step")])
def test_that_units_that_differ_or_count_stay_with_their_columns(units: tuple[str, str]) -> None:
    html = html_of(("first", units[0]), ("second", units[1]), rows=((1.0, 2.0),))
    assert 'class="unit"' not in html
    assert heads(html)[0] == f"First ({units[0]})"


def test_that_columns_that_say_nothing_are_not_shown() -> None:
    html = html_of(("a name", ""), ("notes", ""), ("x", ""), rows=(("m", "", 1), ("n", "", None)))
    assert heads(html) == ["a name", "x"]
    assert html.count("<td") == 4


def test_that_what_numbers_are_made_from_stands_apart_from_what_is_shown() -> None:
    html = pages._caption("Two <runs>. KL is half the variance over texts; N = 3 texts.")
    assert html == (
        '<p class="caption">Two &lt;runs&gt;.</p>'
        '<p class="notes">KL is half the variance over texts; N = 3 texts.</p>'
    )
    assert pages._caption("KL is half the variance.").startswith('<p class="caption">KL is half')


def test_that_a_reason_is_said_once_for_all_that_lack_the_same() -> None:
    absent = [
        Made(Item(name, name.upper(), f"Title of {name}", ""), MISSING, reason)
        for name, reason in (("a", "No runs."), ("b", "No layers."), ("c", "No runs."))
    ]
    html = pages._absent(absent)
    assert html.count("No runs.") == 1
    assert html.count("<tr>") == 3
    assert html.index("Title of c") < html.index("No layers.")


def test_that_the_page_is_made_for_both_themes_small_screens_and_paper() -> None:
    style = sheet()
    assert "prefers-color-scheme:dark" in style
    assert "@media print" in style
    assert re.search(r"\.paper\{[^}]*overflow-x:auto", style, re.DOTALL)
    assert style.count("{") == style.count("}")
