"""Style sheet, fonts, icons."""

from __future__ import annotations

import re
from string import Template

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QFont, QPalette

from explorer import theme
from explorer.theme import fonts, icons, marks
from explorer.theme.apply import _FILE, style_sheet
from explorer.theme.tokens import DARK, LIGHT, THEMES


@pytest.fixture
def app(qapp):
    yield qapp
    qapp.setStyleSheet("")


@pytest.mark.parametrize("tokens", tuple(THEMES.values()), ids=lambda t: t.name)
def test_that_the_sheet_is_filled_and_holds_no_other_colour(qapp, tokens) -> None:
    filled = style_sheet(tokens)
    assert "$" not in filled
    assert not re.search(r"#[0-9A-Fa-f]{3,8}\b", _FILE.read_text(encoding="utf-8"))
    assert Template(_FILE.read_text(encoding="utf-8")).is_valid()


def test_that_a_theme_sets_palette_font_and_sheet(app) -> None:
    theme.apply(app, LIGHT)
    assert app.palette().color(QPalette.ColorRole.Window) == QColor(LIGHT.panel)
    theme.apply(app, DARK)
    assert app.palette().color(QPalette.ColorRole.Window) == QColor(DARK.panel)
    assert app.font().pixelSize() == 13
    assert DARK.accent in app.styleSheet()


def test_that_the_bundled_fonts_are_used_with_tabular_figures(qapp) -> None:
    assert {fonts.SANS, fonts.MONO} <= fonts.load()
    made = fonts.font(13, 600)
    assert (made.family(), made.pixelSize(), made.weight()) == ("Inter", 13, QFont.Weight.DemiBold)
    assert made.featureValue(QFont.Tag("tnum")) == 1
    assert fonts.display_family() == "Inter Display"
    assert fonts.mono(12).family() == fonts.MONO


def test_that_an_icon_is_painted_in_its_colour(qapp) -> None:
    picture = icons.pixmap("square-fill", "#FF0000", 16).toImage()
    assert picture.pixelColor(8, 8) == QColor("#FF0000")
    assert icons.pixmap("check", "#FF0000", 16, 2.0).size() == QSize(32, 32)
    assert icons.pixmap("check", "#FF0000", 16, 1.0, 6).size() == QSize(22, 16)
    with pytest.raises(KeyError):
        icons.pixmap("no-such-icon", "#FF0000", 16)


def test_that_marks_have_about_the_same_area() -> None:
    circle = 3.14159
    for name, outline in marks.OUTLINES.items():
        turned = (*outline[1:], outline[0])
        pairs = zip(outline, turned, strict=True)
        area = abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in pairs)) / 2
        assert area == pytest.approx(circle, rel=0.2), name
    assert marks.colour_of(-1, DARK) == DARK.text3
