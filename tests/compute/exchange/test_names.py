"""What names say, and what they do not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compute.core.tables import Entry
from compute.exchange.names import (
    entry_of,
    family_of,
    named,
    params_of,
    parents_of,
    size_of,
    with_declared,
    with_parents,
)


@pytest.mark.parametrize(
    ("name", "size", "n_params"),
    [
        ("410m", "410m", 410_000_000),
        ("410m-seed1", "410m", 410_000_000),
        ("EleutherAI/pythia-6.9b", "6.9b", 6_900_000_000),
        ("meta-llama/Llama-2-7b-hf", "7b", 7_000_000_000),
        ("bigscience/bloom-1b7", "1.7b", 1_700_000_000),
        ("bigscience/bloomz-7b1", "7.1b", 7_100_000_000),
        ("stabilityai/stablelm-2-1_6b-chat", "1.6b", 1_600_000_000),
        ("EleutherAI/gpt-neo-1.3B", "1.3b", 1_300_000_000),
        ("microsoft/phi-1_5", "", -1),
        ("mistralai/Mixtral-8x7B-v0.1", "8x7b", -1),
        ("yunconglong/Truthful_DPO_TomGrc_FusionNet_7Bx2_MoE_13B", "2x7b", -1),
        ("org/model-4bit", "", -1),
        ("lmsys/vicuna-13b-v1.5-16k", "13b", 13_000_000_000),
        ("gpt2", "", -1),
        ("SanjiWatsuki/Sonya-7B", "7b", 7_000_000_000),
    ],
)
def test_that_sizes_are_read_from_names(name, size, n_params):
    assert size_of(name) == (size, n_params)


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("EleutherAI/pythia-410m", "pythia"),
        ("NousResearch/Hermes-2-Pro-Llama-3-8B", "llama-3"),
        ("meta-llama/Llama-2-7b-hf", "llama-2"),
        ("huggyllama/llama-7b", "llama-1"),
        ("openlm-research/open_llama_3b", "open_llama"),
        ("TinyLlama/TinyLlama-1.1B-Chat-v1.0", "tinyllama"),
        ("mistralai/Mistral-7B-v0.1", "mistral"),
        ("google/gemma-2b", "gemma"),
        ("facebook/opt-1.3b", "opt"),
        ("EleutherAI/gpt-j-6b", "gptj"),
        ("microsoft/phi-2", "phi"),
        ("someone/adopt-me", ""),
        ("someone/thing", ""),
    ],
)
def test_that_families_are_read_from_names(name, family):
    assert family_of(name) == family


@pytest.mark.parametrize(
    ("name", "base", "step", "tokens"),
    [
        ("org/model-7b-step1000", "org/model-7b", 1000, -1),
        ("pythia-410m-seed1/step143000", "pythia-410m-seed1", 143_000, -1),
        ("org/model@step500", "org/model", 500, -1),
        ("run checkpoint-20", "run", 20, -1),
        ("TinyLlama/TinyLlama-1.1B-intermediate-step-1431k-3T",
         "TinyLlama/TinyLlama-1.1B-intermediate", 1_431_000, 3 * 10**12),
        ("TinyLlama-1.1B-intermediate-step-955k-token-2T",
         "TinyLlama-1.1B-intermediate", 955_000, 2 * 10**12),
        ("org/stepwise-7b", "org/stepwise-7b", -1, -1),
    ],
)  # fmt: skip
def test_that_runs_and_steps_are_read_from_names(name, base, step, tokens):
    found = named(name)
    assert (found.base, found.step, found.tokens_seen) == (base, step, tokens)


@pytest.mark.parametrize(
    ("name", "base", "how"),
    [
        ("org/model-7b-8bit", "org/model-7b", "8bit"),
        ("org/model-7b-4-bit", "org/model-7b", "4bit"),
        ("unsloth/llama-3-8b-bnb-4bit", "unsloth/llama-3-8b", "4bit"),
        ("org/model-int4", "org/model", "int4"),
        ("org/model-nf4", "org/model", "nf4"),
        ("TheBloke/Llama-2-7B-GPTQ", "TheBloke/Llama-2-7B", "gptq"),
        ("org/m-GPTQ-Int4", "org/m", "gptq-int4"),
        ("TheBloke/Llama-2-7B-AWQ", "TheBloke/Llama-2-7B", "awq"),
        ("org/m-GGUF", "org/m", "gguf"),
        ("org/m.Q4_K_M", "org/m", "q4_k_m"),
        ("org/m-w4a16", "org/m", "w4a16"),
        ("FairMind/Llama-3-8B-4bit-UltraChat-Ita", "FairMind/Llama-3-8B-4bit-UltraChat-Ita", ""),
    ],
)
def test_that_quantization_is_read_from_the_end_of_names(name, base, how):
    found = named(name)
    assert (found.base, found.quantization) == (base, how)


def test_that_a_seed_or_a_layer_is_read_and_a_base_run_has_no_known_seed():
    assert named("410m-seed1").seed == 1
    assert named("410m").seed == -1
    assert named("EleutherAI/pythia-410m-seed12").seed == 12
    assert named("org/model-7b/layer31").layer == 31
    assert named("org/model-7b-layer-3").base == "org/model-7b"


def test_that_an_entry_takes_what_is_known_before_what_its_name_says():
    found = entry_of("pythia-410m-step1000", family="gpt_neox", n_params=405_334_016)
    assert (found.run, found.step, found.relation) == ("pythia-410m", 1000, "checkpoint-of")
    assert (found.family, found.n_params, found.size) == ("gpt_neox", 405_334_016, "410m")
    assert found.is_checkpoint
    assert not entry_of("pythia-410m-step1000", steps=False).is_checkpoint


def test_that_parents_are_found_among_the_names_that_are_there():
    names = ("org/m-7b", "org/m-7b-8bit", "other/m-7b-GPTQ", "org/m-7b/layer3", "far/x-4bit")
    found = {e.id: e for e in with_parents([entry_of(name) for name in names])}
    assert found["org/m-7b-8bit"].parent == "org/m-7b"
    assert found["org/m-7b-8bit"].relation == "quantized-from"
    assert found["other/m-7b-GPTQ"].parent == "org/m-7b"
    assert found["org/m-7b/layer3"].parent == "org/m-7b"
    assert found["org/m-7b/layer3"].relation == "layer-of"
    assert (found["far/x-4bit"].parent, found["org/m-7b"].parent) == ("", "")
    twice = with_parents([entry_of(n) for n in ("a/m-7b", "b/m-7b", "c/m-7b-AWQ")])
    assert twice[2].parent == ""


def test_that_declared_parents_are_one_none_or_several():
    assert parents_of("a/b") == ("a/b",)
    assert parents_of(None) == parents_of([]) == parents_of("") == parents_of(5) == ()
    assert parents_of(["a", {"id": "b"}, {"name": "c"}, "a", None]) == ("a", "b", "c")
    child = Entry("x")
    assert with_declared(child, ("a",)).relation == "fine-tune-of"
    merged = with_declared(child, ("a", "b", "c"))
    assert (merged.relation, merged.parents) == ("merge-of", ("a", "b", "c"))
    assert with_declared(child, ()) == with_declared(child, ("x",)) == child


def test_that_a_size_gives_a_number_of_parameters():
    assert params_of("6.9b") == 6_900_000_000
    assert params_of("410M") == 410_000_000
    assert params_of("8x7b") == params_of("") == -1


_PARTS = st.sampled_from(
    ["step", "seed", "layer", "410m", "7b", "8x7b", "1_6b", "-", "_", "/", ".", "k", "tokens", "3T",
     "4bit", "GPTQ", "Q4_K_M", "llama", "9" * 40, "0", " ", "\x00", "é"]
)  # fmt: skip


@given(st.lists(_PARTS, max_size=12).map("".join) | st.text(max_size=60))
def test_that_any_name_gives_numbers_that_a_file_can_hold(name):
    found = named(name)
    numbers = found.n_params, found.step, found.tokens_seen, found.seed, found.layer
    assert all(-1 <= n < 2**62 for n in numbers)
    assert entry_of(name).label == name
    (alone,) = with_parents([entry_of(name)])
    assert alone.parent == ""
