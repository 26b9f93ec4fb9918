"""A project that others change while a job scores into it."""

import os

import numpy as np

from compute import store
from compute.core.events import Failed, Finished, Partial
from compute.core.tables import TextSet


def test_that_an_edit_of_an_entry_survives_its_scoring(spec, run_here):
    path, edited = spec().project, []

    def edit(event):
        if isinstance(event, Partial) and event.committed and not edited:
            entry = store.read(path, parts=False).entries[0]
            mine = entry.with_(label="my own", tags=("kept",), family="cousins")
            store.commit(path, store.PutEntries((mine,), since={entry.id: entry}))
            edited.append(entry)

    events = run_here(spec("a", "b"), also=edit)
    assert isinstance(events[-1], Finished)
    assert edited[0].status == "planned"
    first, second = store.read(path).entries
    assert (first.label, first.tags, first.family) == ("my own", ("kept",), "cousins")
    assert (first.status, second.status) == ("done", "done")
    assert first.digest
    assert first.device
    assert np.isfinite(store.read(path).loglik).all()


def test_that_a_project_exchanged_under_a_job_ends_it_and_is_left_alone(spec, run_here, tmp_path):
    path, other = spec().project, tmp_path / "other.h5"
    store.create(other, TextSet(("0", "1"), ("another", "text"), ("", "")))
    before = other.read_bytes()

    def exchange(event):
        if isinstance(event, Partial) and event.committed and other.exists():
            os.replace(other, path)

    events = run_here(spec("a"), also=exchange)
    assert isinstance(events[-1], Failed)
    assert "replaced by a project with other texts" in events[-1].message
    with open(path, "rb") as file:
        assert file.read() == before
