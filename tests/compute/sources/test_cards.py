"""Parents from model cards and adapter configs; nothing in them is run or trusted."""

import json

import pytest
from safetensors.numpy import save_file

from compute import sources
from compute.core.weights import ADAPTER_CONFIG, ADAPTER_WEIGHTS
from compute.sources.cards import declared


def card(folder, text):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "README.md").write_text(text, encoding="utf-8")
    return declared(folder)


@pytest.mark.parametrize(
    ("head", "found"),
    [
        ("base_model: org/base", (("org/base",), "")),
        ("base_model: org/base\nbase_model_relation: finetune", (("org/base",), "fine-tune-of")),
        ("base_model:\n- a/x\n- b/y\nbase_model_relation: merge", (("a/x", "b/y"), "merge-of")),
        ("base_model: org/b\nbase_model_relation: quantized", (("org/b",), "quantized-from")),
        ("base_model: [a, a, '', 3]", (("a",), "")),
        ("base_model: a\nbase_model_relation: cousin", (("a",), "")),
        ("licence: mit", ((), "")),
        ("base_model: {a: 1}", ((), "")),
        ("base_model: [", ((), "")),
        ("base_model: !!python/object/apply:os.system ['true']", ((), "")),
        ("- a", ((), "")),
    ],
)
def test_that_the_head_of_a_card_names_parents(head, found, tmp_path):
    assert card(tmp_path, f"---\n{head}\n---\n# A model\nbase_model: no") == found


@pytest.mark.parametrize("text", ["", "# no head", "---\nbase_model: a", "\n---\nbase_model: a\n"])
def test_that_a_card_without_a_head_names_none(text, tmp_path):
    assert card(tmp_path, text) == ((), "")


def model(folder, **config):
    """A folder that looks like a model; it is not loaded."""
    import numpy as np

    folder.mkdir(parents=True, exist_ok=True)
    config = {"model_type": "llama", "architectures": ["LlamaForCausalLM"], **config}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "tokenizer.json").write_text("{}")
    save_file({"w": np.zeros((2, 3), np.float32)}, folder / "model.safetensors")
    return folder


def adapter(folder, base, **config):
    import numpy as np

    pytest.importorskip("peft")
    folder.mkdir(parents=True, exist_ok=True)
    config = {"peft_type": "LORA", "base_model_name_or_path": str(base), **config}
    (folder / ADAPTER_CONFIG).write_text(json.dumps(config))
    save_file({"a": np.zeros((2, 3), np.float32)}, folder / ADAPTER_WEIGHTS)
    return folder


def only(source):
    (row,) = sources.resolve(str(source)).checkpoints
    return row


@pytest.mark.parametrize(
    ("head", "config", "relation"),
    [
        ("base_model: p", {}, "fine-tune-of"),
        ("base_model: [p, q]", {}, "merge-of"),
        ("base_model: p", {"quantization_config": {"quant_method": "fp8"}}, "quantized-from"),
        ("base_model: p\nbase_model_relation: merge", {}, "merge-of"),
    ],
)
def test_that_a_listed_model_says_where_it_comes_from(head, config, relation, tmp_path):
    card(model(tmp_path / "m", **config), f"---\n{head}\n---\n")
    row = only(tmp_path / "m")
    assert (row.parents[0], row.relation) == ("p", relation)


def test_that_steps_of_a_run_have_no_parents_but_their_run(tmp_path):
    for step in (1, 2):
        card(model(tmp_path / "r" / f"step{step}"), "---\nbase_model: p\n---\n")
    rows = sources.resolve(str(tmp_path / "r")).checkpoints
    assert [(row.parents, row.relation) for row in rows] == [((), "")] * 2


@pytest.mark.parametrize(
    ("how", "name"),
    [
        ({"quant_method": "gptq", "bits": 4}, "gptq-4bit"),
        ({"quant_method": "awq", "bits": 4}, "awq-4bit"),
        ({"quant_method": "fp8"}, "fp8"),
        ({"quant_method": "bitsandbytes", "load_in_8bit": True}, "int8"),
        ({"load_in_4bit": True}, "fp4"),
        ({"load_in_4bit": True, "bnb_4bit_quant_type": "nf4"}, "nf4"),
        (
            {
                "load_in_4bit": True,
                "bnb_4bit_quant_type": "nf4",
                "bnb_4bit_use_double_quant": True,
            },
            "nf4-double",
        ),
        ({}, "unknown"),
    ],
)
def test_that_stored_quantization_has_a_name(how, name, tmp_path):
    assert only(model(tmp_path / "m", quantization_config=how)).quantization == name


def test_that_an_adapter_is_listed_on_its_base(tmp_path):
    base = model(tmp_path / "base")
    row = only(adapter(tmp_path / "lora", base))
    assert (row.label, row.path, row.adapter) == ("lora", str(base), str(tmp_path / "lora"))
    assert (row.relation, row.parents, row.problem) == ("adapter-on", (str(base),), "")
    assert row.digest
    assert row.digest != only(base).digest
    assert row.n_bytes > only(base).n_bytes


def test_that_a_base_may_lie_beside_its_adapter(tmp_path):
    model(tmp_path / "base")
    assert only(adapter(tmp_path / "lora", "base")).path == str(tmp_path / "base")


def test_that_a_base_in_the_cache_is_found(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    repo = tmp_path / "hub" / "models--org--base"
    folder = model(repo / "snapshots" / "abc123")
    (repo / "refs").mkdir()
    (repo / "refs" / "main").write_text("abc123")
    assert only(adapter(tmp_path / "lora", "org/base")).path == str(folder)


def test_that_cards_in_the_cache_are_read(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    repo = tmp_path / "hub" / "models--org--child"
    card(model(repo / "snapshots" / "abc123"), "---\nbase_model: org/base\n---\n")
    (repo / "refs").mkdir()
    (repo / "refs" / "main").write_text("abc123")
    row = only("org/child")
    assert (row.label, row.parents, row.relation) == ("org/child", ("org/base",), "fine-tune-of")


def test_that_steps_of_a_run_may_be_adapters(tmp_path):
    base = model(tmp_path / "base")
    for step in (10, 20):
        adapter(tmp_path / "run" / f"checkpoint-{step}", base)
    rows = sources.resolve(str(tmp_path / "run")).checkpoints
    assert [(row.run, row.step, row.relation) for row in rows] == [
        ("run", 10, "adapter-on"),
        ("run", 20, "adapter-on"),
    ]


def test_that_a_base_that_is_not_here_is_named(tmp_path):
    row = only(adapter(tmp_path / "lora", "org/far-away"))
    assert "adapter on org/far-away, which is not here" in row.problem
    assert only(adapter(tmp_path / "nameless", "")).problem.startswith("It is an adapter that")


def test_that_damaged_adapters_say_so(tmp_path):
    base = model(tmp_path / "base")
    folder = adapter(tmp_path / "lora", base)
    path = folder / ADAPTER_WEIGHTS
    path.write_bytes(path.read_bytes()[:-3])
    assert "cut short" in only(folder).problem
    path.unlink()
    assert "has no weights" in only(folder).problem
    (folder / "adapter_model.bin").write_bytes(b"")
    assert "saved as a pickle" in only(folder).problem
    (folder / ADAPTER_CONFIG).write_text("{")
    assert only(folder).problem
