"""What cannot be read or written is refused in one sentence, and nothing changes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import h5py
import numpy as np
import pytest

from compute import store
from compute.core.errors import StoreError
from compute.core.tables import Entry, TextSet, WeightDistances
from compute.store import files, schema

Script = Callable[..., "subprocess.CompletedProcess[str]"]
NEW = store.PutEntries((Entry("new"),))


def _refused(path: Path, match: str) -> None:
    """Reading and committing both say it, and leave the folder as it was."""
    before = {p: p.read_bytes() for p in path.parent.iterdir() if p.is_file()}
    for call in (lambda: store.read(path), lambda: store.commit(path, NEW)):
        with pytest.raises(StoreError, match=match) as caught:
            call()
        assert path.name in str(caught.value)
        assert "\n" not in str(caught.value)
    assert {p: p.read_bytes() for p in path.parent.iterdir() if p.is_file()} == before


def test_that_a_missing_file_is_refused(tmp_path: Path) -> None:
    _refused(tmp_path / "none.h5", "there is no such file")


def test_that_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "dir.h5").mkdir()
    _refused(tmp_path / "dir.h5", "it is a folder")


@pytest.mark.parametrize(
    ("raw", "match"), [(b"", "is empty"), (b"\x89PNG\r\n\x1a\n" + b"x" * 99, "not an HDF5 file")]
)
def test_that_a_file_that_is_not_hdf5_is_refused(tmp_path: Path, raw: bytes, match: str) -> None:
    path = tmp_path / "picture.h5"
    path.write_bytes(raw)
    _refused(path, match)


def test_that_foreign_hdf5_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "weather.h5"
    with h5py.File(path, "w") as file:
        file["rain"] = [1, 2]
    _refused(path, "not a klscope project")


def test_that_a_newer_version_is_refused(project: Path) -> None:
    with h5py.File(project, "r+") as file:
        file.attrs["format_version"] = schema.FORMAT_VERSION + 1
    _refused(project, "newer klscope .*Update klscope")


@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_that_a_truncated_file_is_refused(project: Path, share: float) -> None:
    raw = project.read_bytes()
    project.write_bytes(raw[: int(share * len(raw))])
    _refused(project, "damaged or was cut short")


@pytest.mark.parametrize(
    "key", ["texts", "texts/text", "texts/domain", "models", "models/id", "models/tags", "loglik"]
)
def test_that_a_missing_key_is_named(project: Path, key: str) -> None:
    with h5py.File(project, "r+") as file:
        del file[key]
    with pytest.raises(StoreError, match=f"/{key} is missing") as caught:
        store.read(project)
    assert str(project) in str(caught.value)


def _replace(file: h5py.File, key: str, data: object) -> None:
    del file[key]
    file[key] = data


DAMAGE = {
    "/loglik": lambda f: _replace(f, "loglik", np.zeros((2, 3), np.float32)),
    "/models/step": lambda f: _replace(f, "models/step", ["one"]),
    "/models/label": lambda f: _replace(f, "models/label", [1.5]),
    "/models/n_prefix": lambda f: f["models/n_prefix"].__setitem__(0, 9),
    "/texts/order": lambda f: f["texts/order"].__setitem__(0, f["texts/order"][1]),
    "/models/status": lambda f: f["models/status"].__setitem__(0, "dreaming"),
    "/models/tags": lambda f: f["models/tags"].__setitem__(0, "{"),
    "/texts/text": lambda f: f["texts/text"].__setitem__(0, "another text"),
    "/texts attribute 'parameters'": lambda f: f["texts"].attrs.__setitem__("parameters", "[1"),
    "/texts attribute 'licence'": lambda f: f["texts"].attrs.__delitem__("licence"),
    "/texts": lambda f: f["texts"].attrs.__setitem__("complete", False),
    "/models": lambda f: _replace(f, "models", [1]),
    "/recipes/raw/excluded": lambda f: f["recipes/raw"].__delitem__("excluded"),
    "/texts/id": lambda f: _replace(f, "texts/id", h5py.SoftLink("/texts/text")),
    "/texts/domain": lambda f: _replace(f, "texts/domain", h5py.ExternalLink("other.h5", "/x")),
}


@pytest.mark.parametrize("key", DAMAGE)
def test_that_damage_is_named_by_its_key(project: Path, key: str) -> None:
    with h5py.File(project, "r+") as file:
        DAMAGE[key](file)
    with pytest.raises(StoreError, match=f"{key} ") as caught:
        store.read(project)
    assert str(project) in str(caught.value)


def test_that_a_negative_squared_distance_in_a_file_is_refused(project: Path) -> None:
    squared = np.array([[0.0, 4.0], [4.0, 0.0]])
    store.commit(project, store.PutWeights(WeightDistances("r", np.array([0, 1]), squared)))
    assert store.read_weights(project)["r"].squared[0, 1] == 4.0
    with h5py.File(project, "r+") as file:
        next(iter(file["weights"].values()))["squared_distance"][0, 1] = -4.0
    with pytest.raises(StoreError, match="squared_distance holds a negative number"):
        store.read_weights(project)


def test_that_a_repeated_entry_id_in_a_file_is_refused(project: Path) -> None:
    store.commit(project, NEW)
    with h5py.File(project, "r+") as file:
        file["models/id"][1] = "kept"
    with pytest.raises(StoreError, match="/models/id holds a repeated"):
        store.read(project)


def test_that_data_outside_the_file_is_not_read(project: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"\0" * 32)
    with h5py.File(project, "r+") as file:
        del file["loglik"]
        outside = [(str(tmp_path / "secret"), 0, 32)]
        file.create_dataset("loglik", (1, 8), "f4", external=outside)
    with pytest.raises(StoreError, match="/loglik points at data outside"):
        store.read(project)


BAD_CHANGES = {
    "twice in one change": store.PutEntries((Entry("a"), Entry("a"))),
    "has no id": store.PutEntries((Entry(""),)),
    "unknown status": store.PutEntries((Entry("a", status="dreaming"),)),
    "has the prefix 9": store.PutEntries((Entry("a", status="partial", n_prefix=9),)),
    "unknown relation": store.PutEntries((Entry("a", relation="cousin-of"),)),
    "no entry 'ghost'": store.PutRows({"ghost": np.zeros(8, np.float32)}),
    "has shape": store.PutRows({"kept": np.zeros(7, np.float32)}),
    "are final": store.PutRows({"kept": np.ones(8, np.float32)}),
    "token counts": store.PutTokenization("d", np.zeros(8)),
    "cannot be a name": store.PutTokenization("a/b", np.zeros(8, np.int64)),
    "squared distance is negative between weights of r": store.PutWeights(
        WeightDistances("r", np.array([0, 1]), np.array([[0.0, -1.0], [-1.0, 0.0]]))
    ),
    "NULL": store.PutEntries((Entry("a", label="a\0b"),)),
}


@pytest.mark.parametrize("match", BAD_CHANGES)
def test_that_a_change_that_does_not_fit_changes_nothing(project: Path, match: str) -> None:
    before = project.read_bytes()
    with pytest.raises(StoreError, match=match) as caught:
        store.commit(project, NEW, BAD_CHANGES[match])
    assert str(project) in str(caught.value)
    assert project.read_bytes() == before
    assert os.listdir(project.parent) == [project.name]


@pytest.mark.parametrize(
    ("texts", "match"),
    [
        (TextSet((), (), ()), "empty"),
        (TextSet(("a", "a"), ("x", "y"), ("", "")), "same id"),
        (TextSet(("a",), ("x\0y",), ("",)), "'a' holds a NUL"),
        (TextSet(("a", "b"), ("x", "y"), ("", ""), kept_order=np.array([1, 1])), "every text once"),
    ],
)
def test_that_texts_that_cannot_be_stored_are_refused(
    tmp_path: Path, texts: TextSet, match: str
) -> None:
    with pytest.raises(StoreError, match=match):
        store.create(tmp_path / "run.h5", texts)
    assert os.listdir(tmp_path) == []


def test_that_create_never_replaces_a_file(project: Path, texts: TextSet) -> None:
    before = project.read_bytes()
    with pytest.raises(StoreError, match="exists already"):
        store.create(project, texts)
    assert project.read_bytes() == before
    assert os.listdir(project.parent) == [project.name]


def test_that_a_missing_folder_is_named(tmp_path: Path, texts: TextSet) -> None:
    with pytest.raises(StoreError, match=r"the folder .*nowhere does not exist"):
        store.create(tmp_path / "nowhere" / "run.h5", texts)


def test_that_orphans_of_this_project_only_are_cleaned_up(project: Path) -> None:
    folder = project.parent
    orphan = folder / f".run.h5.123-0{files.TEMP_SUFFIX}"
    others = [folder / f".run.h5.x.123-0{files.TEMP_SUFFIX}", folder / ".run.h5.notes"]
    for path in (orphan, *others):
        path.write_bytes(b"half")
    store.commit(project, NEW)
    assert sorted(os.listdir(folder)) == sorted([project.name, *(p.name for p in others)])


# A process of its own, because limits and user ids last for its life. It reports what each
# attempt said. argv: project, kind of trouble.
TROUBLE = """
import json, os, resource, sys
from pathlib import Path
import numpy as np
from compute import store
from compute.core.errors import StoreError
from compute.core.tables import Entry, TextSet, TokenDetail
path, kind = Path(sys.argv[1]), sys.argv[2]
texts = store.read(path).texts
parts = store.Parts(path)
rows = {f"m{k}": np.zeros(len(texts), np.float32) for k in range(3)}
note = "n" * 3_000_000
entries = tuple(Entry(name, error=note) for name in rows)
big = TextSet(("a",), ("t" * 3_000_000,), ("",))
big.order  # imports what another user may not be allowed to read
if kind == "read-only" and os.geteuid() == 0:
    os.setuid(65534)
if kind == "limit":
    parts.write_plan("kept2", {})
    parts.append("kept2", 0, [0, 1], [-1.0, -2.0])
    limit = int(sys.argv[3])
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
many = np.zeros(300_000)
half = np.zeros(2_000_000, np.float16)
detail = TokenDetail(np.array([0, *[len(half)] * len(texts)]), half)
attempts = {
    "commit": lambda: store.commit(path, store.PutEntries(entries), store.PutRows(rows)),
    "create": lambda: store.create(path.with_name("second.h5"), big),
    "plan": lambda: parts.write_plan("m0", {"x": "y" * 3_000_000}),
    "companion": lambda: store.write_tokens(path, Entry("kept2"), detail),
}
if kind == "read-only":
    attempts["lock"] = lambda: store.job_lock(path).__enter__()
else:
    attempts["batch"] = lambda: parts.append("kept2", 1, many, many)
    attempts["tokens"] = lambda: parts.append("kept2", 1, [2], [-3.0], tokens=[half])
    attempts["another plan"] = lambda: parts.write_plan("kept2", {"x": "y" * 3_000_000})
said = {}
for name, attempt in attempts.items():
    try:
        attempt()
        said[name] = "no error"
    except StoreError as error:
        said[name] = str(error)
print(json.dumps(said))
"""


def _tree(folder: Path) -> dict[str, bytes]:
    files_below = (p for p in sorted(folder.rglob("*")) if p.is_file())
    return {str(p.relative_to(folder)): p.read_bytes() for p in files_below}


@pytest.mark.parametrize("limit", [10_000, 200_000, 2_000_000])
def test_that_a_full_disk_is_one_sentence_and_nothing_changes(
    project: Path, run_script: Script, limit: int
) -> None:
    before = project.read_bytes()
    result = run_script(TROUBLE, project, "limit", limit)
    assert (result.returncode, result.stderr) == (0, "")
    said = json.loads(result.stdout)
    expected = {"commit", "create", "plan", "companion", "batch", "tokens", "another plan"}
    assert set(said) == expected
    for sentence in said.values():
        assert "there is no room left on the disk" in sentence
    assert project.read_bytes() == before
    parts = store.Parts(project)
    assert list(parts.finished("kept2")) == [0]
    assert len(list(parts.folder.iterdir())) == 2
    tokens = store.tokens_folder(project)
    assert sorted(os.listdir(project.parent)) == [project.name, parts.folder.name, tokens.name]
    assert os.listdir(tokens) == []


@pytest.fixture
def read_only(project: Path) -> Iterator[Path]:
    """The project in a folder that anybody may look into and nobody may write to.

    pytest's own folders are closed to other users, whom root becomes in this test.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copyfile(project, folder / "run.h5")
        (folder / "run.h5").chmod(0o444)
        folder.chmod(0o555)
        yield folder / "run.h5"
        folder.chmod(0o700)


def test_that_a_read_only_folder_is_one_sentence(read_only: Path, run_script: Script) -> None:
    before = _tree(read_only.parent)
    result = run_script(TROUBLE, read_only, "read-only")
    assert (result.returncode, result.stderr) == (0, "")
    said = json.loads(result.stdout)
    assert set(said) == {"commit", "create", "plan", "companion", "lock"}
    for sentence in said.values():
        assert "read-only" in sentence
    assert _tree(read_only.parent) == before


def test_that_a_write_protected_project_is_not_replaced(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def protected(name: object, mode: str = "r", **options: object) -> object:
        if name == project and mode == "r+b":
            raise PermissionError(13, "Permission denied")
        return open(name, mode, **options)  # type: ignore[call-overload]

    monkeypatch.setattr("compute.store.writer.open", protected, raising=False)
    with pytest.raises(StoreError, match="read-only"):
        store.commit(project, NEW)
    assert os.listdir(project.parent) == [project.name]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 3 MiB; needs the right to mount, the limit test above does not."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(folder)]
    if os.geteuid() or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("may not mount a tmpfs here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_that_a_full_tmpfs_keeps_the_project_and_its_batches(
    small_disk: Path, texts: TextSet
) -> None:
    path = small_disk / "run.h5"
    store.create(path, texts)
    before = path.read_bytes()
    parts = store.Parts(path)
    parts.write_plan("e", {})
    parts.append("e", 0, [0, 1], [-1.0, -2.0])
    filler = small_disk / "filler"
    filler.write_bytes(bytes(os.statvfs(small_disk).f_bavail * os.statvfs(small_disk).f_bsize))
    with pytest.raises(StoreError, match="no room left"):
        store.commit(path, NEW)
    with pytest.raises(StoreError, match="no room left"):
        parts.append("e", 1, np.zeros(3000), np.zeros(3000))
    with pytest.raises(StoreError, match="no room left"):
        parts.append("e", 1, [2], [-3.0], tokens=[np.zeros(3000)])
    assert path.read_bytes() == before
    assert sorted(os.listdir(small_disk)) == ["filler", "run.h5", "run.h5.parts"]
    filler.unlink()
    parts.append("e", 1, [2], [-3.0], tokens=[np.zeros(3000)])
    store.commit(path, NEW)
    assert sorted(parts.finished("e")) == [0, 1]
    assert len(store.read(path).entries) == 1
