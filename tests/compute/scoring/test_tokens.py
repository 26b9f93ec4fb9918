"""Texts as token ids: BOS rules, special tokens, long and empty texts (method 1)."""

import json

import numpy as np
import pytest
import tiny_models
import torch

from compute.core.errors import ScoringError
from compute.core.tables import TextSet
from compute.scoring.loading import from_pretrained
from compute.scoring.reference import reference
from compute.scoring.tokens import encode, load_tokenizer, tokenize

TEXTS = TextSet(("a", "b", "c"), ("import os", "é", ""), ("",) * 3)
LENGTHS = [len(text.encode()) for text in TEXTS.texts]
END = 0


@pytest.fixture
def with_tokenizer(tmp_path):
    """``with_tokenizer(template, **special)``: a folder whose tokenizer adds special tokens by a
    template such as "<s> $A" and has the named ones."""

    def make(template="", **special):
        from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors
        from transformers import PreTrainedTokenizerFast

        alphabet = ["<s>", "</s>", *sorted(pre_tokenizers.ByteLevel.alphabet())]
        core = Tokenizer(models.BPE({c: k for k, c in enumerate(alphabet)}, []))
        core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        core.decoder = decoders.ByteLevel()
        if template:
            used = [(name, alphabet.index(name)) for name in ("<s>", "</s>")]
            core.post_processor = processors.TemplateProcessing(template, special_tokens=used)
        PreTrainedTokenizerFast(tokenizer_object=core, **special).save_pretrained(tmp_path)
        (tmp_path / "config.json").write_text(json.dumps({"model_type": "gpt_neox"}))
        return tmp_path

    return make


BOS, EOS = {"bos_token": "<s>"}, {"eos_token": "</s>"}


@pytest.mark.parametrize(
    ("template", "special", "rule", "front", "behind", "first"),
    [
        ("", {**BOS, **EOS}, "tokenizer", [], [], 1),
        ("", {**BOS, **EOS}, "prepend", [0], [], 1),
        ("", {**BOS, **EOS}, "skip-first", [], [], 1),
        ("", EOS, "tokenizer", [], [], 1),
        ("", EOS, "prepend", [1], [], 1),
        ("", {}, "tokenizer", [], [], 1),
        ("", {}, "skip-first", [], [], 1),
        ("<s> $A", BOS, "tokenizer", [0], [], 1),
        ("<s> $A", BOS, "prepend", [0], [], 1),
        ("<s> $A", BOS, "skip-first", [0], [], 2),
        ("$A </s>", EOS, "tokenizer", [], [1], 1),
        ("$A </s>", EOS, "prepend", [1], [1], 1),
        ("<s> $A </s>", {**BOS, **EOS}, "tokenizer", [0], [1], 1),
        ("<s> $A </s>", {**BOS, **EOS}, "skip-first", [0], [1], 2),
    ],
)
def test_that_rules_say_what_is_put_in_front_and_where_scoring_begins(
    template, special, rule, front, behind, first, with_tokenizer
):
    made = tokenize(with_tokenizer(template, **special), TEXTS, rule)
    for ids, n in zip(made.ids, LENGTHS, strict=True):
        assert ids[: len(front)].tolist() == front
        assert ids[len(ids) - len(behind) :].tolist() == behind
        assert len(ids) == len(front) + n + len(behind)
    assert made.first == first


def test_that_nothing_to_put_in_front_is_one_sentence(with_tokenizer):
    with pytest.raises(ScoringError, match="neither a BOS nor an EOS token to put in front") as e:
        tokenize(with_tokenizer(), TEXTS, "prepend")
    assert "tokenizer or skip-first" in e.value.message


@pytest.mark.parametrize("rule", ["tokenizer", "prepend", "skip-first"])
@pytest.mark.parametrize("bos", [True, False])
def test_that_values_are_sums_by_the_formula(rule, bos, scorer, tmp_path):
    """sum over t of log p(y_t | y_<t), written out; the first token is never scored [P]."""
    folder = tiny_models.save_model(tmp_path / "m" / "step0")
    tiny_models.save_tokenizer(folder, bos=bos)
    text = TEXTS.texts[0]
    plain = load_tokenizer(folder)(text, add_special_tokens=False)["input_ids"]
    ids = [END, *plain] if bos or rule == "prepend" else plain
    begin = (2 if bos else 1) if rule == "skip-first" else 1
    with torch.inference_mode():
        logp = from_pretrained(folder, "float32")(torch.tensor([ids])).logits[0].log_softmax(-1)
    by_hand = sum(float(logp[t - 1, ids[t]]) for t in range(begin, len(ids)))
    assert reference(folder, (text,), bos=rule)[0] == pytest.approx(by_hand, abs=1e-4)
    found = values(scorer(bos=rule).open(tiny_models.checkpoint(folder), TEXTS))
    assert found[0] == pytest.approx(by_hand, abs=1e-4)


def values(model):
    """Text -> nats."""
    plan = model.plan()
    rows = (zip(s.batch.texts, s.values, strict=True) for s in model.score(plan, plan.batches))
    return {text: value for row in rows for text, value in row}


@pytest.mark.parametrize("bos", [False, True])
def test_that_an_empty_text_has_no_scored_token(bos, scorer, tmp_path):
    folder = tiny_models.save_model(tmp_path / "m" / "step0")
    tiny_models.save_tokenizer(folder, bos=bos)
    assert values(scorer().open(tiny_models.checkpoint(folder), TEXTS))[2] == 0.0


def test_that_groups_give_the_tokens_of_the_whole(saved, monkeypatch):
    from compute.scoring import tokens

    texts = tiny_models.texts(30)
    whole = encode(load_tokenizer(saved()), texts.texts)
    monkeypatch.setattr(tokens, "_GROUP", 7)
    ticks = []
    made = tokenize(saved(), texts, "tokenizer", tick=lambda: ticks.append(1))
    assert all(np.array_equal(a, b) for a, b in zip(made.ids, whole, strict=True))
    assert len(ticks) == 5
    assert made.highest == max(int(ids.max()) for ids in whole)
