"""Text sets of several domains."""

from collections import Counter

import pytest

from compute.core.errors import InputError, UsageError
from compute.jobs.domains import write_domains
from compute.minisuite import SourceFile
from compute.texts import read_texts

FILES = {
    name: [SourceFile(f"{name}/{k}", f"{name} {k} ".encode() * 400, True) for k in range(n)]
    for name, n in (("few", 1), ("many", 6), ("rest", 9))
}


def test_that_each_domain_gives_as_many_as_asked_in_one_drawn_order(tmp_path):
    path = tmp_path / "t.jsonl"
    made, notes = write_domains(FILES, (("many", 7), ("rest", 5)), path, source="s", licence="l")
    assert Counter(made.domains) == {"many": 7, "rest": 5}
    assert not notes
    assert len(set(made.domains[:6])) == 2
    again = read_texts(path)
    assert (again.texts, again.domains, again.source, again.licence) == (
        made.texts, made.domains, "s", "l",
    )  # fmt: skip
    assert write_domains(FILES, (("many", 7), ("rest", 5)), path)[0].digest == made.digest


def test_that_the_last_makes_up_for_what_others_lack(tmp_path):
    wanted = (("few", 50), ("absent", 3), ("rest", 4))
    made, notes = write_domains(FILES, wanted, tmp_path / "t.jsonl")
    counts = Counter(made.domains)
    assert counts["few"] < 50
    assert len(notes) == 3
    assert notes[0] == f"few: {counts['few']} texts, 50 were wanted"
    assert counts["rest"] == len(made) - counts["few"] > 4


def test_that_nothing_to_write_is_a_sentence(tmp_path):
    with pytest.raises(UsageError, match="at least 1"):
        write_domains(FILES, (("many", 0),), tmp_path / "t.jsonl")
    with pytest.raises(InputError, match="no held-out texts"):
        write_domains({}, (("many", 3),), tmp_path / "t.jsonl")
