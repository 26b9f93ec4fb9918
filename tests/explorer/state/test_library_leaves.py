"""Leaves of the library: entries matched to the checkpoints they came from."""

from __future__ import annotations

from typing import Any

from compute.core.tables import Checkpoint, Entry, Listing
from explorer.state.library import LibraryState, leaves, to_score, untrusted


def checkpoint(step: int, **more: Any) -> Checkpoint:
    return Checkpoint(
        path=f"/runs/a/step{step}", label=f"a step {step}", run="a", step=step, **more
    )


def state(*checkpoints: Checkpoint, entries: tuple[Entry, ...] = ()) -> LibraryState:
    return LibraryState(listings=(Listing("/runs", "runs", checkpoints),), entries=entries)


def test_that_a_checkpoint_without_an_entry_is_not_scored_and_is_chosen() -> None:
    library = state(checkpoint(0), checkpoint(8))
    assert [leaf.status for leaf in leaves(library)] == ["not scored", "not scored"]
    assert [c.step for c in to_score(library)] == [0, 8]


def test_that_a_finished_entry_takes_the_place_of_its_checkpoint() -> None:
    done = Entry("a/step0", label="a step 0", run="a", step=0, digest="x", status="done")
    library = state(checkpoint(0, digest="x"), checkpoint(8), entries=(done,))
    found = leaves(library)
    assert [(leaf.key, leaf.status) for leaf in found] == [
        ("a/step0", "done"),
        ("path:/runs/a/step8", "not scored"),
    ]
    assert [c.step for c in to_score(library)] == [8]


def test_that_other_weights_under_the_same_label_are_a_leaf_of_their_own() -> None:
    done = Entry("a/step0", label="a step 0", run="a", step=0, digest="old", status="done")
    library = state(checkpoint(0, digest="new"), entries=(done,))
    assert sorted(leaf.status for leaf in leaves(library)) == ["done", "not scored"]


def test_that_a_checkpoint_of_two_sources_is_one_leaf() -> None:
    done = Entry("a/step0", label="a step 0", run="a", step=0, status="done")
    library = state(checkpoint(0), checkpoint(8), entries=(done,))
    around = Listing("/all", "runs", (checkpoint(0), checkpoint(8), checkpoint(16)))
    library.listings = (*library.listings, around)
    assert [leaf.step for leaf in leaves(library)] == [0, 8, 16]
    assert [c.step for c in to_score(library)] == [8, 16]


def test_that_an_unticked_leaf_is_not_scored() -> None:
    library = state(checkpoint(0), checkpoint(8))
    library.unticked = frozenset({"path:/runs/a/step0"})
    assert [c.step for c in to_score(library)] == [8]


def test_that_a_broken_checkpoint_is_shown_with_its_reason_and_never_chosen() -> None:
    library = state(
        checkpoint(0, problem="The weight file is cut short.", n_bytes=12),
        checkpoint(8, problem="The weights are missing."),
    )
    said = [(leaf.status, leaf.detail) for leaf in leaves(library)]
    assert said[0] == ("failed", "The weight file is cut short.")
    assert said[1] == ("missing", "The weights are missing.")
    assert to_score(library) == ()


def test_that_an_edited_entry_is_still_the_one_of_its_checkpoint() -> None:
    edited = Entry("a/step8", label="best", run="a", step=9, digest="x", status="done")
    (leaf,) = leaves(state(checkpoint(8, digest="x"), entries=(edited,)))
    assert (leaf.key, leaf.label, leaf.status) == ("a/step8", "best", "done")
    assert leaf.checkpoint is not None
    assert len(leaves(state(checkpoint(8, digest="y"), entries=(edited,)))) == 2


def test_that_a_failed_entry_may_be_tried_again() -> None:
    failed = Entry("a/step0", label="a step 0", run="a", step=0, status="failed", error="No.")
    library = state(checkpoint(0), entries=(failed,))
    assert leaves(library)[0].detail == "No."
    assert [c.step for c in to_score(library)] == [0]


def test_that_progress_shows_as_scoring() -> None:
    planned = Entry("a/step0", label="a step 0", run="a", step=0)
    library = state(checkpoint(0), entries=(planned,))
    library.progress = {"a/step0": 0.25}
    (leaf,) = leaves(library)
    assert (leaf.status, leaf.fraction) == ("scoring", 0.25)


def test_that_leaves_are_in_order_of_run_and_step() -> None:
    library = state(checkpoint(16), checkpoint(2), checkpoint(128))
    assert [leaf.step for leaf in leaves(library)] == [2, 16, 128]


def test_that_a_partly_scored_entry_says_of_how_many_and_whether_it_can_be_shown() -> None:
    partial = Entry("a/step0", label="a step 0", run="a", step=0, status="partial", n_scored=700)
    library = state(checkpoint(0), checkpoint(8), entries=(partial,))
    assert leaves(library)[0].detail == "700"
    library.n_texts, library.first_round = 10_000, 500
    (below, _) = leaves(library)
    assert (below.status, below.detail, below.usable) == ("partial", "700 of 10,000", False)
    library.entries = (partial.with_(n_prefix=500),)
    (above, waiting) = leaves(library)
    assert (above.usable, waiting.usable) == (True, False)
    assert above.fraction == 0.07


def test_that_an_entry_of_another_bos_rule_carries_a_caution() -> None:
    done = Entry("a/step0", label="a step 0", run="a", step=0, bos="prepend", status="done")
    library = state(checkpoint(0), entries=(done,))
    (plain,) = leaves(library)
    assert plain.caution == ""
    library.rule = "tokenizer"
    (marked,) = leaves(library, {plain.key: plain})
    assert "BOS rule prepend" in marked.caution
    assert leaves(library, {marked.key: marked})[0] is marked
    library.rule = "prepend"
    assert leaves(library, {marked.key: marked})[0].caution == ""


def test_that_consent_is_asked_once_for_a_run_and_again_for_each_other_model() -> None:
    run = tuple(checkpoint(k).with_(needs_trust=True) for k in (0, 8))
    alone = Checkpoint("/models/odd", "odd", needs_trust=True)
    plain = checkpoint(16)
    asked = untrusted((*run, alone, plain), ())
    assert [(u.name, len(u.paths)) for u in asked] == [("a", 2), ("odd", 1)]
    assert untrusted((*run, alone, plain), asked[0].paths) == asked[1:]


def test_that_what_a_job_has_on_its_list_is_not_scored_twice() -> None:
    planned = Entry("a/step0", label="a step 0", run="a", step=0)
    partial = Entry("a/step8", label="a step 8", run="a", step=8, status="partial", n_scored=5)
    library = state(*map(checkpoint, (0, 8, 16, 32)), entries=(planned, partial))
    library.queued = frozenset(f"path:/runs/a/step{k}" for k in (0, 8, 16))
    assert [leaf.status for leaf in leaves(library)] == [
        "queued",
        "partial",
        "queued",
        "not scored",
    ]
    assert [c.step for c in to_score(library)] == [32]


def test_that_an_adapter_is_a_leaf_beside_its_base() -> None:
    base = Checkpoint("/m", "m")
    adapter = Checkpoint("/m", "lora", adapter="/lora")
    found = leaves(state(base, adapter))
    assert sorted(leaf.key for leaf in found) == ["path:/lora", "path:/m"]
