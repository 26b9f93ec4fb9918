"""Growing real suites, of the smallest size and a few steps."""

from __future__ import annotations

import errno
import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from compute import minisuite, sources
from compute.core.control import Control
from compute.core.errors import Cancelled, InputError, UsageError
from compute.core.events import Event, Notice, Started
from compute.core.specs import GrowSpec
from compute.jobs.grow import write_held_out
from compute.minisuite.corpus import SourceFile, read_corpus
from compute.texts import read_texts

SPEC = GrowSpec("", sizes=("xxs",), seeds=(0,), steps=3, n_threads=1, n_texts=20)


_POLLS_TO_STEP_2 = 3
"""After the tokenizer, at the start of the run, after step 1; then after step 2."""


@pytest.fixture(scope="module")
def corpus() -> tuple[SourceFile, ...]:
    return read_corpus()[::12]


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory, corpus: tuple[SourceFile, ...]) -> Path:
    return _grow(tmp_path_factory.mktemp("suite") / "a", corpus)


def _grow(out: Path, corpus: tuple[SourceFile, ...], **changes: Any) -> Path:
    spec = replace(SPEC, out=str(out), **changes)
    return minisuite.grow(spec, lambda _event: None, Control(), corpus)


def _bytes_of(folder: Path) -> dict[str, str]:
    return {
        p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in sorted(folder.rglob("*"))
        if p.is_file()
    }


def test_that_a_suite_has_its_checkpoints_and_nothing_else(suite: Path) -> None:
    assert sorted(p.name for p in suite.iterdir()) == ["suite.json", "xxs-seed0"]
    steps = sorted(p.name for p in (suite / "xxs-seed0").iterdir())
    assert steps == ["step0", "step1", "step2", "step3"]


def test_that_the_same_arguments_give_the_same_bytes(
    suite: Path, corpus: tuple[SourceFile, ...], tmp_path: Path
) -> None:
    again = _grow(tmp_path / "b", corpus)
    assert _bytes_of(again) == _bytes_of(suite)


def test_that_training_changes_every_step(suite: Path) -> None:
    listing = sources.resolve(str(suite))
    assert [c.step for c in listing.checkpoints] == [0, 1, 2, 3]
    assert len({c.digest for c in listing.checkpoints}) == 4
    assert [c.problem for c in listing.checkpoints] == [""] * 4
    assert {c.n_params for c in listing.checkpoints} == {minisuite.SIZES["xxs"].n_params}
    assert [c.tokens_seen for c in listing.checkpoints] == [0, 2048, 4096, 6144]
    assert listing.notes == ()


def test_that_seeds_differ_from_the_first_step(suite: Path, corpus: tuple[SourceFile, ...]) -> None:
    _grow(suite, corpus, seeds=(0, 1), steps=3)
    zero, one = (sources.digest_of(suite / f"xxs-seed{k}" / "step0") for k in (0, 1))
    assert zero != one
    assert set(json.loads((suite / "suite.json").read_text())["runs"]) == {"xxs-seed0", "xxs-seed1"}


def test_that_the_suite_says_what_it_depends_on(
    suite: Path, corpus: tuple[SourceFile, ...]
) -> None:
    data = json.loads((suite / "suite.json").read_text())
    assert {"python", "torch", "transformers", "tokenizers"} <= set(data["software"])
    assert data["recipe"]["n_threads"] == 1
    assert data["tokens_seen"]["3"] == 6144
    assert set(minisuite.held_out_files(suite)) == {f.name for f in corpus if f.held_out}


def test_that_models_and_tokenizers_load_and_agree(suite: Path) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    folder = suite / "xxs-seed0" / "step3"
    tokenizer = AutoTokenizer.from_pretrained(folder)
    config = AutoModelForCausalLM.from_pretrained(folder).config
    text = 'def grüße(x):\n\treturn "日本" + x\r\n\x00'
    ids = tokenizer(text)["input_ids"]
    assert tokenizer.decode(ids) == text
    assert len(tokenizer) == config.vocab_size <= 2048
    assert tokenizer.bos_token_id == config.bos_token_id == config.eos_token_id
    assert tokenizer.eos_token_id == config.eos_token_id
    assert tokenizer.eos_token_id not in ids
    worst = bytes([0xF0, 0x90, 0x80, 0x80]).decode() * 256
    assert len(tokenizer(worst)["input_ids"]) <= config.max_position_embeddings == 1100


def test_that_held_out_texts_come_from_held_out_files(
    corpus: tuple[SourceFile, ...], tmp_path: Path
) -> None:
    write_held_out(corpus, tmp_path / "t.jsonl", 20)
    texts = read_texts(tmp_path / "t.jsonl")
    held = {f.name for f in corpus if f.held_out}
    assert {i.partition("#")[0] for i in texts.ids} <= held
    assert texts.licence == "PSF-2.0"


def test_that_a_whole_suite_is_kept(suite: Path, corpus: tuple[SourceFile, ...]) -> None:
    before = {p: p.stat().st_mtime_ns for p in suite.rglob("model.safetensors")}
    seen: list[Event] = []
    spec = replace(SPEC, out=str(suite))
    minisuite.grow(spec, seen.append, Control(), corpus)
    assert [type(e) for e in seen] == [Started, Notice]
    assert {p: p.stat().st_mtime_ns for p in suite.rglob("model.safetensors")} == before


def test_that_cancelling_keeps_whole_checkpoints_and_growing_goes_on(
    suite: Path, corpus: tuple[SourceFile, ...], tmp_path: Path
) -> None:
    spec = replace(SPEC, out=str(tmp_path / "b"))
    polls = iter(range(100))

    class Stop(Control):
        def checkpoint(self) -> None:
            if next(polls) == _POLLS_TO_STEP_2:
                raise Cancelled

    with pytest.raises(Cancelled):
        minisuite.grow(spec, lambda _event: None, Stop(), corpus)
    left = sorted(p.name for p in (tmp_path / "b" / "xxs-seed0").iterdir())
    assert left == ["step0", "step1", "step2"]
    assert not list((tmp_path / "b").glob(".*"))
    again = _grow(tmp_path / "b", corpus)
    one, two = _bytes_of(again / "xxs-seed0"), _bytes_of(suite / "xxs-seed0")
    assert one == two


def test_that_leftovers_of_a_kill_are_removed(
    suite: Path, corpus: tuple[SourceFile, ...], tmp_path: Path
) -> None:
    out = _grow(tmp_path / "b", corpus, steps=1)
    (out / "xxs-seed0" / ".step1.99.tmp").mkdir()
    (out / "xxs-seed0" / "step1").rename(out / "xxs-seed0" / ".step1.98.tmp")
    _grow(out, corpus, steps=1)
    assert sorted(p.name for p in (out / "xxs-seed0").iterdir()) == ["step0", "step1"]


def test_that_another_recipe_is_refused(suite: Path, corpus: tuple[SourceFile, ...]) -> None:
    with pytest.raises(InputError, match="grown with another steps"):
        _grow(suite, corpus, steps=2)
    with pytest.raises(InputError, match="grown with another corpus"):
        _grow(suite, corpus[1:])


def test_that_a_foreign_folder_is_refused_and_unchanged(
    corpus: tuple[SourceFile, ...], tmp_path: Path
) -> None:
    (tmp_path / "mine.txt").write_text("x")
    with pytest.raises(InputError, match=r"holds other files \(mine.txt\)"):
        _grow(tmp_path, corpus)
    with pytest.raises(InputError, match="it is a file"):
        _grow(tmp_path / "mine.txt", corpus)
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]


def test_that_a_damaged_suite_file_is_refused(
    corpus: tuple[SourceFile, ...], tmp_path: Path
) -> None:
    (tmp_path / "suite.json").write_text("{")
    with pytest.raises(InputError, match="not valid JSON"):
        _grow(tmp_path, corpus)


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """The third checkpoint meets a full disk, as the safetensors library reports it."""
    from safetensors import SafetensorError
    from transformers import GPTNeoXForCausalLM

    real = GPTNeoXForCausalLM.save_pretrained
    calls = iter(range(100))

    def save(self: Any, folder: Path, **more: Any) -> None:
        if next(calls) == 2:
            (Path(folder) / "model.safetensors").write_bytes(b"half")
            raise SafetensorError("I/O error: No space left on device (os error 28)")
        real(self, folder, **more)

    monkeypatch.setattr(GPTNeoXForCausalLM, "save_pretrained", save)


@pytest.mark.usefixtures("full_disk")
def test_that_a_full_disk_is_one_sentence_and_leaves_whole_checkpoints(
    corpus: tuple[SourceFile, ...], tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="step2: the disk is full"):
        _grow(tmp_path / "b", corpus)
    assert sorted(p.name for p in (tmp_path / "b" / "xxs-seed0").iterdir()) == ["step0", "step1"]
    assert not list((tmp_path / "b").glob(".*"))


def test_that_a_place_that_cannot_be_written_is_one_sentence(
    corpus: tuple[SourceFile, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_args: object, **_more: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(InputError, match="the file system is read-only"):
        _grow(tmp_path / "b", corpus)


def test_that_a_spike_changes_nothing_before_its_burst(
    suite: Path, corpus: tuple[SourceFile, ...], tmp_path: Path
) -> None:
    spiked = _grow(tmp_path / "b", corpus, spike_at=3)
    one, two = (_bytes_of(folder / "xxs-seed0") for folder in (spiked, suite))
    different = {name.partition("/")[0] for name in one if one[name] != two[name]}
    assert different == {"step3"}
    row = json.loads((spiked / "suite.json").read_text())["runs"]["xxs-seed0"]
    assert row["spike"] == {"at": 3, "steps": 1, "times": 20.0}


def test_that_a_copy_has_the_files_of_the_step_before_and_training_goes_on(
    suite: Path, corpus: tuple[SourceFile, ...], tmp_path: Path
) -> None:
    copied = _grow(tmp_path / "b", corpus, copy_at=2)
    assert _bytes_of(copied / "xxs-seed0" / "step2") == _bytes_of(copied / "xxs-seed0" / "step1")
    for step in ("step1", "step3"):
        assert _bytes_of(copied / "xxs-seed0" / step) == _bytes_of(suite / "xxs-seed0" / step)
    assert json.loads((copied / "suite.json").read_text())["runs"]["xxs-seed0"]["copy_at"] == 2
    with pytest.raises(InputError, match="the run xxs-seed0 there is another one"):
        _grow(copied, corpus)


def test_that_what_goes_wrong_is_at_a_saved_step(corpus: tuple[SourceFile, ...]) -> None:
    for wrong in ({"spike_at": 7}, {"copy_at": 0}, {"every_file": 0}):
        with pytest.raises(UsageError):
            minisuite.validate(replace(SPEC, **wrong))
