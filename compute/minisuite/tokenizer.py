"""A byte-level BPE tokenizer trained on the corpus, in Hugging Face layout."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compute.core.tables import frozen
from compute.minisuite.saving import as_os_error
from compute.minisuite.sizes import CONTEXT, VOCABULARY

END = "<|endoftext|>"
_AT_ONCE = 16
_SAMPLE_CHARACTERS = 3_000_000


def train(texts: Sequence[str], vocabulary: int = VOCABULARY) -> Any:
    """A ``PreTrainedTokenizerFast`` whose bos and eos are ``<|endoftext|>`` (id 0).

    Like Pythia's it adds no special token to a text, and it normalises nothing, so that every
    byte of a text is accounted for.
    """
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    core = Tokenizer(models.BPE())
    core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    core.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=[END],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    core.train_from_iterator(_first_part(texts), trainer=trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=core,
        bos_token=END,
        eos_token=END,
        model_max_length=CONTEXT,
        clean_up_tokenization_spaces=False,
    )


def _first_part(texts: Sequence[str]) -> Iterator[str]:
    """The first 3 million characters: enough for 2,048 pieces, and quick."""
    n = 0
    for text in texts:
        if n >= _SAMPLE_CHARACTERS:
            return
        yield text
        n += len(text)


def encode(tokenizer: Any, texts: Sequence[str], n_tokens: int) -> NDArray[np.int32]:
    """Documents as one stream, each followed by the end token; (n,) int32.

    Stops after the document in which ``n_tokens`` is reached: a run that needs a tenth of the
    corpus does not wait for the rest.
    """
    end = tokenizer.eos_token_id
    core = tokenizer.backend_tokenizer
    parts: list[NDArray[np.int32]] = []
    n = 0
    for first in range(0, len(texts), _AT_ONCE):
        for encoded in core.encode_batch_fast(list(texts[first : first + _AT_ONCE])):
            if n < n_tokens:
                parts.append(np.array([*encoded.ids, end], np.int32))
                n += len(parts[-1])
        if n >= n_tokens:
            break
    return frozen(np.concatenate(parts))


def save(tokenizer: Any, folder: Path) -> tuple[Path, ...]:
    """Write the tokenizer's files into ``folder``; returns their paths.

    Raises
    ------
    OSError
        If they cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    try:
        tokenizer.save_pretrained(folder)
    except Exception as e:  # the library has no error type of its own for a full disk
        raise as_os_error(e) from e
    return tuple(sorted(p for p in folder.iterdir() if p.is_file()))


def load(folder: Path) -> Any:
    """The tokenizer that is saved with a model of a suite."""
    from transformers import PreTrainedTokenizerFast

    return PreTrainedTokenizerFast.from_pretrained(folder)
