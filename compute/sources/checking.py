"""Whether a checkpoint folder can be scored, in one sentence. No weights are loaded."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from compute.core.errors import InputError
from compute.sources.weights import has_other_weights, read_header, weight_files

CONFIG = "config.json"
_TOKENIZERS = (
    "tokenizer.json",
    "tokenizer.model",
    "vocab.json",
    "vocab.txt",
    "spiece.model",
    "sentencepiece.bpe.model",
    "tekken.json",
)
_CAUSAL = ("ForCausalLM", "LMHeadModel", "ForConditionalGeneration")
_ENCODER_DECODER = frozenset(
    "t5 mt5 umt5 bart mbart pegasus marian blenderbot led longt5 m2m_100 whisper".split()  # noqa: SIM905
)
_MASKED = frozenset(
    "bert roberta xlm-roberta distilbert albert electra deberta deberta-v2 modernbert".split()  # noqa: SIM905
)


def check(folder: Path) -> str:
    """ "" if the checkpoint in ``folder`` can be scored, otherwise one sentence that says why not.

    Looks at the config, the tokenizer's files and the headers of the weights; a file that is cut
    short shows in its header.
    """
    for look in _LOOKS:
        if problem := look(folder):
            return problem
    return ""


def looks_like_model(folder: Path) -> bool:
    """Whether any file of a checkpoint is in ``folder``: a config or weights."""
    return (
        (folder / CONFIG).is_file()
        or any(folder.glob("*.safetensors"))
        or any(folder.glob("pytorch_model*.bin"))
    )


def read_config(folder: Path) -> Mapping[str, Any]:
    """``config.json``, empty if it is missing or damaged."""
    try:
        data = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return data if isinstance(data, dict) else {}


def _config(folder: Path) -> str:
    if not (folder / CONFIG).is_file():
        return "The config is missing: there is no config.json in the folder."
    return "" if read_config(folder) else "The config is damaged: config.json is not valid JSON."


def _kind(folder: Path) -> str:
    config = read_config(folder)
    kind = str(config.get("model_type", ""))
    names = [str(name) for name in config.get("architectures") or []]
    shown = names[0] if names else kind
    if config.get("is_encoder_decoder") or kind in _ENCODER_DECODER:
        return (
            f"This is an encoder-decoder model ({shown}); only models that predict "
            "the next token can be scored."
        )
    if any(name.endswith("ForMaskedLM") for name in names) or (kind in _MASKED and not names):
        return (
            f"This is a masked model ({shown}); only models that predict the next token "
            "can be scored."
        )
    if names and not any(name.endswith(_CAUSAL) for name in names):
        return f"This is not a language model that predicts the next token ({shown})."
    return ""


def _weights(folder: Path) -> str:
    try:
        files = weight_files(folder)
        for path in files:
            if not path.is_file():
                return f"A weight file is missing: {path.name}."
            read_header(path)
    except InputError as e:
        return f"The weights are damaged: {e.happened}."
    if files:
        return ""
    if has_other_weights(folder):
        return (
            "The weights are only there as pytorch_model.bin; only safetensors is read "
            "(convert them with save_pretrained)."
        )
    if (folder / "adapter_model.safetensors").is_file():
        return "The folder holds an adapter without its base model."
    return "The weights are missing: there is no safetensors file in the folder."


def _tokenizer(folder: Path) -> str:
    if any((folder / name).is_file() for name in _TOKENIZERS):
        return ""
    return "The tokenizer is missing: there is no tokenizer.json (or the like) in the folder."


_LOOKS: tuple[Callable[[Path], str], ...] = (_config, _kind, _weights, _tokenizer)
