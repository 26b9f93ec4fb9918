"""The table of items: each one is there, and its functions have the names of the contract."""

from __future__ import annotations

from importlib import import_module

import pytest

from compute.report import ITEMS
from compute.report.contract import Item


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.id)
def test_that_the_functions_of_an_item_are_there(item: Item) -> None:
    for path in filter(None, (item.make, item.maps)):
        module, _, name = path.partition(":")
        assert callable(getattr(import_module(module), name))


def test_that_no_two_items_have_the_same_name() -> None:
    assert len({item.id for item in ITEMS}) == len({item.number for item in ITEMS}) == len(ITEMS)
