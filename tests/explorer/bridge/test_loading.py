"""What a project gives the window: partly scored entries, several BOS rules, and why it moves."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from compute import store
from compute.core.tables import Entry, Recipe, TextSet
from explorer.bridge import questions
from explorer.bridge.desk import Desk
from explorer.bridge.jobs import EmbedWorker
from explorer.bridge.session import Session, _why_it_moves
from explorer.state.app import AppState
from explorer.state.selection import select

N = 1000


class Project:
    """A project of entries over a thousand texts, each with so many settled ones."""

    def __init__(self, path: Path) -> None:
        names = tuple(f"t{i}" for i in range(N))
        self.path = path
        self.texts = TextSet(names, tuple("x" * (300 + i % 7) for i in range(N)), ("",) * N)
        store.create(path, self.texts)

    def put(self, **settled: int) -> None:
        entries, rows = [], {}
        for k, (name, n) in enumerate(settled.items()):
            status = "done" if n == N else "partial"
            bos = "prepend" if name.startswith("p") else "tokenizer"
            entries.append(
                Entry(name, name, run="a", step=k, bos=bos, status=status, n_scored=n, n_prefix=n)
            )
            row = np.random.default_rng(k).normal(-600, 90, N).astype(np.float32)
            row[store.read(self.path).texts.order[n:]] = np.nan
            rows[name] = row
        store.commit(self.path, store.PutEntries(tuple(entries)), store.PutRows(rows))

    def load(self, *hidden: str) -> questions.Loaded:
        return questions.load(self.path, "raw", frozenset(hidden))


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path / "p.h5")


def test_that_partly_scored_entries_are_on_the_map_with_a_remark(project: Project) -> None:
    project.put(a=N, b=500, c=499)
    loaded = project.load()
    assert loaded.prepared.ids == ("a", "b")
    assert loaded.n_usable == 2
    assert [r.words for r in loaded.remarks] == [
        "First 500 of 1,000 texts. The errors are common to all pairs."
    ]
    assert np.isfinite(loaded.bits_per_byte).all()


def test_that_a_map_needs_two_entries_and_says_why_there_is_none(project: Project) -> None:
    project.put(a=N, b=12)
    assert project.load().why_empty == "One entry is scored. Comparing needs two."
    project.put(a=N, p=N)
    loaded = project.load()
    assert loaded.prepared is None
    assert "p: scored with another BOS rule (prepend)" in loaded.why_empty
    assert project.load("a").prepared is None


def test_that_entries_of_another_rule_are_left_out_with_a_remark(project: Project) -> None:
    project.put(a=N, b=N, p=N)
    loaded = project.load()
    assert (loaded.prepared.ids, loaded.rule) == (("a", "b"), "tokenizer")
    assert [(r.words, r.level) for r in loaded.remarks] == [
        ("Left out: 1 entry with another BOS rule.", "warn")
    ]
    assert project.load("a", "b").rule == "prepend"


def test_that_a_change_of_the_texts_is_explained_and_a_longer_prefix_is_not(
    project: Project,
) -> None:
    stages = []
    for settled in ({"a": N, "b": N}, {"c": 500}, {"c": 700}, {"c": N}):
        project.put(**settled)
        stages.append(project.load())
    said = [
        _why_it_moves(before, now.prepared)
        for before, now in zip([None, *stages], stages, strict=False)
    ]
    assert said[0] == said[2] == ""
    assert said[1].startswith("The map is over the first 500 of 1,000 texts while new entries")
    assert said[3] == "The map is now over all 1,000 texts. Before, it was over the first 700."


def test_that_nothing_is_said_of_distances_where_there_are_none(project: Project, qtbot) -> None:
    project.put(a=N, b=N, c=N, d=N)
    state, desk = AppState(), Desk()
    state.map.method, state.shell.recipe = "pca", "raw"  # needs no worker
    session = Session(state, desk, EmbedWorker(desk), desk)
    curves, cards = [], []
    session.silhouette.connect(curves.append)
    session.model.connect(cards.append)
    with qtbot.waitSignal(session.opened, timeout=10_000):
        session.open(project.path)
    select(state.selection, "b")
    qtbot.waitUntil(lambda: bool(cards and cards[-1].neighbours), timeout=10_000)
    qtbot.waitUntil(lambda: bool(curves and len(curves[-1].kl)), timeout=10_000)
    state.library.unticked = frozenset("abcd")
    qtbot.waitUntil(lambda: not len(curves[-1].kl), timeout=10_000)
    assert (cards[-1].entry.id, cards[-1].neighbours) == ("b", ())
    session.close()
    desk.close()


def test_that_what_somebody_else_wrote_is_read_and_nothing_is_read_twice(
    project: Project, qtbot
) -> None:
    project.put(a=N, b=N, c=N, d=N)
    state, desk = AppState(), Desk()
    state.map.method, state.shell.recipe = "pca", "raw"  # needs no worker
    session = Session(state, desk, EmbedWorker(desk), desk)
    with qtbot.waitSignal(session.opened, timeout=10_000):
        session.open(project.path)
    first = state.library.entries
    entry = replace(first[0], label="from elsewhere")
    store.commit(project.path, store.PutEntries((entry,)))
    session.look_again()
    qtbot.waitUntil(lambda: state.library.entries[0].label == "from elsewhere", timeout=10_000)
    read = state.library.entries
    session.look_again()
    project.path.unlink()
    session.look_again()
    qtbot.wait(50)
    assert state.library.entries is read
    assert not state.shell.problem
    session.close()
    desk.close()


def test_that_another_recipe_is_given_as_the_reason_once_it_is_frozen(project: Project) -> None:
    project.put(a=N, b=N)
    taus = (float("nan"), -700.0, -650.0)
    loaded = []
    for tau in taus:
        store.commit(project.path, store.PutRecipe(Recipe("own", clip_quantile=0.02, tau=tau)))
        loaded.append(questions.load(project.path, "own", frozenset()))
    assert _why_it_moves(loaded[0], loaded[1].prepared) == ""
    assert _why_it_moves(loaded[1], loaded[2].prepared).startswith("The recipe own is not what")


@pytest.mark.parametrize(
    ("names", "keys"),
    [
        ([], ["auto", "cpu"]),
        (["A"], ["auto", "cpu", "cuda:0"]),
        (["A", "B"], ["auto", "cpu", "cuda:0", "cuda:1", "cuda:0,cuda:1", "spread"]),
    ],
)
def test_that_the_devices_offered_are_those_of_the_machine(monkeypatch, names, keys) -> None:
    monkeypatch.setattr(questions, "_nvidia_names", lambda: names)
    monkeypatch.setattr(questions.sys, "platform", "linux")
    assert [key for key, _ in questions.devices()] == keys
    assert all(words for _, words in questions.devices())


def test_that_a_recipe_that_is_held_counts_until_the_file_has_one_of_its_name(
    project: Project,
) -> None:
    project.put(a=N, b=N)
    held = Recipe("tried", dropped_texts=project.texts.ids[:7], version=0)
    loaded = questions.load(project.path, "tried", frozenset(), held=(held,))
    assert loaded.recipe == "tried"
    assert loaded.prepared.n_texts == N - 7
    assert loaded.prepared.provisional
    store.commit(project.path, store.PutRecipe(Recipe("tried", dropped_texts=("x",) * 0)))
    again = questions.load(project.path, "tried", frozenset(), held=(held,))
    assert again.prepared.n_texts == N
