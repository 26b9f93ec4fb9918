"""Two rounds: the first texts of every checkpoint, then the rest; partial entries in between."""

from collections import Counter
from dataclasses import replace
from typing import ClassVar

import numpy as np
import pytest

from compute import store
from compute.core.control import Control
from compute.core.errors import ScoringError
from compute.core.events import CancelledEvent, Finished, Notice, Partial, Progress
from compute.core.tables import TextSet
from compute.geometry.usable import usable
from compute.jobs import meter
from compute.jobs import score as scoring_job
from compute.scoring import WorkerLost
from compute.scoring.stand_in import StandInScorer

N, FIRST = 620, 500


@pytest.fixture
def texts():
    made = tuple(f"text {k} " + "x" * (37 * k % 300) for k in range(N))
    return TextSet(tuple(f"t{k}" for k in range(N)), made, ("",) * N)


@pytest.fixture(autouse=True)
def every_event(monkeypatch):
    """Events are sent as they come, not a few a second."""
    monkeypatch.setattr(meter, "PROGRESS_EVERY_S", 0.0)
    monkeypatch.setattr(meter, "PARTIAL_EVERY_S", 0.0)


def of(events, kind):
    return [e for e in events if isinstance(e, kind)]


def test_that_every_checkpoint_gets_its_first_texts_before_any_gets_the_rest(spec, run_here):
    events = run_here(spec("a", "b", "c"))
    said = [(e.entry, e.status) for e in of(events, Partial) if e.status != "planned"]
    partial = [name for name, status in said if status == "partial"]
    done = [name for name, status in said if status == "done"]
    first_done = said.index((done[0], "done"))
    assert {name for name, _ in said[:first_done]} == {"run/step0", "run/step1", "run/step2"}
    assert set(partial) == set(done)
    project = store.read(spec().project)
    assert {(e.status, e.n_prefix, e.n_scored) for e in project.entries} == {("done", N, N)}
    assert 0 < events[-1].summary["first_round_s"] <= events[-1].summary["seconds"]


def test_that_after_the_first_round_all_prefixes_are_committed(spec, run_here):
    seen = []

    def look(event):
        if isinstance(event, Partial) and event.status == "partial" and event.committed:
            project = store.read(spec().project, parts=False)
            if all(e.n_prefix >= FIRST for e in project.entries) and not seen:
                seen.append(project)

    run_here(spec("a", "b", "c"), also=look)
    (project,) = seen
    assert {e.status for e in project.entries} == {"partial"}
    inside = project.texts.order[:FIRST]
    assert np.isfinite(project.loglik[:, inside]).all()
    assert np.isnan(project.loglik).sum() == 3 * (N - FIRST)


def test_that_the_order_is_kept_in_the_file(spec, run_here):
    run_here(spec("a"))
    project = store.read(spec().project)
    assert project.texts.kept_order is not None
    assert sorted(project.texts.order) == list(range(N))
    assert list(project.texts.order[:FIRST]) != list(range(FIRST))


def test_that_one_visit_scores_each_checkpoint_whole_and_says_the_map_is_late(spec, run_here):
    events = run_here(replace(spec("a", "b"), one_visit=True))
    said = [(e.entry, e.status) for e in of(events, Partial)]
    assert said.index(("run/step0", "done")) < said.index(("run/step1", "partial"))
    assert any("comes late" in n.message for n in of(events, Notice))


@pytest.mark.parametrize("one_visit", [False, True])
def test_that_the_rounds_do_not_change_a_score(spec, run_here, tmp_path, one_visit):
    run_here(spec("a", "b"))
    other = replace(spec("a", "b"), project=str(tmp_path / "o.h5"), one_visit=one_visit)
    run_here(other)
    assert store.read(spec().project).loglik.tobytes() == store.read(other.project).loglik.tobytes()


@pytest.mark.parametrize("stop_at", ["round 1", "round 2"])
def test_that_a_job_cancelled_in_either_round_goes_on_where_it_was(
    spec, run_here, tmp_path, stop_at
):
    control = Control()

    def cancel_soon(event):
        if isinstance(event, Progress) and event.entry == "run/step1" and stop_at in event.message:
            control.cancel()

    assert isinstance(run_here(spec("a", "b", "c"), control, cancel_soon)[-1], CancelledEvent)
    project = store.read(spec().project)
    assert project.entries[0].n_prefix >= FIRST
    events = run_here(spec("a", "b", "c"))
    assert isinstance(events[-1], Finished)
    if stop_at == "round 2":
        assert not any("round 1" in e.message for e in of(events, Progress))
    whole = replace(spec("a", "b", "c"), project=str(tmp_path / "whole.h5"))
    run_here(whole)
    resumed = store.read(spec().project)
    assert resumed.loglik.tobytes() == store.read(whole.project).loglik.tobytes()
    assert {e.status for e in resumed.entries} == {"done"}


def test_that_progress_never_goes_back_and_names_the_round(spec, run_here):
    events = of(run_here(spec("a", "b")), Progress)
    fractions = [e.fraction for e in events]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    assert any("round 1 of 2, first 500 texts" in e.message for e in events)


def test_that_one_bad_checkpoint_is_left_out_of_the_second_round(spec, run_here):
    events = run_here(spec("a", "nan", "broken"))
    entries = store.read(spec().project).entries
    assert [e.status for e in entries] == ["done", "failed", "failed"]
    assert events[-1].summary["n_failed"] == 2


class _Trouble(StandInScorer):
    """From its second visit on, checkpoint ``b`` meets the error of the class."""

    opening: Exception | None = None
    scoring: Exception | None = None
    visits: ClassVar[Counter[str]] = Counter()

    def open(self, checkpoint, texts):
        name = checkpoint.path.rpartition("/")[2]
        self.visits[name] += 1
        model = super().open(checkpoint, texts)
        if name == "b" and self.visits[name] > 1:
            if self.opening:
                raise self.opening
            model.score = self._raise
        return model

    def _raise(self, plan, batches):
        raise self.scoring
        yield


def _trouble(monkeypatch, **errors):
    cls = type("Trouble", (_Trouble,), {"visits": Counter(), **errors})
    monkeypatch.setattr(scoring_job, "open_scorer", lambda name, settings: cls(settings))


@pytest.mark.parametrize(
    "errors",
    [
        {"opening": ScoringError("its weights are cut short")},
        {"opening": WorkerLost("the GPU failed")},
        {"scoring": WorkerLost("the GPU failed")},
    ],
)
def test_that_the_first_round_is_kept_when_the_second_cannot_be_made(
    spec, run_here, tmp_path, monkeypatch, errors
):
    with monkeypatch.context() as patch:
        _trouble(patch, **errors)
        events = run_here(spec("a", "b", "c"))
    assert events[-1].summary["n_failed"] == 1
    assert any("run b stays partly scored. Its" in n.message for n in of(events, Notice))
    project = store.read(spec().project, parts=False)
    entry = project.entries[1]
    assert [e.status for e in project.entries] == ["done", "partial", "done"]
    assert (entry.n_prefix, entry.n_scored) == (FIRST, FIRST)
    assert "cut short" in entry.error or "the GPU failed" in entry.error
    assert np.isfinite(project.loglik[1]).sum() == FIRST
    rows, prefix, left_out = usable(project, project.recipes["raw"], range(3), one_rule=True)
    assert (rows, prefix) == ([0, 2], N)
    assert "stopped half-way: Its" in left_out[0].reason
    rows, prefix, _ = usable(project, project.recipes["raw"], [0, 1], one_rule=False)
    assert (rows, prefix) == ([0, 1], FIRST)
    run_here(spec("a", "b", "c"))
    whole = replace(spec("a", "b", "c"), project=str(tmp_path / "whole.h5"))
    run_here(whole)
    resumed = store.read(spec().project)
    assert resumed.loglik.tobytes() == store.read(whole.project).loglik.tobytes()
    assert {(e.status, e.error) for e in resumed.entries} == {("done", "")}


def test_that_nothing_is_kept_of_a_model_that_turns_out_bad(spec, run_here, monkeypatch):
    _trouble(monkeypatch, scoring=ScoringError("its log-likelihoods are not numbers"))
    run_here(spec("a", "b", "c"))
    project = store.read(spec().project)
    assert project.entries[1].status == "failed"
    assert np.isnan(project.loglik[1]).all()


def test_that_several_workers_share_the_queue_and_write_the_same_file(spec, run_here, tmp_path):
    names = [f"c{k}" for k in range(7)]
    run_here(spec(*names))
    many = replace(spec(*names), project=str(tmp_path / "many.h5"), device="cpu,cpu")
    assert isinstance(run_here(many)[-1], Finished)
    one, two = store.read(spec().project), store.read(many.project)
    assert one.loglik.tobytes() == two.loglik.tobytes()
    assert [e.id for e in one.entries] == [e.id for e in two.entries]


def test_that_a_first_round_checkpoint_without_a_digest_is_known_again(spec, run_here):
    job = spec("a")
    (checkpoint,) = job.checkpoints
    nameless = replace(job, checkpoints=(checkpoint.with_(digest=""),))
    control = Control()

    def cancel_soon(event):
        if isinstance(event, Partial) and event.status == "planned":
            control.cancel()

    run_here(nameless, control, cancel_soon)
    run_here(job)
    entries = store.read(job.project).entries
    assert [(e.id, e.status, e.digest) for e in entries] == [("run/step0", "done", "digest a")]


def test_that_a_partial_entry_scored_another_way_starts_anew(spec, run_here, tmp_path):
    control = Control()

    def cancel_soon(event):
        if isinstance(event, Progress) and "round 2" in event.message:
            control.cancel()

    run_here(spec("a"), control, cancel_soon)
    assert store.read(spec().project).entries[0].n_prefix >= FIRST
    seen = []

    def look(event):
        if isinstance(event, Partial) and event.committed and not seen:
            seen.append(store.read(spec().project))

    run_here(spec("a", tokens=True), also=look)
    (project,) = seen
    assert (project.entries[0].status, project.entries[0].n_prefix) == ("planned", 0)
    assert np.isnan(project.loglik).all()
    done = store.read(spec().project)
    assert done.entries[0].status == "done"
    assert store.has_tokens(done.path, done.entries[0].id)


def test_that_token_detail_under_way_is_kept_for_the_next_job(spec, run_here, monkeypatch):
    run_here(spec("a", "b"))
    monkeypatch.setenv("KLSCOPE_STAND_IN_PAUSE", "0.01")
    control = Control()

    def cancel_soon(event):
        if isinstance(event, Progress) and event.entry_fraction > 0.6:
            control.cancel()

    job = spec("a", "b", tokens=True)
    assert isinstance(run_here(job, control, cancel_soon)[-1], CancelledEvent)
    events = run_here(job)
    assert events[-1].summary["n_detailed"] == 2
    assert of(events, Progress)[0].fraction > 0.3
    project = store.read(spec().project)
    for entry, row in zip(project.entries, project.loglik, strict=True):
        detail = store.read_tokens(project.path, entry.id)
        sums = [np.nansum(detail.of(k).astype(float)) for k in range(N)]
        assert np.allclose(sums, row, rtol=2e-3, atol=0.01)
