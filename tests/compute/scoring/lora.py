"""Adapters with random weights on random tiny models, saved to a folder."""

from __future__ import annotations

import warnings
from pathlib import Path


def save_adapter(folder: Path, base: Path, seed: int = 1, **config: object) -> Path:
    import peft
    import torch
    from transformers import AutoModelForCausalLM

    from compute.scoring.quantizing import import_quietly

    import_quietly()
    torch.manual_seed(seed)
    options = {"r": 4, "target_modules": ["q_proj", "v_proj"], "task_type": "CAUSAL_LM", **config}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        module = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
        model = peft.get_peft_model(module, peft.LoraConfig(**options))
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if "lora_" in name:
                weight.normal_(0, 0.3)
    model.save_pretrained(folder)
    return folder
