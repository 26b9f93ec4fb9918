"""Grows a small real suite of language models: `klscope grow`, the demo and the tests.

Small GPT-NeoX models are trained on the Python standard library's own source, which is on every
machine, with Pythia's schedule in miniature, and saved in Hugging Face layout as
``DIR/<size>-seed<k>/step<n>/`` with ``DIR/suite.json`` (everything the result depends on) and
``DIR/texts.jsonl`` (texts cut from files that no model was trained on).

Imports ``core`` here and numpy; torch, transformers and tokenizers only inside ``training`` and
``tokenizer``, which :func:`grow` loads on use. The texts are written by the caller (``jobs``),
because parts beside each other do not import each other.

To add a size, add a row to ``sizes.SIZES``; to add a preset, a row to ``presets.PRESETS``.

Decided: the sequence of operations is fixed (deterministic kernels, a stored thread count of 2
whatever the machine has, seeds for initial weights and data order), so the same arguments,
versions and threads give the same bytes. A run that was interrupted is trained again from its
start and not resumed from optimiser state: it takes a minute, and the checkpoints already there
come out the same.
"""

from compute.minisuite.corpus import SourceFile, held_out_source, heldout_names
from compute.minisuite.presets import PRESETS, preset
from compute.minisuite.schedule import checkpoint_steps, learning_rate
from compute.minisuite.sizes import SIZES, Size
from compute.minisuite.suite import grow, held_out_files, validate

__all__ = [
    "PRESETS",
    "SIZES",
    "Size",
    "SourceFile",
    "checkpoint_steps",
    "grow",
    "held_out_files",
    "held_out_source",
    "heldout_names",
    "learning_rate",
    "preset",
    "validate",
]
