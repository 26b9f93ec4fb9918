"""Building text sets from files and folders, and reading them back."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from compute.core.errors import InputError, UsageError
from compute.core.tables import TextSet
from compute.texts import build, read_texts, write_texts


def _prose(n: int, seed: int = 0) -> str:
    rng = random.Random(seed)
    return " ".join(rng.choice(["map", "märz", "grün", "model", "日本"]) for _ in range(n))


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus"
    for name in ("law/a.txt", "law/deep/b.txt", "prose/c.md", "top.txt"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(_prose(800, len(name)), encoding="utf-8")
    return folder


def test_that_the_sample_equals_the_papers_recipe(corpus: Path, tmp_path: Path) -> None:
    report = build([corpus], tmp_path / "t.jsonl", n=5)
    kept = []
    for name in ("law/a.txt", "law/deep/b.txt", "prose/c.md", "top.txt"):
        raw = (corpus / name).read_bytes()
        while raw:
            cut = min(1024, len(raw))
            while cut < len(raw) and raw[cut] & 0xC0 == 0x80:
                cut -= 1
            kept += [raw[:cut].decode()] if cut > 256 else []
            raw = raw[cut:]
    rng = random.Random(42)
    expected = rng.sample(kept, min(len(kept), 20))[:5]
    texts = read_texts(report.path)
    assert list(texts.texts) == expected
    assert report.n_pieces == len(kept)


def test_that_domains_are_the_first_folder_level(corpus: Path, tmp_path: Path) -> None:
    build([corpus], tmp_path / "t.jsonl", n=1000)
    texts = read_texts(tmp_path / "t.jsonl")
    found = {i.partition("#")[0]: d for i, d in zip(texts.ids, texts.domains, strict=True)}
    assert found == {
        "law/a.txt": "law",
        "law/deep/b.txt": "law",
        "prose/c.md": "prose",
        "top.txt": "",
    }


def test_that_provenance_is_kept(corpus: Path, tmp_path: Path) -> None:
    out = tmp_path / "t.jsonl"
    report = build([corpus], out, n=4, licence="CC0-1.0", source_name="Prose")
    texts = read_texts(out)
    assert (texts.source, texts.licence, texts.digest) == ("Prose", "CC0-1.0", report.digest)
    assert texts.parameters["n_pieces"] == report.n_pieces
    record = json.loads(out.read_text(encoding="utf-8").splitlines()[1])
    assert {"index", "id", "text", "domain", "doc", "chunk", "piece"} <= set(record)


def test_that_building_twice_gives_the_same_bytes(corpus: Path, tmp_path: Path) -> None:
    build([corpus], tmp_path / "a.jsonl", n=6)
    build([corpus], tmp_path / "b.jsonl", n=6)
    assert (tmp_path / "a.jsonl").read_bytes() == (tmp_path / "b.jsonl").read_bytes()


def test_that_a_set_made_inside_its_source_is_not_read_again(corpus: Path) -> None:
    first = build([corpus], corpus / "t.jsonl", n=6)
    assert build([corpus], corpus / "t.jsonl", n=6).digest == first.digest


def test_that_fewer_pieces_than_asked_for_are_all_taken(corpus: Path, tmp_path: Path) -> None:
    report = build([corpus], tmp_path / "t.jsonl", n=10_000)
    assert report.n_texts == report.n_pieces
    assert "all were taken" in report.notes[0]


def test_that_jsonl_gives_texts_and_domains(tmp_path: Path) -> None:
    source = tmp_path / "pile.jsonl"
    rows = [{"body": _prose(100, i), "meta": {"set": f"set{i % 2}"}} for i in range(6)]
    source.write_text("\n".join(map(json.dumps, rows)) + "\n\n", encoding="utf-8")
    build([source], tmp_path / "t.jsonl", field="body", domain_field="meta.set")
    texts = read_texts(tmp_path / "t.jsonl")
    assert set(texts.domains) == {"set0", "set1"}
    assert len(texts) == 6


def test_that_texts_of_two_folders_have_their_own_ids(tmp_path: Path) -> None:
    for folder in ("x/data", "y/data"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "a.txt").write_text(_prose(100), encoding="utf-8")
    build([tmp_path / "x/data", tmp_path / "y/data"], tmp_path / "t.jsonl")
    assert len(set(read_texts(tmp_path / "t.jsonl").ids)) == 2


def test_that_pictures_beside_text_are_skipped_and_counted(corpus: Path, tmp_path: Path) -> None:
    (corpus / "logo.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0")
    (corpus / "blob").write_bytes(b"abc\0def")
    report = build([corpus], tmp_path / "t.jsonl", n=4)
    assert "2 files that are no text were skipped" in report.notes[-1]


def _latin1(folder: Path) -> None:
    (folder / "a.txt").write_bytes(("x" * 300 + "é").encode("latin-1"))


def _latin1_late(folder: Path) -> None:
    (folder / "a.txt").write_bytes(b"x" * ((1 << 20) - 1) + "日".encode() + b"\xe9\xe9")


def _cut_character(folder: Path) -> None:
    (folder / "a.txt").write_bytes(b"x" * 300 + "日".encode()[:2])


def _utf16(folder: Path) -> None:
    (folder / "a.txt").write_text("x" * 300, encoding="utf-16")


def _pictures(folder: Path) -> None:
    (folder / "a.png").write_bytes(b"\x89PNG")


def _short(folder: Path) -> None:
    (folder / "a.txt").write_text("short")


def _no_field(folder: Path) -> None:
    (folder / "a.jsonl").write_text('{"body": "x"}\n')


def _no_json(folder: Path) -> None:
    (folder / "a.jsonl").write_text('{"text": "x"}\nhello\n')


def _surrogate(folder: Path) -> None:
    (folder / "a.jsonl").write_text('{"text": "\\ud800"}\n')


def _nothing(folder: Path) -> None:
    pass


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (_latin1, "a.txt: it is not valid UTF-8: the byte at offset 300 cannot be read"),
        (_latin1_late, "the byte at offset 1,048,578 cannot be read"),
        (_cut_character, "the byte at offset 300 cannot be read"),
        (_utf16, "UTF-16"),
        (_pictures, "1 file that is no text was skipped (1 .png)"),
        (_short, "none of the 1 documents has a piece of more than 256 bytes"),
        (_no_field, "line 1 has no text in the field 'text' (it has 'body')"),
        (_no_json, "line 2 is not JSON"),
        (_surrogate, "unpaired surrogate"),
        (_nothing, "it is empty"),
    ],
)
def test_that_bad_sources_are_refused_in_a_sentence(
    make: Callable[[Path], None], says: str, tmp_path: Path
) -> None:
    folder = tmp_path / "source"
    folder.mkdir()
    make(folder)
    out = tmp_path / "t.jsonl"
    out.write_text("kept")
    with pytest.raises(InputError) as e:
        build([folder], out)
    assert says in e.value.message
    assert out.read_text() == "kept"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["source", "t.jsonl"]


def test_that_latin1_is_read_when_named(tmp_path: Path) -> None:
    _latin1(tmp_path)
    build([tmp_path / "a.txt"], tmp_path / "t.jsonl", encoding="latin-1")
    assert read_texts(tmp_path / "t.jsonl").texts[0].endswith("é")


def test_that_a_missing_source_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file or folder"):
        build([tmp_path / "nothere"], tmp_path / "t.jsonl")


@pytest.mark.parametrize("wrong", [{"n": 0}, {"max_bytes": 3}, {"min_bytes": 1024}])
def test_that_senseless_numbers_are_wrong_usage(wrong: dict[str, int], tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        build([tmp_path], tmp_path / "t.jsonl", **wrong)  # type: ignore[arg-type]


def test_that_an_unknown_encoding_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no encoding"):
        build([tmp_path], tmp_path / "t.jsonl", encoding="utf-9")


def test_that_any_jsonl_with_texts_is_read(tmp_path: Path) -> None:
    path = tmp_path / "any.jsonl"
    path.write_text('{"text": "a", "pile_set_name": "Wiki"}\n{"text": "b"}\n')
    texts = read_texts(path)
    assert (texts.texts, texts.domains) == (("a", "b"), ("Wiki", ""))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda lines: lines[:-1], "its header says 3"),
        (lambda lines: [*lines[:-1], lines[-1].replace("gamma", "delta")], "digest"),
        (lambda lines: [lines[0].replace('texts": 1', 'texts": 9'), *lines[1:]], "newer"),
        (lambda lines: lines[:1], "holds no text"),
        (lambda lines: [*lines, lines[-1]], "two texts have the id"),
    ],
)
def test_that_a_changed_text_set_is_refused(
    change: Callable[[list[str]], list[str]], says: str, tmp_path: Path
) -> None:
    path = tmp_path / "t.jsonl"
    write_texts(TextSet(("1", "2", "3"), ("alpha", "beta", "gamma"), ("", "", "")), path)
    path.write_text("".join(change(path.read_text().splitlines(keepends=True))))
    with pytest.raises(InputError) as e:
        read_texts(path)
    assert says in e.value.message


def test_that_a_folder_is_no_text_set(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="it is a folder"):
        read_texts(tmp_path)
    with pytest.raises(InputError, match="no such file"):
        read_texts(tmp_path / "missing.jsonl")


def test_that_a_set_survives_writing_and_reading(tmp_path: Path) -> None:
    texts = TextSet(("1", "2"), ("a\u2028\x85b\r\n", "日本"), ("x", ""), "s", "l", {"n": 2})
    write_texts(texts, tmp_path / "t.jsonl")
    again = read_texts(tmp_path / "t.jsonl")
    assert (again.texts, again.digest, again.source) == (texts.texts, texts.digest, "s")


def test_that_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="folder is not there"):
        write_texts(TextSet(("1",), ("a",), ("",)), tmp_path / "no" / "t.jsonl")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_that_a_read_only_folder_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(InputError, match="permission was denied"):
        write_texts(TextSet(("1",), ("a",), ("",)), tmp_path / "t.jsonl")
    tmp_path.chmod(0o700)
