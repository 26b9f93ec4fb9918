"""``klscope bench scoring``: every figure of every shape, one after the other."""

from __future__ import annotations

import platform
import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch
from transformers.utils import logging as transformers_logging

from compute.scoring import devices, processor
from compute.scoring.bench import speed
from compute.scoring.bench.material import Material, checkpoints, material, random_model
from compute.scoring.bench.matrix import Yardstick
from compute.scoring.bench.numbers import Figures, ratio, rounded
from compute.scoring.bench.rounds import interleaved
from compute.scoring.bench.shapes import Ask, Shape, chosen
from compute.scoring.bench.subjects import Place, in_memory, loaded, on_disk, place
from compute.scoring.bench.switch import TEXTS, Switch

Say = Callable[[str], None]
NO_BFLOAT16 = "not measured: this CPU has neither AVX512-BF16 nor AMX"
_SWITCH_ROWS = 512


def measure(ask: Ask, say: Say) -> Figures:
    """The machine, then each shape; see :func:`compute.scoring.bench.measure`."""
    transformers_logging.disable_progress_bar()
    where = place(ask.device, ask.dtype, ask.n_threads)
    shapes = chosen(ask.shapes, where.device.type)
    found: dict[str, Any] = {"machine": _machine(where)}
    for shape in shapes:
        began = time.monotonic()
        found[shape.name] = _shape(ask, shape, where, say)
        say(f"{shape.name} took {time.monotonic() - began:.0f} s")
    return found


def _machine(where: Place) -> Figures:
    return {
        "processor": processor.name(),
        "device": _device(where.device),
        "threads": where.n_threads,
        "dtype": where.dtype,
        "software": devices.software(),
        "system": platform.system(),
    }


def _device(device: torch.device) -> str:
    return torch.cuda.get_device_name(device) if device.type == "cuda" else str(device)


def _shape(ask: Ask, shape: Shape, where: Place, say: Say) -> Figures:
    made = material(shape.pieces)
    if not shape.beside_s:
        return _made_in_place(ask, shape, where, made, say)
    folder = ask.folder / shape.name
    try:
        return _from_files(ask, shape, where, made, say)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _made_in_place(ask: Ask, shape: Shape, where: Place, made: Material, say: Say) -> Figures:
    say(f"{shape.name}: making the model")
    devices.be_repeatable(where.device)
    module = random_model(shape, devices.DTYPES[where.dtype], where.device)
    try:
        texts = made.texts(ask.texts or shape.texts)
        with in_memory(module, made.ids(texts), texts, where) as subject:
            found = speed.measure(subject, shape, made, ask.rounds, say)
        n_whole = ask.whole or (shape.whole if where.device.type == "cuda" else 0)
        if not n_whole:
            return found
        say(f"{shape.name}: {n_whole} texts in one go")
        texts = made.texts(n_whole)
        with in_memory(module, made.ids(texts), texts, where) as subject:
            return {**found, "in one go": speed.in_one_go(subject)}
    finally:
        del module
        devices.forget(where.device)


def _from_files(ask: Ask, shape: Shape, where: Place, made: Material, say: Say) -> Figures:
    say(f"{shape.name}: making two checkpoints")
    run = checkpoints(shape, made, ask.folder, 2)
    texts = made.texts(ask.texts or shape.texts)
    module = loaded(run[0].path, where)
    with on_disk(run[0], texts, where, module) as subject:
        found = dict(speed.measure(subject, shape, made, ask.rounds, say))
    if where.device.type == "cpu" and where.dtype == "float32":
        found["bfloat16"] = NO_BFLOAT16
        if processor.has_bfloat16():
            with on_disk(run[0], texts, replace(where, dtype="bfloat16"), module) as subject:
                found["bfloat16"] = speed.measure(subject, shape, made, ask.rounds, say)
    del module
    if ask.switches >= 0:
        n_rounds = ask.switches or ask.rounds
        say(f"{shape.name}: {n_rounds} checkpoint switches each way")
        switch = Switch(run, made.texts(TEXTS), where, shape.beside_s)
        found["checkpoint switch"] = _switches(switch, shape, where, n_rounds)
    return found


def _switches(switch: Switch, shape: Shape, where: Place, n_rounds: int) -> Figures:
    like = torch.empty(0, dtype=devices.DTYPES[where.dtype], device=where.device)
    rows = _SWITCH_ROWS
    yardstick = Yardstick(shape, like, rows=rows, head_rows=rows, n_threads=where.n_threads)
    try:
        ways = {"klscope": switch.ours, "plain": switch.plain}
        rounds = interleaved(ways, yardstick, rounds=n_rounds)
    finally:
        switch.close()
    return {
        "klscope, s": rounded(rounds.median("klscope")),
        "plain way, s": rounded(rounds.median("plain")),
        "share of the plain way": ratio(rounds.ratio("plain", "klscope")),
        "rounds": speed.rounds_word(rounds),
    }
