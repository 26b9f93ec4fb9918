"""Quantized variants and adapters in the queue: entries, null controls, parents, resuming."""

from dataclasses import replace

import numpy as np
import pytest
import tiny_models

from compute import store
from compute.analysis.kinds import quantization_of
from compute.analysis.variants import bytes_on_disk
from compute.core.control import Control
from compute.core.errors import UsageError
from compute.core.events import CancelledEvent, Failed, Notice, Progress
from compute.core.quantization import NULL_TAG, WAYS, way_of
from compute.core.specs import ScoreSpec, from_json, to_json
from compute.core.tables import Checkpoint, Entry
from compute.jobs.entries import queue_items
from compute.jobs.variants import (
    Way,
    is_control,
    remarks,
    with_controls,
    with_parents,
    with_variants,
)
from compute.scoring.stand_in import StandInScorer
from compute.texts import write_texts


def read(spec):
    project = store.read(spec.project)
    return project, {e.id: e for e in project.entries}


def row(project, entry_id):
    return project.loglik[project.row_of[entry_id]]


def test_that_variants_are_entries_after_their_base(spec, run_here):
    run_here(spec("a", quantize=("int8", "nf4-double")))
    project, entries = read(spec())
    assert list(entries) == ["run/step0", "run/step0/int8", "run/step0/nf4-double"]
    base, eight, four = project.entries
    assert {e.status for e in project.entries} == {"done"}
    assert (eight.quantization, eight.relation, eight.parent) == (
        "int8",
        "quantized-from",
        base.id,
    )
    assert (eight.label, eight.run, eight.digest) == ("run a int8", "", base.digest)
    assert [quantization_of(e).kind for e in (eight, four)] == ["8-bit", "4-bit"]
    assert quantization_of(base) is None
    assert base.is_checkpoint
    assert bytes_on_disk(eight) == 4000
    assert bytes_on_disk(base) == -1
    rows = {row(project, name).tobytes() for name in entries}
    assert len(rows) == 3


def test_that_a_second_job_skips_variants_that_are_done(spec, run_here):
    run_here(spec("a", quantize=("int8",)))
    last = run_here(spec("a", quantize=("int8", "nf4")))[-1]
    assert (last.summary["n_skipped"], last.summary["n_scored"]) == (2, 1)
    assert len(store.read(spec().project).entries) == 3


def test_that_a_base_of_the_same_pipeline_needs_no_control(spec, run_here):
    run_here(spec("a"))
    run_here(spec("a", quantize=("int8",)))
    assert not any(NULL_TAG in e.tags for e in store.read(spec().project).entries)


@pytest.mark.parametrize("change", [{"software": "stand-in 0"}, {"device": "cuda:0"}])
def test_that_a_base_of_another_pipeline_gets_a_null_control(change, spec, run_here):
    run_here(spec("a"))
    project, entries = read(spec())
    older = entries["run/step0"].with_(**change)
    store.commit(project.path, store.PutEntries((older,)))
    events = run_here(spec("a", quantize=("int8", "nf4")))
    said = [e.message for e in events if isinstance(e, Notice)]
    assert any("run a null control: its base was scored on another kind" in s for s in said)
    project, entries = read(spec())
    control = entries["run/step0/null-control"]
    assert entries["run/step0"] == older
    assert (control.relation, control.parent, control.quantization) == (
        "quantized-from",
        older.id,
        "",
    )
    assert quantization_of(control).kind == "null"
    assert (control.status, control.software, control.device) == ("done", "stand-in 1", "cpu")
    assert not control.is_checkpoint
    assert row(project, control.id).tobytes() == row(project, older.id).tobytes()
    assert [e.id for e in project.entries][1] == control.id
    last = run_here(spec("a", quantize=("int8", "nf4")))[-1]
    assert last.summary["n_scored"] == 0
    untagged = store.read(project.path).entries[1].with_(tags=("mine",))
    store.commit(project.path, store.PutEntries((untagged,)))
    run_here(spec("a", quantize=("fp4",)))
    assert not any(NULL_TAG in e.tags for e in store.read(project.path).entries)
    assert sum(is_control(e) for e in store.read(project.path).entries) == 1


def queue(checkpoints, existing, ways, way):
    wanted = [(c, "float32") for c in with_variants(checkpoints, ways)]
    items = with_parents(queue_items(wanted, existing, "tokenizer"), existing)
    return with_controls(items, existing, way)


def test_that_a_control_that_was_begun_is_gone_on_with_and_an_old_one_left():
    here, now = Way("cpu", "new"), {"dtype": "float32", "bos": "tokenizer", "digest": "d"}
    base = Entry("m", "m", status="done", device="cpu", software="old", **now)
    old = base.with_(
        id="m/null-control", label="m null control", tags=(NULL_TAG,), software="older", parent="m"
    )
    checkpoint = Checkpoint("/m", "m", digest="d")
    items = queue([checkpoint], [base, old], ("nf4",), here)
    assert [i.entry.id for i in items] == ["m", "m/null-control-2", "m/nf4"]
    assert [i.entry.label for i in items][1] == "m null control 2"
    begun = old.with_(id="x", status="partial", n_scored=3)
    items = queue([checkpoint], [base, old, begun], ("nf4",), here)
    assert [i.entry.id for i in items] == ["m", "x", "m/nf4"]
    done = old.with_(id="y", software="new")
    assert [i.entry.id for i in queue([checkpoint], [base, done], ("nf4",), here)] == ["m", "m/nf4"]


def test_that_a_control_belongs_to_one_device_kind_not_to_one_device():
    base = Entry("m", "m", "f", device="cuda:1", software="s")
    assert Way("cuda:0", "s").made(base)
    assert not Way("cpu", "s").made(base)
    assert not Way("cuda", "t").made(base)


def test_that_adapters_and_quantized_checkpoints_bring_no_variants_of_their_own():
    adapter = Checkpoint("/m", "lora", adapter="/lora")
    made = Checkpoint("/m", "m", quantize="nf4")
    assert with_variants([adapter, made], ("int8",)) == (adapter, made)
    items = queue_items([(adapter, "float32")], (), "tokenizer")
    assert remarks(items, ("int8",)) == ("Adapters are not quantized (lora).",)
    assert remarks(items, ()) == ()


def test_that_plans_of_another_quantization_are_not_mixed(spec, run_here):
    """Two ways of one model have entries of their own, whose plans say the way."""
    identities = []
    real = store.Parts.write_plan

    def keep(self, entry_id, plan):
        identities.append((entry_id, plan["identity"]))
        real(self, entry_id, plan)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store.Parts, "write_plan", keep)
        run_here(spec("a", quantize=("int8", "nf4")))
    found = {entry_id: identity.get("quantization") for entry_id, identity in identities}
    assert found == {"run/step0": None, "run/step0/int8": "int8", "run/step0/nf4": "nf4"}
    assert all("software" in i for e, i in identities if e != "run/step0")


def test_that_one_variant_that_fails_never_stops_the_queue(spec, run_here, monkeypatch):
    from compute.core.errors import ScoringError

    real = StandInScorer.open

    def fails(self, checkpoint, texts):
        if checkpoint.quantize == "int8":
            raise ScoringError("quantizing it needs bitsandbytes (pip install bitsandbytes)")
        return real(self, checkpoint, texts)

    monkeypatch.setattr(StandInScorer, "open", fails)
    run_here(spec("a", quantize=("int8", "nf4")))
    _, entries = read(spec())
    assert [e.status for e in entries.values()] == ["done", "failed", "done"]
    assert "pip install bitsandbytes" in entries["run/step0/int8"].error


def test_that_an_unknown_way_is_refused_before_anything_is_made(spec, run_here):
    last = run_here(spec("a", quantize=("int3",)))[-1]
    assert isinstance(last, Failed)
    assert "'int3'" in last.message
    assert "fp4-double" in last.message


@pytest.mark.parametrize(
    ("text", "double", "way"),
    [
        ("8bit", False, "int8"),
        ("8-bit", True, "int8"),
        ("INT8", False, "int8"),
        ("nf4", False, "nf4"),
        ("nf4", True, "nf4-double"),
        ("fp4-double", False, "fp4-double"),
    ],
)
def test_that_ways_are_named_as_people_write_them(text, double, way):
    assert way_of(text, double=double) == way
    assert way in WAYS


@pytest.mark.parametrize("text", ["", "4bit", "int8-double", "8bit-double", "q4_k_m"])
def test_that_other_words_for_ways_are_refused(text):
    with pytest.raises(UsageError, match="8bit, nf4 or fp4"):
        way_of(text)


def test_that_what_a_checkpoint_is_survives_as_a_spec():
    checkpoint = Checkpoint("/m", "m", parents=("a", "b"), quantize="nf4", adapter="/l")
    spec = ScoreSpec("p.h5", (checkpoint,), quantize=("int8",))
    assert from_json(to_json(spec)) == spec


# ---------------------------------------------------------------- parents


def test_that_parents_are_ids_where_the_project_or_the_queue_has_them():
    known = Entry("run/step5", "my base", digest="x")
    child = Checkpoint("/c", "c", parents=("my base", "/home/me/other", "org/far"))
    other = Checkpoint("/o", "other")
    merge = child.with_(relation="merge-of")
    items = queue_items([(c, "float32") for c in (merge, other)], [known], "tokenizer")
    entry = with_parents(items, [known])[0].entry
    assert entry.parents == ("run/step5", "other", "org/far")
    assert (entry.parent, entry.relation) == ("run/step5", "merge-of")


def test_that_a_path_of_another_machine_is_only_a_name():
    child = Checkpoint("/c", "c", parents=("/home/someone/secret/base",), relation="fine-tune-of")
    items = with_parents(queue_items([(child, "float32")], (), "tokenizer"), ())
    assert items[0].entry.parent == "base"


def test_that_a_model_is_not_its_own_parent():
    child = Checkpoint("/c", "org/c", parents=("org/c",), relation="fine-tune-of")
    entry = with_parents(queue_items([(child, "float32")], (), "tokenizer"), ())[0].entry
    assert (entry.parent, entry.relation) == ("", "")


def test_that_an_adapter_is_on_the_model_it_is_put_on():
    base = Checkpoint("/m", "m", run="r", step=3)
    adapter = Checkpoint(
        "/m", "lora", adapter="/lora", parents=("elsewhere/m",), relation="adapter-on"
    )
    items = queue_items([(c, "float32") for c in (base, adapter)], (), "tokenizer")
    entry = with_parents(items, ())[1].entry
    assert (entry.id, entry.parent, entry.relation) == ("lora", "r/step3", "adapter-on")


def test_that_what_was_edited_is_not_overwritten(spec, run_here):
    job = spec("a")
    child = job.checkpoints[0].with_(run="", label="c", parents=("p",), relation="fine-tune-of")
    run_here(replace(job, checkpoints=(child,)))
    project, entries = read(job)
    assert entries["c"].parent == "p"
    store.commit(project.path, store.PutEntries((entries["c"].with_(parent="q"),)))
    run_here(replace(job, checkpoints=(child,)))
    assert read(job)[1]["c"].parent == "q"


# ---------------------------------------------------------------- real models


@pytest.fixture
def real(tmp_path, monkeypatch):
    """``real(**options)``: a job over one random tiny model, scored in this process."""
    pytest.importorskip("bitsandbytes")
    monkeypatch.setenv("KLSCOPE_TEST_SCORER", "torch")
    write_texts(tiny_models.texts(), tmp_path / "texts.jsonl")
    folder = tiny_models.save_model(tmp_path / "m", kind="llama")

    def make(project="p.h5", **options):
        options = {"n_threads": 2, "device": "cpu", "batch_tokens": 1500, **options}
        checkpoints = options.pop("checkpoints", (Checkpoint(str(folder), "m"),))
        texts = str(tmp_path / "texts.jsonl")
        return ScoreSpec(str(tmp_path / project), checkpoints, texts, **options)

    return make


def test_that_the_kl_of_a_null_control_is_within_the_noise_floor(real, run_here):
    run_here(real())
    project, entries = read(real())
    store.commit(project.path, store.PutEntries((entries["m"].with_(software="older"),)))
    run_here(real(quantize=("nf4",)))
    project, entries = read(real())
    control, four = entries["m/null-control"], entries["m/nf4"]
    shift = row(project, control.id).astype(np.float64) - row(project, "m")
    bits = np.var(shift) / 2 / (project.texts.n_bytes.mean() * np.log(2))
    assert 0 <= bits <= control.noise_floor
    assert np.var(row(project, four.id) - row(project, "m")) > 1e-3
    assert "bitsandbytes" in four.software
    assert "bitsandbytes" not in control.software
    assert 0 < bytes_on_disk(four) < bytes_on_disk(control)


def test_that_a_stopped_job_goes_on_to_the_same_bits(real, run_here):
    ways = ("int8", "nf4")
    run_here(real("whole.h5", quantize=ways))
    control = Control()

    def cancel_soon(event):
        if isinstance(event, Progress) and event.entry.endswith("int8"):
            control.cancel()

    assert isinstance(run_here(real(quantize=ways), control, cancel_soon)[-1], CancelledEvent)
    assert {e.status for e in store.read(real().project).entries} > {"done"}
    run_here(real(quantize=ways))
    one, two = store.read(real().project), store.read(real("whole.h5").project)
    assert {e.status for e in one.entries} == {"done"}
    assert one.loglik.tobytes() == two.loglik.tobytes()


def test_that_layers_of_variants_are_entries_under_them(real, run_here):
    run_here(real(quantize=("nf4",), layers=(0, 1)))
    _, entries = read(real())
    layers = [e for e in entries.values() if e.layer >= 0]
    assert sorted(e.parent for e in layers) == ["m", "m", "m/nf4", "m/nf4"]
