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
    ],
)
def test_that_what_is_typed_is_understood(field, text, value):
    assert FIELDS[field].parsed(text) == value


@pytest.mark.parametrize(
    ("field", "text"),
    [("label", " "), ("label", "x" * 300), ("step", "-3"), ("step", "1.5"), ("tokens_seen", "1e9")],
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


def test_that_the_command_line_edits_too(project, capsys):
    words = ["edit", str(project), "a step 1"]
    assert main_guard(build_app(), [*words, "--tokens", "2M", "--label", "second"]) == 0
    assert store.read(project).entries[1].tokens_seen == 2_000_000
    assert main_guard(build_app(), words) == 2
    assert main_guard(build_app(), ["edit", str(project), "second", "--step", "soon"]) == 2
    assert "'soon' is not a whole number" in capsys.readouterr().err
