"""Every view is described whole: names, choices that can be kept, help, and modules that load."""

from __future__ import annotations

import importlib.util
import json
from importlib import import_module
from pathlib import Path

import pytest

from compute.core.assets import asset
from explorer.plots import KINDS
from explorer.plots.contract import SIDES, PlotKind
from explorer.plots.widget import PlotView
from explorer.theme import icons

ROOT = Path(__file__).resolve().parents[2]
LOOKS = {"", "segments", "menu", "check"}


@pytest.fixture(params=KINDS, ids=lambda kind: kind.id)
def kind(request) -> PlotKind:
    return request.param


def test_that_ids_and_titles_are_there_once() -> None:
    assert len({k.id for k in KINDS}) == len({k.title for k in KINDS}) == len(KINDS)


def test_that_it_has_a_name_an_icon_and_a_tip(kind) -> None:
    assert kind.title
    assert icons.glyph(kind.icon)
    assert kind.tip[0].islower()
    assert kind.side in SIDES


def test_that_choices_can_be_kept_and_read_again(kind) -> None:
    for option in kind.options:
        kept = json.loads(json.dumps(option.usual))
        assert option.read(kept) == option.usual
        assert option.look in LOOKS
        if option.look in ("segments", "menu"):
            assert str(option.usual) in option.choices
            assert all(option.read(type(option.usual)(key)) is not None for key in option.choices)
        with pytest.raises((ValueError, TypeError, KeyError)):
            option.read(object())


def test_that_its_modules_load_and_its_view_is_one(kind) -> None:
    for path in (kind.ask, kind.view):
        module, _, name = path.partition(":")
        assert hasattr(import_module(module), name)
    module, _, name = kind.view.partition(":")
    assert issubclass(getattr(import_module(module), name), PlotView)


def test_that_its_help_is_two_or_three_short_paragraphs_with_a_picture(kind) -> None:
    assert 2 <= len(kind.help) <= 3
    assert all(80 < len(paragraph) < 600 for paragraph in kind.help)
    picture = asset("help") / f"{kind.id}.png"
    assert 2_000 < picture.stat().st_size < 300_000


def test_that_the_page_about_the_views_is_current() -> None:
    spec = importlib.util.spec_from_file_location("make_views", ROOT / "docs" / "make_views.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert (ROOT / "docs" / "views.md").read_text(encoding="utf-8") == module.page()
