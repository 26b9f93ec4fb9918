"""The Hugging Face cache: repositories, revisions, what is missing; no network."""

from __future__ import annotations

import hashlib
import json
import os
import struct
from pathlib import Path

import pytest

from compute import sources
from compute.core.errors import InputError
from compute.sources import cache

CAUSAL = {"model_type": "gpt_neox", "architectures": ["GPTNeoXForCausalLM"]}


def write_weights(path: Path, fill: int) -> None:
    header = {"w": {"dtype": "F32", "shape": [3, 4], "data_offsets": [0, 48]}}
    raw = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(raw)) + raw + bytes([fill]) * 48)


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache that the environment points to; the current folder is another one."""
    place = tmp_path / "hub"
    place.mkdir()
    monkeypatch.setenv("HF_HUB_CACHE", str(place))
    monkeypatch.chdir(tmp_path)
    return place


def keep(hub: Path, repo: str, names: tuple[str, ...], fill: int, *, weights: bool = True) -> Path:
    """A revision laid out as the hub's client does: blobs by sum, links in a snapshot, refs."""
    folder = hub / f"models--{repo.replace('/', '--')}"
    commit = hashlib.sha1(f"{repo} {names} {fill}".encode()).hexdigest()
    snapshot, blobs = folder / "snapshots" / commit, folder / "blobs"
    for place in (snapshot, blobs, folder / "refs"):
        place.mkdir(parents=True, exist_ok=True)
    small = {"config.json": json.dumps(CAUSAL), "tokenizer.json": "{}"}
    for name, words in small.items():
        blob = blobs / hashlib.sha1(words.encode()).hexdigest()
        blob.write_text(words)
        (snapshot / name).symlink_to(os.path.relpath(blob, snapshot))
    if weights:
        made = blobs / "made"
        write_weights(made, fill)
        blob = made.rename(blobs / hashlib.sha256(made.read_bytes()).hexdigest())
        (snapshot / "model.safetensors").symlink_to(os.path.relpath(blob, snapshot))
    for name in names:
        (folder / "refs" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "refs" / name).write_text(commit)
    return snapshot


def test_that_branches_and_tags_with_steps_are_a_run_in_order(hub: Path) -> None:
    for step in (1000, 64, 0):
        keep(hub, "lab/tiny-70m", (f"step{step}",), step % 251)
    keep(hub, "lab/tiny-70m", ("main",), 200)
    listing = sources.resolve("lab/tiny-70m")
    assert [c.step for c in listing.checkpoints] == [0, 64, 1000, -1]
    assert [c.revision for c in listing.checkpoints] == ["step0", "step64", "step1000", "main"]
    assert {(c.run, c.source, c.size) for c in listing.checkpoints} == {
        ("lab/tiny-70m", "lab/tiny-70m", "70m")
    }
    assert [c.label for c in listing.checkpoints][1::2] == [
        "lab/tiny-70m step 64", "lab/tiny-70m@main",
    ]  # fmt: skip
    assert not any(c.problem for c in listing.checkpoints)


def test_that_a_revision_is_found_by_branch_tag_and_commit(hub: Path) -> None:
    first = keep(hub, "lab/tiny", ("main", "v1"), 1)
    second = keep(hub, "lab/tiny", ("pr/2",), 2)
    for name, snapshot in (("v1", first), ("main", first), (second.name[:10], second)):
        (found,) = sources.resolve(f"lab/tiny@{name}").checkpoints
        assert Path(found.path) == snapshot
    assert len(sources.resolve("cache:lab/tiny@main,pr/2").checkpoints) == 2
    with pytest.raises(InputError, match=r"no revision 'v9'.*It has main, pr/2"):
        sources.resolve("lab/tiny@v9")


def test_that_a_digest_read_from_names_is_that_of_the_bytes(hub: Path) -> None:
    snapshot = keep(hub, "gpt", ("main",), 3)
    (found,) = sources.resolve("gpt", digests=False).checkpoints
    assert found.digest == sources.digest_of(snapshot) != ""


def test_that_equal_weights_of_two_revisions_are_marked(hub: Path) -> None:
    keep(hub, "lab/tiny", ("step1",), 5)
    keep(hub, "lab/tiny", ("step2",), 5)
    assert [c.duplicate_of for c in sources.resolve("lab/tiny").checkpoints] == [
        "", "lab/tiny step 1",
    ]  # fmt: skip


def test_that_what_is_not_all_there_is_listed_with_its_reason(hub: Path) -> None:
    keep(hub, "lab/tiny", ("main",), 1)
    gone = keep(hub, "lab/tiny", ("step8",), 8)
    os.unlink((gone / "model.safetensors").resolve())
    keep(hub, "lab/tiny", ("step9",), 9, weights=False)
    (hub / "models--lab--tiny" / "refs" / "step10").write_text("0" * 40)
    problems = {c.revision: c.problem for c in sources.resolve("lab/tiny").checkpoints}
    assert problems["main"] == ""
    assert problems["step8"].startswith("The download is not complete: 0 of 1 weight files")
    assert problems["step9"].startswith("The cache holds no weights")
    assert problems["step10"].startswith("The cache knows this revision but holds none")
    (hub / "models--lab--tiny" / "blobs" / "ab.incomplete").touch()
    problems = {c.revision: c.problem for c in sources.resolve("lab/tiny").checkpoints}
    assert problems["step9"].startswith("The download was not finished")


@pytest.mark.parametrize("content", ["../../../../elsewhere", "{here}/elsewhere", "..", "a b"])
def test_that_a_branch_leads_nowhere_outside_its_repository(
    hub: Path, tmp_path: Path, content: str
) -> None:
    keep(hub, "lab/tiny", ("main",), 1)
    other = keep(hub, "lab/other", ("main",), 2)
    other.rename(tmp_path / "elsewhere")
    refs = hub / "models--lab--tiny" / "refs"
    (refs / "evil").write_text(content.format(here=tmp_path))
    (refs / "loop").symlink_to("loop")
    (hub / "models--lab--tiny" / "snapshots" / ".DS_Store").touch()
    assert [c.revision for c in sources.resolve("lab/tiny").checkpoints] == ["main"]


def test_that_the_whole_cache_is_listed_and_datasets_are_not(hub: Path) -> None:
    keep(hub, "lab/run-10", ("main",), 1)
    keep(hub, "lab/run-9", ("main",), 2)
    (hub / "datasets--lab--texts").mkdir()
    assert [c.label for c in sources.resolve("cache").checkpoints] == ["lab/run-9", "lab/run-10"]


def test_that_a_name_with_a_slip_leads_to_the_repository(hub: Path) -> None:
    keep(hub, "lab/tiny-70m", ("main",), 1)
    for name in ("lab/tiny-70n", "cache:lab/tiny-70n"):
        with pytest.raises(InputError, match=r"Did you mean lab/tiny-70m"):
            sources.resolve(name)


def test_that_a_folder_here_comes_before_the_cache(hub: Path, tmp_path: Path) -> None:
    keep(hub, "lab/tiny", ("main",), 1)
    (tmp_path / "lab" / "tiny").mkdir(parents=True)
    assert not sources.in_cache("lab/tiny")
    assert not sources.in_cache("lab/tiny@main")
    assert len(sources.resolve("cache:lab/tiny").checkpoints) == 1


def test_that_the_environment_says_where_the_cache_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache.root() == tmp_path / "huggingface" / "hub"
    monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
    assert cache.root() == tmp_path / "home" / "hub"
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "other"))
    assert cache.root() == tmp_path / "other"
    with pytest.raises(InputError, match=r"no Hugging Face cache.*Set HF_HUB_CACHE"):
        sources.resolve("cache")
