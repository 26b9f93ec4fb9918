"""Small random models of many architectures, from transformers' own configs. No files, no network.

Weights are larger than at the start of a training, so that predictions differ from token to token
and depend on what came before: a leak between texts would show. Attention windows are shorter than
the texts, so that they matter.

Routers of mixtures of experts are scaled up. A token whose k-th and k+1-th expert are nearly tied
goes to one or the other by rounding alone, and rounding differs between batch shapes; with steep
routers the k-th expert has next to no weight wherever the k-th and k+1-th are close, so that no tie
decides a value.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

VOCAB, CONTEXT = 256, 96
LENGTHS = (1, 2, 3, 9, 17, 33, 50, 64)
"""Tokens of :func:`texts`; windows are of 8 tokens."""


@dataclass(frozen=True)
class Member:
    """One architecture. ``kind`` is transformers' name; ``own_logits`` says why it has no split."""

    kind: str
    config: Mapping[str, Any]
    own_logits: str = ""


_TOKENS = {"vocab_size": VOCAB, "bos_token_id": 0, "eos_token_id": 0, "pad_token_id": 0}
_ANY = {
    **_TOKENS,
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 48,
    "max_position_embeddings": CONTEXT,
}
_OLD = {**_TOKENS, "n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": CONTEXT}
_GROUPED = {**_ANY, "num_key_value_heads": 2}
_WIDE = {**_GROUPED, "head_dim": 8}
_WINDOW = {"sliding_window": 8}
_MIXED = {**_WINDOW, "layer_types": ["sliding_attention", "full_attention"]}
_EXPERTS = {"num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 24}
_LOCAL_EXPERTS = {"num_local_experts": 4, "num_experts_per_tok": 2}
_LATENT = {
    **_GROUPED,
    "num_key_value_heads": 4,
    "q_lora_rank": 8,
    "kv_lora_rank": 8,
    "qk_nope_head_dim": 8,
    "qk_rope_head_dim": 4,
    "v_head_dim": 8,
}
_ROUTED = {
    "n_routed_experts": 4,
    "num_experts_per_tok": 2,
    "n_shared_experts": 1,
    "moe_intermediate_size": 24,
    "first_k_dense_replace": 1,
}
_FALCON = {
    **_TOKENS,
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "max_position_embeddings": CONTEXT,
}
_MAMBA_2 = {
    "mamba_n_heads": 8,
    "mamba_d_head": 8,
    "mamba_n_groups": 1,
    "mamba_d_state": 8,
    "mamba_chunk_size": 16,
}
_DELTA = {
    "layer_types": ["linear_attention", "full_attention"],
    "linear_num_key_heads": 2,
    "linear_num_value_heads": 4,
    "linear_key_head_dim": 8,
    "linear_value_head_dim": 8,
}

ASKED_FOR: dict[str, Member] = {
    "GPT-NeoX": Member("gpt_neox", _ANY),
    "GPT-2": Member("gpt2", _OLD),
    "GPT-J": Member("gptj", {**_OLD, "rotary_dim": 4}),
    "GPT-Neo": Member(
        "gpt_neo",
        {
            **_TOKENS,
            "hidden_size": 32,
            "num_layers": 2,
            "num_heads": 4,
            "attention_types": [[["global", "local"], 1]],
            "window_size": 8,
            "max_position_embeddings": CONTEXT,
        },
    ),
    "Llama": Member("llama", _GROUPED),
    "Mistral": Member("mistral", {**_GROUPED, **_WINDOW}),
    "Mixtral": Member("mixtral", {**_GROUPED, **_WINDOW, **_LOCAL_EXPERTS}),
    "Qwen 2": Member(
        "qwen2", {**_GROUPED, **_WINDOW, "use_sliding_window": True, "max_window_layers": 1}
    ),
    "Qwen 2 MoE": Member(
        "qwen2_moe", {**_GROUPED, **_EXPERTS, "shared_expert_intermediate_size": 24}
    ),
    "Qwen 3": Member("qwen3", _WIDE),
    "Gemma": Member("gemma", _WIDE),
    "Gemma 2": Member(
        "gemma2",
        {
            **_WIDE,
            **_MIXED,
            "query_pre_attn_scalar": 8,
            "final_logit_softcapping": 3.0,
            "attn_logit_softcapping": 5.0,
        },
    ),
    "Gemma 3": Member("gemma3_text", {**_WIDE, **_MIXED, "query_pre_attn_scalar": 8}),
    "Phi": Member("phi", _ANY),
    "Phi-3": Member("phi3", {**_GROUPED, **_WINDOW}),
    "Falcon, one key": Member("falcon", _FALCON),
    "Falcon, grouped keys": Member(
        "falcon", {**_FALCON, "num_kv_heads": 2, "new_decoder_architecture": True}
    ),
    "Falcon, ALiBi": Member(
        "falcon",
        {**_FALCON, "alibi": True, "multi_query": False, "parallel_attn": False, "bias": True},
    ),
    "MPT": Member(
        "mpt",
        {
            "vocab_size": VOCAB,
            "d_model": 32,
            "n_layers": 2,
            "n_heads": 4,
            "expansion_ratio": 2,
            "max_seq_len": CONTEXT,
        },
    ),
    "BLOOM": Member("bloom", {**_TOKENS, "hidden_size": 32, "n_layer": 2, "n_head": 4}),
    "OPT": Member(
        "opt",
        {
            **_TOKENS,
            "pad_token_id": 1,
            "hidden_size": 32,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "ffn_dim": 48,
            "word_embed_proj_dim": 16,
            "max_position_embeddings": CONTEXT,
        },
    ),
    "StableLM": Member("stablelm", _GROUPED),
    "OLMo 2": Member("olmo2", _GROUPED),
    "Cohere": Member("cohere", {**_GROUPED, "logit_scale": 0.25}),
    "Granite": Member(
        "granite",
        {
            **_GROUPED,
            "logits_scaling": 0.5,
            "embedding_multiplier": 3.0,
            "residual_multiplier": 0.7,
            "attention_multiplier": 0.3,
        },
    ),
    "Mamba": Member(
        "mamba", {**_TOKENS, "hidden_size": 32, "num_hidden_layers": 2, "state_size": 4}
    ),
    "Mamba 2": Member(
        "mamba2",
        {
            **_TOKENS,
            "hidden_size": 32,
            "num_hidden_layers": 2,
            "state_size": 8,
            "num_heads": 8,
            "head_dim": 8,
            "n_groups": 2,
            "chunk_size": 16,
        },
    ),
    "RWKV": Member(
        "rwkv",
        {
            **_TOKENS,
            "hidden_size": 32,
            "num_hidden_layers": 2,
            "attention_hidden_size": 32,
            "intermediate_size": 56,
            "context_length": CONTEXT,
        },
    ),
    "RecurrentGemma": Member(
        "recurrent_gemma",
        {
            **_TOKENS,
            "hidden_size": 32,
            "num_hidden_layers": 3,
            "num_attention_heads": 4,
            "lru_width": 32,
            "intermediate_size": 48,
            "attention_window_size": 8,
        },
    ),
    "DeepSeek V2": Member(
        "deepseek_v2",
        {**_LATENT, **_ROUTED, "n_group": 1, "topk_group": 1, "topk_method": "greedy"},
    ),
    "DeepSeek V3": Member("deepseek_v3", {**_LATENT, **_ROUTED, "n_group": 2, "topk_group": 1}),
}

BESIDE: dict[str, Member] = {
    "AFMoE": Member("afmoe", {**_WIDE, **_WINDOW, **_EXPERTS}),
    "Apertus": Member("apertus", _GROUPED),
    "Arcee": Member("arcee", _GROUPED),
    "Bamba": Member("bamba", {**_GROUPED, **_MAMBA_2, "attn_layer_indices": [1]}),
    "BERT as a decoder": Member(
        "bert", {**_ANY, "is_decoder": True}, own_logits="a layer of its own before the output"
    ),
    "BioGPT": Member("biogpt", _ANY),
    "BitNet": Member("bitnet", _GROUPED),
    "CodeGen": Member("codegen", {**_OLD, "rotary_dim": 4}),
    "Cohere 2": Member("cohere2", {**_GROUPED, **_MIXED, "logit_scale": 0.25}),
    "CTRL": Member("ctrl", {**_OLD, "dff": 48}),
    "CWM": Member("cwm", {**_WIDE, **_WINDOW}),
    "DBRX": Member(
        "dbrx",
        {
            **_TOKENS,
            "d_model": 32,
            "n_heads": 4,
            "n_layers": 2,
            "max_seq_len": CONTEXT,
            "attn_config": {"kv_n_heads": 2, "rope_theta": 1e4, "clip_qkv": 8.0},
            "ffn_config": {
                "hidden_size": 32,
                "ffn_hidden_size": 48,
                "moe_num_experts": 4,
                "moe_top_k": 2,
            },
        },
    ),
    # Few heads of its indexer would leave exact ties at 0, which rounding decides.
    "DeepSeek V3.2": Member(
        "deepseek_v32",
        {
            **_LATENT,
            **_ROUTED,
            "n_group": 2,
            "topk_group": 1,
            "index_n_heads": 24,
            "index_head_dim": 8,
            "index_topk": 12,
        },
    ),
    "DiffLlama": Member("diffllama", _GROUPED),
    "DeepSeek V4": Member("deepseek_v4", {**_LATENT, **_ROUTED}),
    "Doge": Member("doge", _GROUPED),
    "Dots": Member(
        "dots1",
        {
            **_WIDE,
            **_EXPERTS,
            **_ROUTED,
            "num_key_value_heads": 4,
            "n_group": 1,
            "topk_group": 1,
            "routed_scaling_factor": 1.0,
            "layer_types": ["full_attention", "full_attention"],
        },
    ),
    "ERNIE 4.5": Member("ernie4_5", _WIDE),
    "ERNIE 4.5 MoE": Member(
        "ernie4_5_moe", {**_WIDE, **_EXPERTS, "moe_num_experts": 4, "moe_k": 2}
    ),
    "EXAONE 4": Member("exaone4", {**_GROUPED, **_MIXED}),
    "EXAONE MoE": Member("exaone_moe", {**_WIDE, **_WINDOW, **_EXPERTS}),
    "Falcon H1": Member(
        "falcon_h1", {**_GROUPED, **_MAMBA_2, "mamba_d_ssm": 64, "lm_head_multiplier": 0.5}
    ),
    "Falcon Mamba": Member(
        "falcon_mamba", {**_TOKENS, "hidden_size": 32, "num_hidden_layers": 2, "state_size": 4}
    ),
    "FlexOLMo": Member("flex_olmo", {**_GROUPED, "num_experts": 4, "num_experts_per_tok": 2}),
    "Gemma 3, with eyes": Member(
        "gemma3",
        {
            "text_config": {**_WIDE, **_MIXED, "query_pre_attn_scalar": 8},
            "vision_config": {
                "hidden_size": 16,
                "num_hidden_layers": 1,
                "num_attention_heads": 2,
                "intermediate_size": 16,
                "image_size": 28,
                "patch_size": 14,
            },
            "mm_tokens_per_image": 4,
            "image_token_index": VOCAB + 1,
            "boi_token_index": VOCAB + 2,
            "eoi_token_index": VOCAB + 3,
        },
    ),
    "Gemma 3n": Member(
        "gemma3n_text",
        {
            **_WIDE,
            **_MIXED,
            "intermediate_size": [48, 48],
            "num_kv_shared_layers": 0,
            "hidden_size_per_layer_input": 8,
            "vocab_size_per_layer_input": VOCAB,
            "laurel_rank": 4,
            "altup_num_inputs": 2,
            "activation_sparsity_pattern": [0.0, 0.0],
        },
    ),
    "Gemma 4": Member(
        "gemma4_text",
        {
            **_WIDE,
            **_MIXED,
            "num_kv_shared_layers": 0,
            "hidden_size_per_layer_input": 0,
            "vocab_size_per_layer_input": VOCAB,
        },
    ),
    "GLM": Member("glm", _WIDE),
    "GLM 4": Member("glm4", _WIDE),
    "GLM 4 MoE": Member(
        "glm4_moe", {**_WIDE, **_EXPERTS, **_ROUTED, "n_group": 1, "topk_group": 1}
    ),
    "GPT": Member("openai-gpt", _OLD),
    "GPT-NeoX Japanese": Member("gpt_neox_japanese", {**_ANY, "intermediate_multiple_size": 2}),
    "GPT-OSS": Member("gpt_oss", {**_WIDE, **_MIXED, **_LOCAL_EXPERTS}),
    "Granite MoE": Member("granitemoe", {**_GROUPED, **_LOCAL_EXPERTS, "logits_scaling": 0.5}),
    "Granite MoE, hybrid": Member(
        "granitemoehybrid",
        {
            **_GROUPED,
            **_MAMBA_2,
            "layer_types": ["mamba", "attention"],
            "num_local_experts": 0,
            "shared_intermediate_size": 24,
            "logits_scaling": 0.5,
        },
    ),
    "Granite MoE, shared": Member(
        "granitemoeshared",
        {**_GROUPED, **_LOCAL_EXPERTS, "shared_intermediate_size": 24, "logits_scaling": 0.5},
    ),
    "Helium": Member("helium", _WIDE),
    "Hunyuan": Member("hunyuan_v1_dense", _WIDE),
    "Hunyuan MoE": Member("hunyuan_v1_moe", {**_WIDE, "num_experts": 4, "moe_topk": 2}),
    "HyperCLOVA X": Member("hyperclovax", {**_GROUPED, "logits_scaling": 0.5}),
    "Jais 2": Member("jais2", _WIDE),
    "Jamba": Member(
        "jamba",
        {
            **_GROUPED,
            "attn_layer_offset": 1,
            "attn_layer_period": 2,
            "expert_layer_offset": 1,
            "expert_layer_period": 2,
            "num_experts": 4,
            "num_experts_per_tok": 2,
            "mamba_d_state": 4,
            "mamba_dt_rank": 4,
            "use_mamba_kernels": False,
        },
    ),
    "JetMoE": Member("jetmoe", {**_GROUPED, "kv_channels": 8, "num_local_experts": 4}),
    "LFM 2": Member("lfm2", {**_GROUPED, "layer_types": ["conv", "full_attention"]}),
    "LFM 2 MoE": Member(
        "lfm2_moe",
        {**_GROUPED, **_EXPERTS, "layer_types": ["conv", "full_attention"], "num_dense_layers": 1},
    ),
    "Llama 4": Member(
        "llama4_text",
        {
            **_WIDE,
            "num_local_experts": 4,
            "num_experts_per_tok": 1,
            "attention_chunk_size": 16,
            "intermediate_size_mlp": 48,
            "interleave_moe_layer_step": 2,
        },
    ),
    "LongCat": Member(
        "longcat_flash",
        {
            **_LATENT,
            "num_layers": 2,
            "head_dim": 4,
            "n_routed_experts": 4,
            "moe_topk": 2,
            "ffn_hidden_size": 48,
            "expert_ffn_hidden_size": 24,
            "zero_expert_num": 2,
        },
    ),
    "MiniCPM 3": Member("minicpm3", {**_LATENT, "dim_model_base": 16}),
    "MiniMax": Member(
        "minimax",
        {
            **_WIDE,
            **_LOCAL_EXPERTS,
            "layer_types": ["linear_attention", "full_attention"],
            "block_size": 16,
        },
    ),
    "MiniMax M2": Member("minimax_m2", {**_WIDE, **_LOCAL_EXPERTS}),
    "Ministral": Member("ministral", {**_WIDE, **_WINDOW}),
    "NanoChat": Member("nanochat", {**_GROUPED, "final_logit_softcapping": 3.0}),
    "ModernBERT as a decoder": Member(
        "modernbert-decoder",
        {**_ANY, "local_attention": 8, "global_attn_every_n_layers": 2},
        own_logits="a layer of its own before the output",
    ),
    "Nemotron": Member("nemotron", _GROUPED),
    "Nemotron H": Member(
        "nemotron_h",
        {
            **_GROUPED,
            "layers_block_type": ["mamba", "attention"],
            "mamba_num_heads": 8,
            "mamba_head_dim": 8,
            "n_groups": 1,
            "ssm_state_size": 8,
            "chunk_size": 16,
        },
    ),
    "OLMo": Member("olmo", _GROUPED),
    "OLMo 3": Member("olmo3", {**_GROUPED, **_WINDOW}),
    "OLMo, hybrid": Member("olmo_hybrid", {**_GROUPED, **_DELTA}),
    "OLMoE": Member("olmoe", {**_GROUPED, "num_experts": 4, "num_experts_per_tok": 2}),
    "Persimmon": Member("persimmon", _ANY),
    "Phi-3.5 MoE": Member("phimoe", {**_GROUPED, **_WINDOW, **_LOCAL_EXPERTS}),
    "Qwen 3 MoE": Member("qwen3_moe", {**_WIDE, **_EXPERTS}),
    "Qwen 3 Next": Member(
        "qwen3_next", {**_WIDE, **_EXPERTS, **_DELTA, "shared_expert_intermediate_size": 24}
    ),
    "Qwen 3.5": Member("qwen3_5_text", {**_WIDE, **_DELTA}),
    "Seed OSS": Member("seed_oss", _WIDE),
    "SmolLM 3": Member("smollm3", _GROUPED),
    "StarCoder": Member("gpt_bigcode", _OLD),
    "StarCoder 2": Member("starcoder2", {**_GROUPED, **_WINDOW}),
    "VaultGemma": Member("vaultgemma", {**_WIDE, **_WINDOW, "query_pre_attn_scalar": 8}),
    "XGLM": Member(
        "xglm",
        {
            **_TOKENS,
            "d_model": 32,
            "num_layers": 2,
            "attention_heads": 4,
            "ffn_dim": 48,
            "max_position_embeddings": CONTEXT,
        },
    ),
    "xLSTM": Member(
        "xlstm",
        {
            **_TOKENS,
            "hidden_size": 128,
            "num_blocks": 2,
            "num_heads": 4,
            "chunk_size": 16,
            "qk_dim_factor": 0.5,
        },
    ),
    "Youtu": Member("youtu", _LATENT),
    "Zamba": Member(
        "zamba",
        {
            **_GROUPED,
            "num_key_value_heads": 4,
            "num_hidden_layers": 4,
            "layers_block_type": ["mamba", "hybrid", "mamba", "hybrid"],
            "attention_hidden_size": 64,
            "mamba_d_state": 8,
            "n_mamba_heads": 2,
            "mamba_dt_rank": 4,
            "use_mamba_kernels": False,
        },
    ),
    "Zamba 2": Member(
        "zamba2",
        {
            **_GROUPED,
            "num_key_value_heads": 4,
            "layers_block_type": ["mamba", "hybrid"],
            "mamba_d_state": 8,
            "n_mamba_heads": 8,
            "mamba_headdim": 8,
            "mamba_ngroups": 1,
            "chunk_size": 16,
            "num_mem_blocks": 1,
            "use_mamba_kernels": False,
        },
    ),
}

MEMBERS = {**ASKED_FOR, **BESIDE}

NOT_CAUSAL: dict[str, Member] = {
    "BERT": Member("bert", _ANY),
    "CPM-Ant": Member(
        "cpmant",
        {
            "vocab_size": VOCAB,
            "hidden_size": 32,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "dim_head": 8,
            "dim_ff": 48,
        },
    ),
    "XLNet": Member(
        "xlnet", {"vocab_size": VOCAB, "d_model": 32, "n_layer": 2, "n_head": 4, "d_inner": 48}
    ),
}
"""What transformers loads as a causal model although later tokens change what comes before."""


@cache
def build(name: str, *, steep: bool = True) -> Any:
    """The model of a member, in evaluation mode, float32; the same object every time."""
    return built(MEMBERS[name].kind, MEMBERS[name].config, steep=steep)


def built(kind: str, config: Mapping[str, Any], *, steep: bool = True) -> Any:
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(AutoConfig.for_model(kind, **config)).eval()
    with torch.no_grad():
        for name, p in model.named_parameters():
            if _is_matrix(name, p):
                p.mul_(1.3 / (p.shape[-1] ** 0.5 * p.std().clamp(min=1e-6)))
            if steep and _routes(name):
                p.mul_(8.0)
    return model


def _is_matrix(name: str, p: Any) -> bool:
    special = ("A_log", "conv", "time_", "lambda", "rg_lru", "recurrent")
    return p.ndim > 1 and not any(part in name for part in special)


def _routes(name: str) -> bool:
    """Whether a weight chooses experts."""
    return bool(re.search(r"\.(gate|gate\.wg|router|router\.(layer|classifier))\.weight$", name))


def texts(seed: int = 0) -> list[Any]:
    """Token ids of :data:`LENGTHS` tokens each, int64; 0, with which batches are padded, too."""
    import numpy as np

    rng = np.random.default_rng(seed)
    return [rng.integers(0, VOCAB, n, dtype=np.int64) for n in LENGTHS]
