from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from compute import store
from compute.core.assets import asset
from compute.core.control import Control
from compute.core.errors import Cancelled, StoreError
from compute.core.events import Event, Frame, Notice, Progress, Started, packed
from compute.core.specs import EmbedSpec, EmbedWorkerSpec
from compute.core.tables import Entry, Recipe, TextSet
from compute.executors import LocalExecutor
from compute.geometry import recipe_to_json
from compute.jobs.embed import embed
from compute.jobs.embed_worker import serve

FROZEN = Recipe("clip2", clip_quantile=0.02, tau=-900.0)
PATIENCE_S = 60


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of 30 done entries over 50 texts with a frozen tau."""
    rng = np.random.default_rng(0)
    texts = TextSet(
        tuple(f"t{i}" for i in range(50)), tuple("x" * 300 for _ in range(50)), ("",) * 50
    )
    walk = rng.normal(-600, 100, size=50) + np.cumsum(rng.normal(0, 9, size=(30, 50)), axis=0)
    entries = tuple(
        Entry(f"e{i}", label=f"run@{i}", run="run", step=i, status="done", n_scored=50)
        for i in range(30)
    )
    rows = {e.id: row.astype(np.float32) for e, row in zip(entries, walk, strict=True)}
    path = tmp_path / "project.h5"
    store.create(path, texts)
    store.commit(path, store.PutEntries(entries), store.PutRows(rows), store.PutRecipe(FROZEN))
    return path


def run(spec: EmbedSpec) -> tuple[Mapping[str, Any], list[Event]]:
    events: list[Event] = []
    return embed(spec, events.append, Control()), events


def test_that_a_job_sends_frames_and_progress_and_keeps_the_last(project: Path) -> None:
    spec = EmbedSpec(str(project), perplexity=5, n_iter=50, frame_every=100, generation=3)
    summary, events = run(spec)
    frames = [e for e in events if isinstance(e, Frame)]
    assert [(f.iteration, f.final) for f in frames] == [
        (100, False),
        (200, False),
        (300, True),
    ]
    assert {f.generation for f in frames} == {3}
    assert any(isinstance(e, Progress) for e in events)
    kept = store.read_embedding(project, summary["key"])
    assert kept is not None
    assert (kept.coords == frames[-1].coords).all()
    assert summary["coords"] == kept.coords.tolist()
    assert frames[-1].info["n_texts"] == 50
    assert frames[-1].params["perplexity"] == 5


def test_that_a_second_run_takes_the_same_coordinates_from_the_cache(project: Path) -> None:
    spec = EmbedSpec(str(project), perplexity=5, n_iter=20)
    first, before = run(spec)
    again, after = run(spec)
    assert (first["info"]["cached"], again["info"]["cached"]) == (False, True)
    assert first["key"] == again["key"]
    assert sum(isinstance(e, Frame) for e in after) == 1
    assert (before[-1].coords == after[-1].coords).all()


def test_that_a_provisional_map_is_marked_and_not_kept(project: Path) -> None:
    store.commit(project, store.PutRecipe(replace(FROZEN, tau=float("nan"))))
    summary, _ = run(EmbedSpec(str(project), method="pca"))
    assert summary["info"]["provisional"]
    assert store.embedding_keys(project) == ()


def test_that_a_map_under_a_recipe_that_no_file_holds_is_drawn_and_not_kept(project: Path) -> None:
    held = replace(FROZEN, name="tried out", dropped_texts=("t3", "t4"), version=0)
    spec = EmbedSpec(str(project), method="pca", recipe=held.name, held=recipe_to_json(held))
    summary, _ = run(spec)
    assert (summary["info"]["recipe"], summary["info"]["n_texts"]) == ("tried out", 48)
    assert summary["info"]["provisional"]
    assert store.embedding_keys(project) == ()


def test_that_a_map_of_few_entries_is_pca_with_a_note_each_time(project: Path) -> None:
    spec = EmbedSpec(str(project), entries=("e1", "e2", "e3"))
    for _ in range(2):
        summary, _ = run(spec)
        assert summary["params"] == {"method": "pca", "dims": 2}
        assert summary["info"]["note"].startswith("This map is a PCA: t-SNE needs at least 10")
    pca, _ = run(replace(spec, method="pca"))
    assert (pca["key"], pca["info"]["note"]) == (summary["key"], "")


def test_that_a_map_that_cannot_be_kept_is_still_drawn(project: Path, monkeypatch) -> None:
    def refuse(*_args: object) -> None:
        raise StoreError("the folder is read-only", tried="Writing project.h5")

    monkeypatch.setattr(store, "commit", refuse)
    _, events = run(EmbedSpec(str(project), method="pca"))
    assert any(isinstance(e, Notice) and "read-only" in e.message for e in events)
    assert isinstance(events[-1], Frame)
    assert events[-1].final


class Worker:
    """The worker in a thread, with what it sends in a queue."""

    def __init__(self) -> None:
        self.control = Control()
        self.events: queue.Queue[Event] = queue.Queue()
        self.ended_by: BaseException | None = None
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        try:
            serve(EmbedWorkerSpec(), self.events.put, self.control)
        except Cancelled as ending:
            self.ended_by = ending

    def ask(self, generation: int, spec: EmbedSpec, **more: Any) -> None:
        self.control.on_request(
            {"request": "embed", "generation": generation, "spec": asdict(spec), **more}
        )

    def until(self, wanted) -> Event:
        while True:
            event = self.events.get(timeout=PATIENCE_S)
            if wanted(event):
                return event

    def close(self) -> None:
        self.control.cancel()
        self._thread.join(PATIENCE_S)


@pytest.fixture
def worker() -> Iterator[Worker]:
    made = Worker()
    try:
        assert made.events.get(timeout=PATIENCE_S) == Started("warm")
        yield made
    finally:
        made.close()
    assert isinstance(made.ended_by, Cancelled)


def is_frame(generation: int, *, final: bool):
    def wanted(event: Event) -> bool:
        assert not isinstance(event, Notice), event
        if isinstance(event, Frame) and event.generation == generation:
            return event.final == final
        assert not (isinstance(event, Frame) and event.final), "a superseded map was finished"
        return False

    return wanted


def test_that_a_newer_request_replaces_the_one_that_is_running(
    worker: Worker, project: Path
) -> None:
    worker.ask(1, EmbedSpec(str(project), perplexity=5, n_iter=10_000))
    worker.until(is_frame(1, final=False))
    worker.ask(2, EmbedSpec(str(project), perplexity=6, n_iter=20))
    last = worker.until(is_frame(2, final=True))
    assert last.params["perplexity"] == 6
    assert store.embedding_keys(project) == (last.key,)


def test_that_the_worker_goes_on_after_stop_and_after_an_error(
    worker: Worker, project: Path
) -> None:
    worker.ask(1, EmbedSpec(str(project), perplexity=5, n_iter=10_000))
    worker.until(is_frame(1, final=False))
    worker.control.on_request({"request": "stop"})
    worker.ask(2, EmbedSpec(str(project.with_name("not-there.h5"))))
    notice = worker.until(lambda e: isinstance(e, Notice))
    assert notice.entry == "generation:2"
    assert "not-there.h5" in notice.message
    worker.control.on_request({"request": "embed", "generation": 3, "spec": {"colour": "red"}})
    assert worker.until(lambda e: isinstance(e, Notice)).entry == "generation:3"
    worker.ask(4, EmbedSpec(str(project), method="pca", dims=3))
    assert worker.until(is_frame(4, final=True)).coords.shape == (30, 3)


def test_that_frames_of_the_worker_come_at_most_twenty_times_a_second(
    worker: Worker, project: Path
) -> None:
    start = time.monotonic()
    worker.ask(1, EmbedSpec(str(project), perplexity=5, n_iter=750, frame_every=1, cache=False))
    count = 0
    while not worker.until(lambda e: isinstance(e, Frame)).final:
        count += 1
    assert 1 <= count <= (time.monotonic() - start) * 20 + 1


def test_that_a_preview_goes_on_from_the_positions_given_and_is_not_kept(
    worker: Worker, project: Path
) -> None:
    start = np.random.default_rng(0).normal(0, 8, (30, 2)).astype(np.float32)
    spec = EmbedSpec(str(project), perplexity=5, n_iter=30, frame_every=1)
    worker.ask(1, spec, start=packed(start))
    first = worker.until(is_frame(1, final=False))
    assert np.abs(first.coords - start).max() < 0.2 * np.abs(start).max()
    last = worker.until(is_frame(1, final=True))
    assert (last.key, last.info["preview"], last.params["perplexity"]) == ("", True, 5)
    assert store.embedding_keys(project) == ()
    worker.ask(2, spec)
    assert worker.until(is_frame(2, final=True)).key
    worker.ask(3, spec, start=packed(start[:9]))
    notice = worker.until(lambda e: isinstance(e, Notice))
    assert "the positions do not fit the entries" in notice.message


def test_that_a_pause_holds_the_frames_until_resume_or_another_request(
    worker: Worker, project: Path
) -> None:
    worker.ask(1, EmbedSpec(str(project), perplexity=5, n_iter=10_000, frame_every=5))
    worker.until(is_frame(1, final=False))
    worker.control.pause()
    time.sleep(0.1)
    while not worker.events.empty():
        worker.events.get()
    with pytest.raises(queue.Empty):
        worker.events.get(timeout=0.3)
    worker.control.resume()
    worker.until(is_frame(1, final=False))
    worker.control.pause()
    worker.ask(2, EmbedSpec(str(project), perplexity=6, n_iter=20))
    assert worker.until(is_frame(2, final=True)).params["perplexity"] == 6


def test_that_two_processes_give_identical_coordinates(project: Path, tmp_path: Path) -> None:
    coords = []
    for name in ("a.h5", "b.h5"):
        copy = tmp_path / name
        copy.write_bytes(project.read_bytes())
        frames: list[Event] = []
        spec = EmbedSpec(str(copy), perplexity=5, n_iter=100, exaggeration=2, frame_every=0)
        LocalExecutor().start(spec, frames.append, lambda _exit: None).wait(PATIENCE_S)
        (key,) = store.embedding_keys(copy)
        coords.append((key, store.read_embedding(copy, key).coords.tobytes()))
    assert coords[0] == coords[1]


def test_that_new_entries_join_the_stored_map_and_changed_rows_end_it(project: Path) -> None:
    ids = tuple(f"e{i}" for i in range(30) if i % 5)
    spec = EmbedSpec(str(project), perplexity=5, n_iter=50)
    base, _ = run(replace(spec, entries=ids))
    joined, events = run(replace(spec, base="auto"))
    assert joined["info"]["placed"] == [f"e{i}" for i in range(0, 30, 5)]
    assert [joined["coords"][int(i[1:])] for i in ids] == base["coords"]
    assert sum(isinstance(e, Frame) for e in events) == 1
    assert run(replace(spec, base="auto"))[0]["info"]["cached"]
    store.commit(project, store.PutRecipe(replace(FROZEN, tau=-620.0)))
    again, _ = run(replace(spec, base="auto"))
    assert (again["info"]["base_words"], again["info"]["cached"]) == ("", False)


def test_that_the_maps_of_the_example_are_found_under_the_keys_of_today() -> None:
    """Those of what the window shows at first: everything but layers."""
    example = asset("example.h5")
    shown = tuple(e.id for e in store.read(example).entries if e.layer < 0)
    for dims in (2, 3):
        _, events = run(EmbedSpec(str(example), dims=dims, entries=shown, cache=False))
        assert events[-1].info["cached"]
