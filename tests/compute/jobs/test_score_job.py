"""The scoring job, driven by the stand-in scorer in this process."""

import json

import numpy as np
import pytest

from compute import store
from compute.core.control import Control
from compute.core.errors import StoreError
from compute.core.events import (
    LAST,
    CancelledEvent,
    Failed,
    Finished,
    Notice,
    Partial,
    Progress,
    Started,
)
from compute.core.tables import Checkpoint, TextSet
from compute.texts import write_texts


def of(events, kind):
    return [e for e in events if isinstance(e, kind)]


def test_that_every_checkpoint_becomes_a_done_entry_with_a_full_row(spec, run_here, texts):
    events = run_here(spec("a", "b", "c"))
    project = store.read(spec().project)
    assert [e.id for e in project.entries] == ["run/step0", "run/step1", "run/step2"]
    assert {e.status for e in project.entries} == {"done"}
    assert np.isfinite(project.loglik).all()
    assert isinstance(events[0], Started)
    assert isinstance(events[-1], Finished)
    assert len(of(events, LAST)) == 1
    summary = events[-1].summary
    assert (summary["n_scored"], summary["n_failed"], summary["n_skipped"]) == (3, 0, 0)


def test_that_an_entry_says_how_it_was_made(spec, run_here):
    run_here(spec("a", n_threads=2))
    project = store.read(spec().project)
    entry = project.entries[0]
    assert (entry.dtype, entry.bos, entry.device, entry.n_threads) == (
        "float32",
        "tokenizer",
        "cpu",
        2,
    )
    assert (entry.n_scored, entry.noise_floor, entry.software) == (24, 0.0, "stand-in 1")
    tokens = store.read_tokenizations(project.path)[entry.tokenization]
    assert tokens.shape == (24,)


def test_that_a_second_job_skips_what_is_done(spec, run_here):
    run_here(spec("a", "b"))
    before = store.read(spec().project).loglik
    events = run_here(spec("a", "b", "c"))
    after = store.read(spec().project).loglik
    assert events[-1].summary["n_skipped"] == 2
    assert np.array_equal(before, after[:2])


def test_that_the_same_checkpoint_under_another_bos_rule_is_another_entry(spec, run_here):
    run_here(spec("a"))
    run_here(spec("a", bos="skip-first"))
    assert [e.id for e in store.read(spec().project).entries] == ["run/step0", "run/step0-2"]


@pytest.mark.parametrize(
    ("name", "says"), [("broken", "cut short"), ("nan", "are not numbers on text")]
)
def test_that_one_bad_checkpoint_never_stops_the_queue(spec, run_here, name, says):
    events = run_here(spec("a", name, "c"))
    entries = store.read(spec().project).entries
    assert [e.status for e in entries] == ["done", "failed", "done"]
    assert says in entries[1].error
    assert any(says in e.error for e in of(events, Partial) if e.status == "failed")
    assert events[-1].summary["n_failed"] == 1


def test_that_a_problem_found_by_the_source_is_the_entrys_error(spec, run_here):
    job = spec("a", "b")
    bad = Checkpoint("run/x", "run x", run="run", step=9, problem="The tokenizer is missing.")
    events = run_here(type(job)(**{**_fields(job), "checkpoints": (bad, *job.checkpoints)}))
    assert isinstance(events[-1], Finished)
    assert store.read(job.project).entries[0].error == "The tokenizer is missing."


def _fields(spec):
    return {name: getattr(spec, name) for name in type(spec).__dataclass_fields__}


def test_that_a_job_without_any_scored_checkpoint_fails_with_the_first_reason(spec, run_here):
    last = run_here(spec("broken", "nan"))[-1]
    assert isinstance(last, Failed)
    assert "cut short" in last.message


def test_that_a_failed_entry_is_tried_again(spec, run_here, monkeypatch):
    from compute.scoring.stand_in import StandInScorer

    run_here(spec("a", "broken"))
    real = StandInScorer.open
    monkeypatch.setattr(
        StandInScorer, "open", lambda self, c, t: real(self, c.with_(path="run/mended"), t)
    )
    run_here(spec("a", "broken"))
    entries = store.read(spec().project).entries
    assert [(e.status, e.error) for e in entries] == [("done", ""), ("done", "")]


def test_that_a_text_beyond_the_context_is_nan_and_counted(spec, run_here, tmp_path):
    long = TextSet(("short", "long"), ("a b c", "x" * 8000), ("", ""))
    write_texts(long, tmp_path / "texts.jsonl")
    events = run_here(spec("a"))
    project = store.read(spec().project)
    assert np.isnan(project.loglik[0]).tolist() == [False, True]
    assert (project.entries[0].n_scored, events[-1].summary["n_too_long"]) == (1, 1)
    assert "longer than the context of 1,100 tokens" in of(events, Notice)[0].message


def test_that_out_of_memory_halves_the_batches_and_marks_the_entry(spec, run_here):
    events = run_here(spec("huge", "a"))
    project = store.read(spec().project)
    assert project.entries[0].tags == ("batch-halved",)
    assert project.entries[1].tags == ()
    assert np.isfinite(project.loglik).all()
    assert any("half the size" in n.message for n in of(events, Notice))


def test_that_cancel_keeps_what_is_finished_and_resume_ends_the_same(spec, run_here, tmp_path):
    control = Control()

    def cancel_soon(event):
        if isinstance(event, Progress) and event.entry == "run/step1":
            control.cancel()

    events = run_here(spec("a", "b", "c"), control, cancel_soon)
    assert isinstance(events[-1], CancelledEvent)
    project = store.read(spec().project)
    assert project.entries[0].status == "done"
    assert project.recipes["clip2"].tau != project.recipes["clip2"].tau
    run_here(spec("a", "b", "c"))
    resumed = store.read(spec().project).loglik
    whole = spec("a", "b", "c")
    whole = type(whole)(**{**_fields(whole), "project": str(tmp_path / "whole.h5")})
    run_here(whole)
    assert resumed.tobytes() == store.read(whole.project).loglik.tobytes()


def test_that_no_parts_are_left_after_a_finished_job(spec, run_here, tmp_path):
    run_here(spec("a", "b"))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["p.h5", "texts.jsonl"]


def test_that_tau_is_frozen_when_the_first_job_ends_and_never_moves(spec, run_here):
    run_here(spec("a", "b"))
    project = store.read(spec().project)
    tau = project.recipes["clip2"].tau
    assert tau == np.quantile(project.loglik.astype(np.float64), 0.02)
    run_here(spec("a", "b", "c"))
    assert store.read(spec().project).recipes["clip2"].tau == tau


def test_that_a_second_scoring_job_is_refused_with_the_owners_name(spec, run_here):
    run_here(spec("a"))
    with store.job_lock(store.read(spec().project).path):
        last = run_here(spec("b"))[-1]
    assert isinstance(last, Failed)
    assert "already scoring into this project" in last.message


def test_that_a_project_with_other_texts_is_refused_and_unchanged(spec, run_here, tmp_path):
    run_here(spec("a"))
    before = (tmp_path / "p.h5").read_bytes()
    write_texts(TextSet(("o",), ("another text",), ("",)), tmp_path / "other.jsonl")
    last = run_here(spec("a", texts=str(tmp_path / "other.jsonl")))[-1]
    assert isinstance(last, Failed)
    assert "another text set" in last.message
    assert (tmp_path / "p.h5").read_bytes() == before


def test_that_a_foreign_file_is_refused_and_unchanged(spec, run_here, tmp_path):
    (tmp_path / "p.h5").write_bytes(b"a picture")
    last = run_here(spec("a"))[-1]
    assert isinstance(last, Failed)
    assert "p.h5" in last.message
    assert (tmp_path / "p.h5").read_bytes() == b"a picture"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["p.h5", "texts.jsonl"]


@pytest.mark.parametrize("texts_named", [True, False])
def test_that_a_job_without_texts_or_checkpoints_says_so(spec, run_here, texts_named):
    job = spec() if texts_named else spec("a", texts="")
    last = run_here(job)[-1]
    assert isinstance(last, Failed)
    assert not last.resumable


def test_that_a_full_disk_is_one_sentence_and_keeps_what_was_committed(spec, run_here, monkeypatch):
    run_here(spec("a"))

    def full(*_, **__):
        raise StoreError("there is no room left on the disk", tried="Storing a batch")

    monkeypatch.setattr(store.Parts, "append", full)
    last = run_here(spec("a", "b"))[-1]
    assert last == Failed("Storing a batch: there is no room left on the disk.", resumable=True)
    project = store.read(spec().project)
    assert [e.status for e in project.entries] == ["done", "planned"]
    assert np.isfinite(project.loglik[0]).all()


def test_that_progress_ends_at_one_and_events_are_json(spec, run_here):
    from compute.core.events import encode

    events = run_here(spec("a", "b"))
    assert of(events, Progress)[-1].fraction == 1.0
    assert all(json.loads(encode(e)) for e in events)


def test_that_partial_says_when_an_entry_reached_the_file(spec, run_here):
    events = of(run_here(spec("a")), Partial)
    assert [(e.status, e.committed) for e in events if e.status == "done"] == [
        ("done", False),
        ("done", True),
    ]


def test_that_asked_for_tokens_are_kept_beside_the_project_and_sum_to_the_scores(spec, run_here):
    run_here(spec("a", tokens=True))
    project = store.read(spec().project)
    detail = store.read_tokens(project.path, project.entries[0].id)
    sums = [np.nansum(detail.of(k).astype(np.float64)) for k in range(len(project.texts))]
    assert np.allclose(sums, project.loglik[0], rtol=1e-3)
    for k, n_bytes in enumerate(project.texts.n_bytes.tolist()):
        assert int(detail.lengths_of(k).sum()) == n_bytes


def test_that_tokens_can_be_added_to_an_entry_that_is_done(spec, run_here):
    run_here(spec("a", "b"))
    before = store.read(spec().project)
    assert store.read_tokens(before.path, before.entries[0].id) is None
    last = run_here(spec("a", "b", tokens=True))[-1]
    after = store.read(spec().project)
    assert (last.summary["n_detailed"], last.summary["n_scored"]) == (2, 0)
    assert after.entries == before.entries
    assert after.loglik.tobytes() == before.loglik.tobytes()
    assert store.read_tokens(after.path, after.entries[1].id) is not None
    assert run_here(spec("a", "b", tokens=True))[-1].summary["n_skipped"] == 2
    assert not store.parts_folder(after.path).exists()
