"""Layers come with their model, as entries of their own, and survive whatever happens to a job."""

from dataclasses import replace

import numpy as np
import pytest

from compute import store
from compute.cli.score import _layers
from compute.core.control import Control
from compute.core.errors import UsageError
from compute.core.events import CancelledEvent, Progress
from compute.core.tables import Entry
from compute.scoring.stand_in import N_LAYERS

ALL = (-1,)
NUMBERS = list(range(N_LAYERS + 1))


def layers_of(project, owner):
    found = {e.layer: k for k, e in enumerate(project.entries) if e.parent == owner.id}
    return [(project.entries[found[k]], project.loglik[found[k]]) for k in sorted(found)]


def test_that_each_layer_is_an_entry_beside_its_model(spec, run_here):
    run_here(spec("a", layers=ALL))
    project = store.read(spec().project)
    owner, row = project.entries[0], project.loglik[0]
    found = layers_of(project, owner)
    assert [e.layer for e, _ in found] == NUMBERS
    for entry, values in found:
        assert (entry.relation, entry.status, entry.run) == ("layer-of", "done", "")
        assert (entry.label, entry.digest) == (f"{owner.label} layer {entry.layer}", owner.digest)
        assert entry.n_scored == np.isfinite(row).sum()
        np.testing.assert_array_equal(values, row * (1 + N_LAYERS - entry.layer))
    assert found[-1][1].tobytes() == row.tobytes()
    assert not store.parts_folder(project.path).exists()


def test_that_only_the_layers_asked_for_are_kept(spec, run_here):
    run_here(spec("a", layers=(0, 2)))
    project = store.read(spec().project)
    assert [e.layer for e, _ in layers_of(project, project.entries[0])] == [0, 2]


def test_that_layers_can_be_added_to_a_model_that_is_done(spec, run_here):
    run_here(spec("a", "b"))
    before = store.read(spec().project)
    last = run_here(spec("a", "b", layers=(0, 2)))[-1]
    after = store.read(spec().project)
    assert (last.summary["n_detailed"], last.summary["n_scored"]) == (2, 0)
    assert after.entries[:2] == before.entries
    assert after.loglik[:2].tobytes() == before.loglik.tobytes()
    assert run_here(spec("a", layers=(0, 2)))[-1].summary["n_skipped"] == 1
    run_here(spec("a", layers=ALL))
    assert run_here(spec("a", layers=ALL))[-1].summary["n_skipped"] == 1
    whole = store.read(spec().project)
    assert [e.layer for e, _ in layers_of(whole, whole.entries[0])] == NUMBERS
    assert not store.parts_folder(after.path).exists()


def test_that_a_name_that_another_entry_has_is_left_to_it(spec, run_here):
    run_here(spec("a"))
    before = store.read(spec().project)
    other = Entry(f"{before.entries[0].id}/layer1", "mine", status="done", n_scored=1)
    row = np.full(len(before.texts), -1, np.float32)
    store.commit(before.path, store.PutEntries((other,)), store.PutRows({other.id: row}))
    last = run_here(spec("a", layers=ALL))[-1]
    assert last.summary["n_detailed"] == 1
    after = store.read(before.path)
    assert after.entries[1].label == "mine"
    assert after.loglik[1].tobytes() == row.tobytes()
    found = layers_of(after, after.entries[0])
    assert [e.layer for e, _ in found] == NUMBERS
    assert found[1][0].id == f"{other.id}-2"


def test_that_layers_and_tokens_come_together(spec, run_here):
    run_here(spec("a", layers=ALL, tokens=True))
    project = store.read(spec().project)
    assert store.has_tokens(project.path, project.entries[0].id)
    assert len(layers_of(project, project.entries[0])) == N_LAYERS + 1


def test_that_a_stopped_job_goes_on_to_the_same_layers(spec, run_here, monkeypatch):
    job = spec("a", "b", layers=ALL, batch_tokens=300)
    run_here(replace(job, project=f"{job.project}-whole.h5"))
    expected = store.read(f"{job.project}-whole.h5")
    monkeypatch.setenv("KLSCOPE_STAND_IN_PAUSE", "0.04")
    control = Control()

    def cancel_soon(event):
        if isinstance(event, Progress) and event.entry_fraction > 0.3:
            control.cancel()

    assert isinstance(run_here(job, control, cancel_soon)[-1], CancelledEvent)
    half = store.read(job.project)
    assert all(e.status != "done" for e in half.entries)
    run_here(job)
    project = store.read(job.project)
    rows = {e.id: row.tobytes() for e, row in zip(project.entries, project.loglik, strict=True)}
    again = {e.id: row.tobytes() for e, row in zip(expected.entries, expected.loglik, strict=True)}
    assert rows == again
    assert not store.parts_folder(project.path).exists()


def test_that_a_model_without_readable_layers_does_not_stop_the_queue(spec, run_here):
    last = run_here(spec("no-stack", "a", layers=ALL))[-1]
    assert (last.summary["n_failed"], last.summary["n_scored"]) == (1, 1)
    failed = store.read(spec().project).entries[0]
    assert "its layers cannot be read" in failed.error.lower()


def test_that_a_done_model_is_left_as_it_is_when_its_layers_cannot_be_had(spec, run_here):
    run_here(spec("no-stack"))
    before = store.read(spec().project)
    last = run_here(spec("no-stack", "a", layers=ALL))[-1]
    after = store.read(spec().project)
    assert last.summary["n_failed"] == 1
    assert after.entries[0] == before.entries[0]


@pytest.mark.parametrize(
    ("text", "found"), [("", ()), ("all", ALL), ("3", (3,)), ("0, 6-8,7", (0, 6, 7, 8))]
)
def test_that_layers_are_named_by_numbers_and_ranges(text, found):
    assert _layers(text) == found


@pytest.mark.parametrize("text", ["x", "1,,2", "-1", "5-", "3-1", "0-99999"])
def test_that_other_words_for_layers_are_refused(text):
    with pytest.raises(UsageError):
        _layers(text)
