"""Texts of other kinds: where they come from, and that nobody trains on what is held out."""

from __future__ import annotations

from pathlib import Path

import pytest

from compute.core.errors import InputError
from compute.minisuite import subjects
from compute.minisuite.corpus import held_out_source, read_corpus, read_tests
from compute.minisuite.subjects import (
    KINDS,
    LANGUAGE,
    SUBJECTS,
    held_out_by_domain,
    kind_of,
    read_documentation,
    subject,
)


@pytest.mark.parametrize("name", ["documentation", "licences"])
def test_that_no_text_is_on_both_sides(name: str) -> None:
    files = subject(name)
    kept = {f.raw for f in files if not f.held_out}
    assert kept
    assert held_out_source(files)
    assert not kept & {f.raw for f in held_out_source(files)}
    assert len({f.name for f in files}) == len(files)


def test_that_the_corpus_holds_neither_tests_nor_the_reference() -> None:
    names = {f.name for f in read_corpus()}
    assert not [n for n in names if n.startswith("pydoc_data/")]
    assert not names & {f.name for f in read_tests()}


def test_that_topics_are_read_and_not_run(tmp_path: Path) -> None:
    (tmp_path / "pydoc_data").mkdir()
    code = "topics = {'with': 'The with statement', 'x': 1 + 1}\nraise SystemExit('it ran')\n"
    (tmp_path / "pydoc_data" / "topics.py").write_text(code)
    found = read_documentation(tmp_path)
    assert [(f.name, f.raw) for f in found] == [("documentation/with", b"The with statement")]


def test_that_tests_are_found_wherever_they_lie(tmp_path: Path) -> None:
    for name in (
        "test/test_a.py",
        "json/tests/deep/b.py",
        "json/code.py",
        "site-packages/test/c.py",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(f"# {name}\n")
    assert [f.name for f in read_tests(tmp_path)] == ["json/tests/deep/b.py", "test/test_a.py"]
    assert [f.name for f in read_corpus(tmp_path)] == ["json/code.py"]


def test_that_a_machine_without_a_text_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subjects, "SUBJECTS", {"tests": tuple})
    with pytest.raises(InputError, match="has no tests of Python to train on"):
        subject("tests")


def test_that_every_module_has_one_kind() -> None:
    names = [name for names in KINDS.values() for name in names]
    assert len(set(names)) == len(names)
    assert kind_of("http/client.py") == "network"
    assert kind_of("zipfile.py") == "data"
    assert kind_of("enum.py") == LANGUAGE


def test_that_domains_hold_what_is_held_out() -> None:
    found = held_out_by_domain()
    assert set(found) == {*KINDS, LANGUAGE, *SUBJECTS}
    assert all(f.held_out for files in found.values() for f in files)
    modules = [f.name for kind in (*KINDS, LANGUAGE) for f in found[kind]]
    assert sorted(modules) == sorted(f.name for f in held_out_source(read_corpus()))
