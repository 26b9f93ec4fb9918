"""Trees of entries and their Newick text."""

from __future__ import annotations

import math
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compute.analysis import clustering
from compute.analysis.clustering import labels_of, tree_of, tree_of_project
from compute.analysis.newick import newick, quoted
from compute.core.errors import InputError, UsageError
from compute.core.tables import BUILT_IN_RECIPES, Entry, Snapshot, TextSet


class Rows:
    """Scaled rows without a project."""

    def __init__(self, rows: np.ndarray) -> None:
        self._rows = rows - rows.mean(axis=0)
        self.ids = tuple(f"e{k}" for k in range(len(rows)))
        self.n_texts = rows.shape[1]

    def part(self, rows):
        return self._rows[rows]


def random_rows(k: int, seed: int = 0, n: int = 12) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(k, n))


def naive_heights(rows: np.ndarray, linkage: str) -> list[float]:
    """Merge the two nearest clusters until one is left, from the definition of their distance."""

    def apart(a: list[int], b: list[int]) -> float:
        if linkage == "average":
            pairs = [((rows[i] - rows[j]) ** 2).sum() for i in a for j in b]
            return float(np.mean(pairs))
        weight = 2 * len(a) * len(b) / (len(a) + len(b))
        return float(math.sqrt(weight) * np.linalg.norm(rows[a].mean(0) - rows[b].mean(0)))

    clusters, heights = [[k] for k in range(len(rows))], []
    while len(clusters) > 1:
        pairs = [(i, j) for i in range(len(clusters)) for j in range(i)]
        i, j = min(pairs, key=lambda pair: apart(clusters[pair[0]], clusters[pair[1]]))
        heights.append(apart(clusters[i], clusters[j]))
        clusters[j] += clusters.pop(i)
    return heights


def parsed(text: str) -> tuple[dict[str, list[float]], int]:
    """Leaf -> lengths of the branches up to the root; and how many inner nodes there are."""
    tokens = re.findall(r"'(?:[^']|'')*'|[(),;]|:[^(),;]+|[^(),;:]+", text.strip())
    stack: list[list[dict[str, list[float]]]] = [[]]
    inner = 0
    for token in tokens:
        if token == "(":
            stack.append([])
        elif token == ")":
            merged = {name: way for child in stack.pop() for name, way in child.items()}
            stack[-1].append(merged)
            inner += 1
        elif token.startswith(":"):
            for way in stack[-1][-1].values():
                way.append(float(token[1:]))
        elif token not in ",;":
            name = token[1:-1].replace("''", "'") if token.startswith("'") else token
            stack[-1].append({name: []})
    assert len(stack) == len(stack[0]) == 1
    return stack[0][0], inner


@settings(max_examples=20, deadline=None)
@given(k=st.integers(2, 12), seed=st.integers(0, 999), linkage=st.sampled_from(["ward", "average"]))
def test_that_heights_are_those_of_a_naive_clustering(k: int, seed: int, linkage: str) -> None:
    rows = random_rows(k, seed)
    tree = tree_of(Rows(rows), linkage)
    np.testing.assert_allclose(tree.heights, naive_heights(rows, linkage), rtol=1e-9)


@settings(max_examples=20, deadline=None)
@given(k=st.integers(2, 15), seed=st.integers(0, 999), linkage=st.sampled_from(["ward", "average"]))
def test_that_newick_read_back_has_every_leaf_and_height(k: int, seed: int, linkage: str) -> None:
    tree = tree_of(Rows(random_rows(k, seed)), linkage)
    ways, inner = parsed(tree.newick(tree.ids))
    assert set(ways) == set(tree.ids)
    assert inner == k - 1
    for way in ways.values():
        assert sum(way) == pytest.approx(tree.heights[-1] / 2)
    leaves = list(ways)
    assert leaves == [tree.ids[i] for i in tree.order]
    for merge, height in zip(tree.merges.tolist(), tree.heights, strict=True):
        if max(merge) < k:
            a, b = (ways[tree.ids[i]] for i in merge)
            assert a[0] + b[0] == pytest.approx(height)


def test_that_labels_of_every_kind_come_back() -> None:
    labels = [
        "a b",
        "it's",
        "(x)",
        "under_score",
        "",
        "a:b,c;[d]",
        "plain-1.5",
        "ünï",
        "two\nlines",
    ]
    merges = [(k if k == 0 else len(labels) + k - 1, k + 1) for k in range(len(labels) - 1)]
    ways, _ = parsed(newick(merges, range(1, len(labels)), labels))
    assert list(ways) == [*labels[:-1], "two lines"]
    assert quoted("plain-1.5") == "plain-1.5"
    assert quoted("a_b") == "'a_b'"


def test_that_a_long_chain_is_written_without_running_out_of_stack() -> None:
    n = 5000
    merges = [(0, 1), *((n + k, k + 2) for k in range(n - 2))]
    text = newick(merges, range(1, n), [str(k) for k in range(n)])
    assert (text.count("("), text.count(":"), text[-2:]) == (n - 1, 2 * n - 2, ";\n")


def test_that_a_single_entry_and_two_have_trees_and_say_what_is_not_defined() -> None:
    one = tree_of(Rows(random_rows(1)))
    assert one.newick(["only"]) == "only;\n"
    assert (one.clusters(1).tolist(), one.notes) == ([1], ("A single entry has no tree",))
    two = tree_of(Rows(np.array([[1.0, -1.0], [0.0, 0.0]])))
    assert two.heights.tolist() == pytest.approx([math.sqrt(2)])
    assert math.isnan(two.cophenetic)
    assert two.notes == ("A cophenetic correlation needs three entries",)


def test_that_equal_rows_merge_at_zero_without_nan() -> None:
    rows = random_rows(4)
    tree = tree_of(Rows(np.concatenate([rows, rows[:2]])))
    assert tree.heights[:2].tolist() == [0, 0]
    assert tree.clusters(4)[[0, 1]].tolist() == tree.clusters(4)[[4, 5]].tolist()
    same = tree_of(Rows(np.zeros((4, 3))))
    assert (same.heights == 0).all()
    assert math.isnan(same.cophenetic)
    assert "equally far apart" in same.notes[0]


@settings(max_examples=15, deadline=None)
@given(k=st.integers(1, 15), seed=st.integers(0, 99))
def test_that_a_cut_into_n_gives_n_clusters_in_the_order_of_the_leaves(k: int, seed: int) -> None:
    tree = tree_of(Rows(random_rows(k, seed)))
    for n in range(1, k + 1):
        found = tree.clusters(n)
        along = found[tree.order]
        assert list(dict.fromkeys(along)) == list(range(1, n + 1))
        assert (np.diff(along) >= 0).all()
        if 1 < n < k:
            between = (tree.heights[k - n - 1] + tree.heights[k - n]) / 2
            np.testing.assert_array_equal(tree.cut(between), found)
    with pytest.raises(UsageError, match=f"into {k + 1} clusters"):
        tree.clusters(k + 1)


def test_that_groups_far_apart_are_found_and_fit_their_tree() -> None:
    centres = 50 * random_rows(3, 1)
    rows = np.concatenate([c + random_rows(5, k) for k, c in enumerate(centres)])
    for linkage in ("ward", "average"):
        tree = tree_of(Rows(rows), linkage)
        groups = tree.clusters(3).reshape(3, 5)
        assert (groups == groups[:, :1]).all()
        assert tree.cophenetic > 0.9


def test_that_the_cophenetic_correlation_is_that_of_all_pairs() -> None:
    rows = random_rows(9)
    tree = tree_of(Rows(rows), "average")
    ways, _ = parsed(tree.newick(tree.ids))
    joined, apart = [], []
    for i in range(9):
        for j in range(i):
            a, b = (list(np.cumsum(ways[f"e{k}"])) for k in (i, j))
            joined.append(min(x for x in a if any(abs(x - y) < 1e-12 for y in b)))
            apart.append(((rows[i] - rows[j]) ** 2).sum())
    assert tree.cophenetic == pytest.approx(np.corrcoef(joined, apart)[0, 1])


def test_that_more_entries_than_fit_are_refused_and_many_are_left_unordered(monkeypatch) -> None:
    monkeypatch.setattr(clustering, "MOST_ORDERED", 4)
    assert "not in optimal order" in tree_of(Rows(random_rows(5))).notes[0]
    monkeypatch.setattr(clustering, "MOST", 4)
    with pytest.raises(InputError, match=r"5 entries have 10 distances.*at most 4 entries"):
        tree_of(Rows(random_rows(5)))
    with pytest.raises(UsageError, match=r"no linkage 'single'.*ward, average"):
        tree_of(Rows(random_rows(3)), "single")


def test_that_a_project_is_clustered_with_labels_that_are_told_apart() -> None:
    rng = np.random.default_rng(0)
    texts = TextSet(tuple("abcdefgh"), ("x" * 300,) * 8, ("",) * 8)
    labels = ["one", "twin", "twin", "", "nan"]
    entries = tuple(Entry(f"e{k}", label=name, status="done") for k, name in enumerate(labels))
    loglik = rng.normal(-600, 50, (5, 8)).astype(np.float32)
    loglik[4] = np.nan
    recipes = {r.name: r for r in BUILT_IN_RECIPES}
    snapshot = Snapshot(Path("made-up.h5"), texts, entries, loglik, recipes)
    found = tree_of_project(snapshot, "raw")
    assert found.labels == ("one", "e1", "e2", "e3") == labels_of(entries[:4])
    assert [item.id for item in found.left_out] == ["e4"]
    assert (found.n_texts, found.recipe, found.tree.unit) == (8, "raw", "sqrt(bits/byte)")
    with pytest.raises(UsageError, match="no recipe 'nope'"):
        tree_of_project(snapshot, "nope")
