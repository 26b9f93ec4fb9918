"""A project is found again as it was left, whatever the file says."""

from __future__ import annotations

import dataclasses
import json
import math

import pytest

from compute.core.tables import Entry
from compute.embedding.parameters import options_of
from compute.embedding.pca import PcaParams
from compute.embedding.protocol import Params
from compute.embedding.tsne import TsneParams
from explorer.state import preferences, workspace
from explorer.state.app import AppState
from explorer.state.map import Colour, Named
from explorer.state.preferences import PreferencesState
from explorer.state.query import Term
from explorer.state.reading import one_of, whole
from explorer.state.selection import choose
from explorer.state.views import PlotState


def entries(*ids: str) -> tuple[Entry, ...]:
    return tuple(Entry(id=i, label=i) for i in ids)


def with_a_plot() -> AppState:
    usual = {"order": "run", "every": 1}
    readers = {"order": one_of(("run", "clusters")), "every": whole(1, 100)}
    return AppState(plots={"heatmap": PlotState(dict(usual), usual, readers)})


def changed() -> AppState:
    """Every kept field has another value than at the start."""
    state = with_a_plot()
    m, f, t = state.map, state.filter, state.timeline
    m.method, m.dims, m.components, m.perplexity = "pca", 3, (2, 3, 4), 12.5
    m.exaggeration, m.seed, m.colour = 2.0, 7, Colour("step", "log", "batlow")
    m.shape_by, m.size_by, m.width_by, m.fade = "run", "bits", "age", "linear"
    m.tail, m.arrows, m.labels, m.jumps, m.truth = 0.25, True, False, False, "trust"
    m.relations = True
    m.aside, m.camera = "hide", (0.5, -1.0, 300.0)
    f.query, f.terms = "seed0", (Term("step", "<=", "1200"), Term("family", "=", "llama,opt"))
    f.hidden, f.greyed = frozenset("b"), frozenset("c")
    t.axis, t.at, t.loop, t.speed = "tokens", 850.5, True, 2.0
    state.library.entries = entries("a", "b", "c", "d")
    state.library.unticked = frozenset("d")
    choose(state.selection, ["b", "a"])
    state.selection.named = (Named("mine", ("a", "b")),)
    v = state.views
    v.left, v.right, v.current, v.unit = "heatmap", "map", "heatmap", "nats"
    state.shell.recipe = "raw"
    state.plots["heatmap"].choose(order="clusters", every=5)
    return state


def again(saved: object, *ids: str) -> AppState:
    state = with_a_plot()
    state.library.entries = entries(*ids)
    workspace.apply(saved, state)
    workspace.apply_ids(saved, state)
    return state


def test_that_a_project_is_found_as_it_was_left() -> None:
    before = changed()
    saved = json.loads(json.dumps(workspace.dump(before)))
    after = again(saved, "a", "b", "c", "d")
    for part in ("map", "filter", "timeline", "selection"):
        assert getattr(after, part) == getattr(before, part)
    assert after.library.unticked == before.library.unticked
    assert after.views == before.views
    assert after.plots["heatmap"].options == {"order": "clusters", "every": 5}
    assert after.shell.recipe == "raw"
    assert workspace.dump(after) == saved


def test_that_every_kept_field_is_changed_by_these_tests() -> None:
    fresh, other = workspace.dump(with_a_plot()), workspace.dump(changed())
    for part, fields in workspace.PARTS.items():
        assert [k.name for k in fields if fresh[part][k.name] == other[part][k.name]] == []


def test_that_what_is_shown_and_not_chosen_is_left_out() -> None:
    """These fields say what is going on at the moment; all others are kept."""
    passing = {"held", "halted", "live", "preview", "base", "note", "remarks"}
    kept = {k.name for k in workspace.PARTS["map"]}
    assert {f.name for f in dataclasses.fields(AppState().map)} - kept == passing


@pytest.mark.parametrize("saved", [None, [], 3, "x", {}, {"map": 3}, {"map": {"method": ["pca"]}}])
def test_that_nonsense_changes_nothing(saved: object) -> None:
    assert workspace.dump(again(saved)) == workspace.dump(with_a_plot())


@pytest.mark.parametrize(
    ("part", "name", "value"),
    [
        ("map", "method", "umap"),
        ("map", "dims", 4),
        ("map", "dims", 2.5),
        ("map", "perplexity", math.nan),
        ("map", "components", [1, 2]),
        ("map", "components", [1, 1, 2]),
        ("map", "exaggeration", 50),
        ("map", "camera", [0.0, 0.0, 0.0]),
        ("map", "camera", [0.0, 0.0, 0.0, 800.0, 28.0, 24.0]),
        ("map", "camera", [0.0, 0.0]),
        ("map", "colour", {"by": "run"}),
        ("map", "camera", ["left"]),
        ("map", "labels", 1),
        ("filter", "terms", [{"field": "step", "op": "<=", "value": "many"}]),
        ("filter", "hidden", "abc"),
        ("timeline", "at", "soon"),
        ("selection", "named", [{"name": "x"}]),
        ("views", "unit", "bytes"),
        ("plots", "heatmap", {"order": "size", "every": "no"}),
    ],
)
def test_that_one_damaged_value_costs_only_itself(part: str, name: str, value: object) -> None:
    saved = workspace.dump(changed())
    saved[part][name] = value
    found, fresh = workspace.dump(again(saved, "a", "b", "c", "d")), workspace.dump(with_a_plot())
    assert found[part][name] == fresh[part][name]
    saved[part][name] = fresh[part][name]
    assert found == saved


@pytest.mark.parametrize(
    ("params", "name"),
    [(TsneParams, "perplexity"), (TsneParams, "exaggeration"), (TsneParams, "seed"),
     (PcaParams, "components")],
)  # fmt: skip
def test_that_what_is_found_again_can_be_computed(params: type[Params], name: str) -> None:
    option = next(o for o in options_of(params) if o.name == name)
    read = next(k.read for k in workspace.PARTS["map"] if k.name == name)
    for bound, step in ((option.low, -1), (option.high, 1)):
        of = (lambda v: [int(v), 2, 3]) if option.many else (int if option.whole else float)
        read(of(bound))
        with pytest.raises(ValueError, match=r"\d"):
            read(of(bound + step))


@pytest.mark.parametrize(
    ("name", "value"), [("left", "gone"), ("current", "steps"), ("right", "x")]
)
def test_that_views_that_are_not_there_any_more_leave_the_map(name: str, value: str) -> None:
    saved = workspace.dump(changed())
    saved["views"][name] = value
    views = again(saved).views
    assert (views.left, views.right, views.current, views.unit) == ("map", "", "map", "nats")


def test_that_one_damaged_choice_of_a_view_costs_only_itself() -> None:
    saved = workspace.dump(changed())
    saved["plots"]["heatmap"]["order"] = 3
    assert again(saved).plots["heatmap"].options == {"order": "run", "every": 5}


def test_that_entries_that_have_gone_are_not_selected() -> None:
    saved = workspace.dump(changed())
    after = again(saved, "a")
    assert (after.selection.selected, after.selection.chosen) == ("a", frozenset("a"))
    assert again(saved).selection.chosen == frozenset()
    assert after.selection.named == (Named("mine", ("a",)),)
    assert again(saved).selection.named == ()


def test_that_another_project_starts_without_the_choices_about_entries() -> None:
    state = changed()
    workspace.forget(state)
    assert state.map.method == "pca"
    assert state.map.camera == ()
    assert (state.filter.query, state.filter.terms, state.filter.hidden) == ("", (), frozenset())
    assert (state.selection.chosen, state.selection.named) == (frozenset(), ())
    assert math.isinf(state.timeline.at)


def test_that_preferences_survive_and_nonsense_does_not() -> None:
    state = PreferencesState(150, True, False, True, "cpu", True)
    after = PreferencesState()
    preferences.apply(json.loads(json.dumps(preferences.dump(state))), after)
    assert after == state
    preferences.apply({"scale": 333, "still": "yes", "device": 3, "new": 1}, after)
    assert after == state
