"""Which bytes of a text each of its tokens stands for."""

from __future__ import annotations

import numpy as np
import pytest

from compute.core.tables import TextSet
from compute.scoring import lengths
from compute.scoring.tokens import tokenize

TEXTS = ("def f(x):\n    return x + 1\n", "größer – 日本語 🙂!", "  a  b ", "")


def _spelled(text: str) -> str:
    letters = {byte: letter for letter, byte in lengths._alphabet().items()}
    return "".join(letters[byte] for byte in text.encode())


@pytest.mark.parametrize("text", TEXTS)
def test_that_pieces_of_bytes_add_up_to_the_text(text: str) -> None:
    spelled = _spelled(text)
    pieces = [spelled[k : k + 3] for k in range(0, len(spelled), 3)]
    special = [True, *[False] * len(pieces), True]
    found = lengths.by_pieces(["<s>", *pieces, "</s>"], special, text)
    assert found is not None
    assert found[0] == found[-1] == lengths.NO_TEXT
    assert int(np.maximum(found, 0).sum()) == len(text.encode())
    assert set(found[1:-2].tolist()) <= {3}


def test_that_pieces_that_are_not_spelled_in_bytes_are_not_guessed() -> None:
    assert lengths.by_pieces(["▁größer"], [False], "größer") is None
    assert lengths.by_pieces(["a", "c"], [False, False], "ab") is None


def test_that_what_no_token_stands_for_goes_to_the_token_behind_it() -> None:
    found = lengths.by_spans([(0, 0), (0, 3), (4, 7), (7, 7), (0, 0)], "def foo")
    assert found is not None
    assert found.tolist() == [-1, 3, 4, 0, -1]


def test_that_tokens_of_one_character_share_it() -> None:
    found = lengths.by_spans([(0, 1), (1, 2), (1, 2), (1, 2), (2, 3)], "a日b")
    assert found is not None
    assert found.tolist() == [1, 3, 0, 0, 1]


@pytest.mark.parametrize("kind", ["bytes", "words"])
@pytest.mark.parametrize("rule", ["tokenizer", "prepend"])
def test_that_tokenizers_say_what_their_tokens_stand_for(kind, rule, tmp_path) -> None:
    _save(kind, tmp_path)
    texts = TextSet(tuple("abcd"), TEXTS, ("",) * 4)
    plain = tokenize(tmp_path, texts, rule)
    found = tokenize(tmp_path, texts, rule, lengths=True)
    assert plain.lengths is None
    assert found.lengths is not None
    assert len(found.lengths) == found.n_tokens.sum()
    ends = np.cumsum(found.n_tokens)
    for text, own, ids in zip(TEXTS, np.split(found.lengths, ends[:-1]), found.ids, strict=True):
        covered = int(np.maximum(own, 0).sum())
        assert covered == len(text.encode()) if kind == "bytes" else covered <= len(text.encode())
        assert len(own) == len(ids)
        if rule == "prepend":
            assert own[0] == lengths.NO_TEXT


def _save(kind: str, folder) -> None:
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    if kind == "bytes":
        alphabet = ["<s>", *sorted(pre_tokenizers.ByteLevel.alphabet())]
        core = Tokenizer(models.BPE({c: k for k, c in enumerate(alphabet)}, []))
        core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    else:
        words = ["<s>", "def", "return", "größer", "a", "b"]
        core = Tokenizer(models.WordLevel({w: k for k, w in enumerate(words)}, unk_token="<s>"))
        core.pre_tokenizer = pre_tokenizers.Whitespace()
    PreTrainedTokenizerFast(tokenizer_object=core, bos_token="<s>").save_pretrained(folder)
    (folder / "config.json").write_text('{"model_type": "gpt_neox"}')
