"""Random tiny Llama models as GGUF files, written with the gguf library."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import tiny_models

_BLOCK = {
    "input_layernorm": "attn_norm",
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "post_attention_layernorm": "ffn_norm",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}
_HEADS = 2


def write(path: Path, folder: Path, kind: str = "F32") -> dict[str, np.ndarray]:
    """The model in ``folder`` as a GGUF file with matrices of type ``kind``; the weights that it
    holds, by their names in the folder."""
    import gguf
    from safetensors.numpy import load_file

    weights = load_file(folder / "model.safetensors")
    dims = tiny_models.SHAPES["llama"]
    quantized = gguf.GGMLQuantizationType[kind]
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_block_count(int(dims["num_hidden_layers"]))
    writer.add_context_length(int(dims["max_position_embeddings"]))
    writer.add_embedding_length(int(dims["hidden_size"]))
    writer.add_feed_forward_length(int(dims["intermediate_size"]))
    writer.add_head_count(_HEADS)
    writer.add_head_count_kv(_HEADS)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_rope_freq_base(10000.0)
    writer.add_vocab_size(320)
    writer.add_file_type({"F32": 0, "Q8_0": 7, "Q4_0": 2}[kind])
    _add_tokenizer(writer)
    held = {}
    for name, weight in weights.items():
        data, weight_kind = _stored(name, weight), gguf.GGMLQuantizationType.F32
        held[name] = weight
        if data.ndim == 2:
            weight_kind = quantized
            data = gguf.quants.quantize(data, quantized)
            back = gguf.quants.dequantize(data, quantized).astype(np.float32)
            held[name] = _loaded(name, back)
        writer.add_tensor(_name(name), data, raw_dtype=weight_kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return held


def _add_tokenizer(writer) -> None:
    from tokenizers import pre_tokenizers

    alphabet = ["<|endoftext|>", *sorted(pre_tokenizers.ByteLevel.alphabet())]
    alphabet.append("ab")  # a list of merges may not be empty; no text has this one
    tokens = alphabet + [f"<unused{k}>" for k in range(320 - len(alphabet))]
    writer.add_tokenizer_model("gpt2")
    writer.add_token_list(tokens)
    writer.add_token_types([3, *[1] * (len(alphabet) - 1), *[5] * (320 - len(alphabet))])
    writer.add_token_merges(["a b"])
    writer.add_bos_token_id(0)
    writer.add_eos_token_id(0)


def _name(name: str) -> str:
    known = {
        "model.embed_tokens.weight": "token_embd.weight",
        "model.norm.weight": "output_norm.weight",
        "lm_head.weight": "output.weight",
    }
    if name in known:
        return known[name]
    _, _, number, *rest, end = name.split(".")
    return f"blk.{number}.{_BLOCK['.'.join(rest)]}.{end}"


def _stored(name: str, weight: np.ndarray) -> np.ndarray:
    """Llama's queries and keys lie in another order of rows in such files."""
    if not name.endswith(("q_proj.weight", "k_proj.weight")):
        return weight
    shape = weight.shape
    return weight.reshape(_HEADS, 2, shape[0] // _HEADS // 2, -1).swapaxes(1, 2).reshape(shape)


def _loaded(name: str, data: np.ndarray) -> np.ndarray:
    if not name.endswith(("q_proj.weight", "k_proj.weight")):
        return data
    shape = data.shape
    return data.reshape(_HEADS, shape[0] // _HEADS // 2, 2, -1).swapaxes(1, 2).reshape(shape)
