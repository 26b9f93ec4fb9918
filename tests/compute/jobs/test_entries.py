"""Which checkpoint is which entry, where names alone do not tell."""

from dataclasses import replace

import pytest

from compute import store
from compute.core.events import Finished
from compute.core.tables import Checkpoint, Entry
from compute.jobs.entries import queue_items, to_compare


def final(folder, **more):
    return Checkpoint(f"{folder}/final", "final", **more), "float32"


def entry(**more):
    return Entry("final", label="final", dtype="float32", bos="tokenizer", **more)


@pytest.mark.parametrize(
    ("folders", "existing", "expected"),
    [
        (("a",), (), [False]),
        (("a", "a"), (), [False, False]),
        (("a", "b"), (), [True, True]),
        (("a",), (entry(),), [False]),
        (("a",), (entry(digest="1"),), [True]),
    ],
)
def test_that_weights_are_compared_only_where_names_are_not_enough(folders, existing, expected):
    assert to_compare([final(f) for f in folders], existing, "tokenizer") == expected


def test_that_an_entry_without_a_digest_is_taken_by_one_checkpoint_only():
    wanted = [final("a", digest="1"), final("b", digest="2"), final("a", digest="1")]
    items = queue_items(wanted, (entry(),), "tokenizer")
    said = [(i.entry.id, i.entry.digest, i.is_new) for i in items]
    assert said == [("final", "1", False), ("final-2", "2", True)]


def test_that_a_bad_folder_does_not_hide_a_good_one_of_the_same_name():
    wanted = [final("a", problem="It is empty."), final("b", digest="2")]
    items = queue_items(wanted, (), "tokenizer")
    assert [i.checkpoint.path for i in items] == ["a/final", "b/final"]


def test_that_an_edited_entry_is_known_again_by_its_weights():
    edited = entry(digest="1").with_(label="my favourite", run="best", step=7)
    (found,) = queue_items([final("a", digest="1")], (edited,), "tokenizer")
    assert (found.entry, found.is_new) == (edited, False)
    (other,) = queue_items([final("a", digest="2")], (edited,), "tokenizer")
    assert (other.entry.id, other.is_new) == ("final-2", True)
    assert to_compare([final("a")], (edited,), "tokenizer") == [True]
    second = edited.with_(id="final-2", digest="2")
    (found,) = queue_items([final("b", digest="2")], (edited, second), "tokenizer")
    assert found.entry == second


def test_that_models_in_folders_of_the_same_name_are_all_scored(spec, run_here, tmp_path):
    for name in ("a", "b"):
        (tmp_path / name / "final").mkdir(parents=True)
        (tmp_path / name / "final" / "model.safetensors").write_text(name)
    found = tuple(final(tmp_path / name)[0] for name in ("a", "b"))
    job = replace(spec(), checkpoints=found)
    for _ in range(2):
        assert isinstance(run_here(job)[-1], Finished)
        entries = store.read(job.project).entries
        assert [(e.id, e.status) for e in entries] == [("final", "done"), ("final-2", "done")]
