"""Edits of entries: what may be written, that it is merged, that nothing is half-written."""

import pytest

from compute import store
from compute.cli import build_app, main_guard
from compute.core.edits import FIELDS, differences, edited
from compute.core.errors import UsageError
from compute.core.events import Failed, Finished, Partial
from compute.core.rules import WINDOWED
from compute.core.specs import EditSpec, from_json, to_json
from compute.core.tables import Entry, TextSet


@pytest.fixture
def project(tmp_path):
    path = tmp_path / "p.h5"
    store.create(path, TextSet(("0", "1"), ("one", "two"), ("", "")))
    two = tuple(Entry(f"a/step{k}", f"a step {k}", run="a", step=k) for k in (0, 1))
    store.commit(path, store.PutEntries(two))
    return path


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        ("label", "  my   own ", "my own"),
        ("step", "1,200", 1200),
        ("step", "", -1),
        ("tokens_seen", "1.74 M", 1_740_000),
        ("tokens_seen", "1\u2009200", 1200),
        ("tags", "late, good,, late", ("late", "good")),
        ("run", " pythia-1b ", "pythia-1b"),
        ("seed", "3", 3),
        ("n_params", "6.9B", 6_900_000_000),
        ("n_params", "", -1),
        ("layer", "31", 31),
        ("quantization", "nf4", "nf4"),
        ("parent", "org/a-7b", "org/a-7b"),
        ("other_parents", "org/a, org/b", ("org/a", "org/b")),
        ("relation", "merge-of", "merge-of"),
        ("relation", "", ""),
    ],
)
def test_that_what_is_typed_is_understood(field, text, value):
    assert FIELDS[field].parsed(text) == value


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("label", " "),
        ("label", "x" * 300),
        ("step", "-3"),
        ("step", "1.5"),
        ("tokens_seen", "1e9"),
        ("seed", "one"),
        ("layer", "-2"),
        ("relation", "child-of"),
        ("size", "7\x1bb"),
    ],
)
def test_that_what_makes_no_sense_is_refused_in_a_sentence(field, text):
    with pytest.raises(UsageError) as refused:
        FIELDS[field].parsed(text)
    assert refused.value.message.endswith(".")


def test_that_tags_of_scoring_and_other_fields_are_no_ones_to_edit():
    entry = Entry("x", tags=(WINDOWED, "mine"))
    with pytest.raises(UsageError, match="says how this was scored"):
        edited(entry, {"tags": ("mine",)})
    with pytest.raises(UsageError, match="'digest' cannot be edited"):
        edited(entry, {"digest": "0"})
    with pytest.raises(UsageError, match="cannot be a step"):
        edited(entry, {"step": "7"})
    with pytest.raises(UsageError, match="cannot be a relation"):
        edited(entry, {"relation": "child-of"})
    for change in ({"parent": "x"}, {"other_parents": ("a", "x")}):
        with pytest.raises(UsageError, match="its own parent"):
            edited(entry, change)


def test_that_the_window_shows_five_fields_and_leaves_the_others_to_the_command():
    shown = [field.name for field in FIELDS.values() if field.everyday]
    assert shown == ["label", "step", "tokens_seen", "family", "tags"]


@pytest.mark.parametrize("field", FIELDS.values(), ids=lambda f: f.name)
def test_that_what_an_editor_shows_is_understood_again(field):
    entry = Entry(
        "x", label="a b", family="f", run="r", step=1200, tokens_seen=5, seed=0, layer=2,
        n_params=6_900_000_000, size="6.9b", parent="p", relation="merge-of", tags=("t", "u"),
        quantization="gptq", other_parents=("q", "s"),
    )  # fmt: skip
    for one in (entry, Entry("x", label="x")):
        assert field.parsed(field.shown(one)) == getattr(one, field.name)


def test_that_edits_are_written_together_or_not_at_all(project, run_here):
    before = project.read_bytes()
    bad = EditSpec(str(project), (("a/step0", {"step": 5}), ("gone", {"step": 5})))
    events = run_here(from_json(to_json(bad)))
    assert isinstance(events[-1], Failed)
    assert "gone" in events[-1].message
    assert project.read_bytes() == before
    changes = {"label": "first", "tags": ("x",), "step": 7}
    good = EditSpec(str(project), (("a/step0", changes), ("a/step0", {"family": "f"})))
    events = run_here(from_json(to_json(good)))
    assert isinstance(events[-1], Finished)
    assert [e.entry for e in events if isinstance(e, Partial)] == ["a/step0"]
    first, second = store.read(project).entries
    assert (first.label, first.tags, first.step, first.family) == ("first", ("x",), 7, "f")
    assert differences(first, second) == {
        "label": "a step 1", "step": 1, "family": "", "tags": (),
    }  # fmt: skip


def test_that_the_command_line_corrects_what_an_import_took_from_a_name(project):
    words = ["edit", str(project), "a step 1"]
    more = {
        "--run": "b", "--seed": "3", "--size": "7b", "--parameters": "6.74B", "--layer": "2",
        "--quantization": "nf4", "--parents": "org/a, org/b, a/step0", "--relation": "merge-of",
    }  # fmt: skip
    flags = [word for pair in more.items() for word in pair]
    assert main_guard(build_app(), [*words, *flags]) == 0
    found = store.read(project).entries[1]
    assert (found.run, found.seed, found.size, found.n_params) == ("b", 3, "7b", 6_740_000_000)
    assert (found.layer, found.quantization, found.relation) == (2, "nf4", "merge-of")
    assert found.parents == ("org/a", "org/b", "a/step0")
    assert main_guard(build_app(), [*words, "--parents", "", "--relation", ""]) == 0
    assert store.read(project).entries[1].parents == ()
    assert main_guard(build_app(), [*words, "--relation", "child-of"]) == 2
    assert main_guard(build_app(), [*words, "--parents", "a/step1"]) == 2


def test_that_the_command_line_edits_too(project, capsys):
    words = ["edit", str(project), "a step 1"]
    assert main_guard(build_app(), [*words, "--tokens", "2M", "--label", "second"]) == 0
    assert store.read(project).entries[1].tokens_seen == 2_000_000
    assert main_guard(build_app(), words) == 2
    assert main_guard(build_app(), ["edit", str(project), "second", "--step", "soon"]) == 2
    assert "'soon' is not a whole number" in capsys.readouterr().err


def test_that_a_parent_may_be_named_by_its_label(project, capsys):
    run = ["edit", str(project), "a step 1", "--parents", "a step 0,org/x", "--relation"]
    assert main_guard(build_app(), [*run, "merge-of"]) == 0
    entry = store.read(project).entries[1]
    assert entry.parents == ("a/step0", "org/x")
    assert main_guard(build_app(), [*run[:3], "--parents", "a step 1"]) == 2
    assert "its own parent" in capsys.readouterr().err
