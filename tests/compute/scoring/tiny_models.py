"""Random tiny models with a byte-level tokenizer, written to a folder; shared by several tests."""

from __future__ import annotations

import random
from pathlib import Path

from compute.core.tables import Checkpoint, TextSet

_SOURCE = "import os self return def class value None for in range print yield with open as f"
WORDS = tuple(_SOURCE.split())


def texts(n: int = 24, seed: int = 1) -> TextSet:
    """Texts of very different lengths, the last of one word."""
    rng = random.Random(seed)
    made = [" ".join(rng.choices(WORDS, k=rng.randint(5, 120))) for _ in range(n - 1)]
    return TextSet(tuple(f"t{k}" for k in range(n)), (*made, "é"), ("",) * n)


def save_tokenizer(folder: Path, *, bos: bool = False) -> None:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    alphabet = ["<|endoftext|>", *sorted(pre_tokenizers.ByteLevel.alphabet())]
    core = Tokenizer(models.BPE({c: k for k, c in enumerate(alphabet)}, []))
    core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    core.decoder = decoders.ByteLevel()
    if bos:
        core.post_processor = processors.TemplateProcessing(
            "<|endoftext|> $A", special_tokens=[("<|endoftext|>", 0)]
        )
    PreTrainedTokenizerFast(
        tokenizer_object=core, bos_token="<|endoftext|>", eos_token="<|endoftext|>"
    ).save_pretrained(folder)


def save_model(folder: Path, seed: int = 0, kind: str = "gpt_neox", **config: object) -> Path:
    """A random model of 4 layers or fewer with a vocabulary of 320."""
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    torch.manual_seed(seed)
    sizes = {"vocab_size": 320, "bos_token_id": 0, "eos_token_id": 0, **SHAPES[kind], **config}
    model = AutoModelForCausalLM.from_config(AutoConfig.for_model(kind, **sizes))
    with torch.no_grad():
        for p in model.parameters():
            p.mul_(3) if p.ndim > 1 else p.add_(0)
    model.save_pretrained(folder)
    save_tokenizer(folder)
    return folder


SHAPES: dict[str, dict[str, object]] = {
    "gpt_neox": {
        "hidden_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "intermediate_size": 64,
        "max_position_embeddings": 1100,
    },
    "gpt2": {"n_embd": 32, "n_layer": 2, "n_head": 2, "n_positions": 1100},
    "llama": {
        "hidden_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "intermediate_size": 64,
        "max_position_embeddings": 1100,
        "tie_word_embeddings": True,
    },
    "gemma2": {
        "hidden_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "num_key_value_heads": 1,
        "head_dim": 16,
        "intermediate_size": 64,
        "max_position_embeddings": 1100,
        "final_logit_softcapping": 1.0,
    },
    "opt": {
        "hidden_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "ffn_dim": 64,
        "word_embed_proj_dim": 16,
        "max_position_embeddings": 1100,
    },
    "bloom": {"hidden_size": 32, "n_layer": 2, "n_head": 2},
    "mamba": {"hidden_size": 32, "num_hidden_layers": 2, "state_size": 4},
    "mixtral": {
        "hidden_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "num_key_value_heads": 1,
        "intermediate_size": 64,
        "num_local_experts": 4,
        "max_position_embeddings": 1100,
    },
}


def checkpoint(folder: Path, step: int = 0) -> Checkpoint:
    return Checkpoint(path=str(folder), label=folder.name, run=folder.parent.name, step=step)
