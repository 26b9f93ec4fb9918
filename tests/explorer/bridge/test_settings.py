"""What is remembered between starts."""

from __future__ import annotations

import pytest

from explorer.bridge.settings import RECENT_LIMIT, Settings


def test_that_settings_survive_a_restart(tmp_path) -> None:
    Settings(tmp_path / "s.json").set("theme", "light")
    assert Settings(tmp_path / "s.json").get("theme", "dark") == "light"


@pytest.mark.parametrize("damaged", ["{nonsense", "[" * 100_000])
def test_that_a_damaged_file_counts_as_empty(tmp_path, damaged: str) -> None:
    (tmp_path / "s.json").write_text(damaged)
    assert Settings(tmp_path / "s.json").get("theme", "dark") == "dark"


def test_that_a_value_of_another_type_is_ignored(tmp_path) -> None:
    (tmp_path / "s.json").write_text('{"theme": 3}')
    assert Settings(tmp_path / "s.json").get("theme", "dark") == "dark"


def test_that_recent_projects_are_newest_first_and_once(tmp_path) -> None:
    settings = Settings(tmp_path / "s.json")
    for name in ("a", "b", "a", *map(str, range(20))):
        settings.remember_project(name)
    recent = settings.recent()
    assert recent[0] == "19"
    assert len(recent) == RECENT_LIMIT == len(set(recent))


def test_that_a_folder_that_cannot_be_written_disturbs_nobody(tmp_path) -> None:
    (tmp_path / "file").write_text("")
    settings = Settings(tmp_path / "file" / "s.json")
    settings.set("theme", "light")
    assert settings.get("theme", "dark") == "light"


def test_that_each_project_has_a_view_of_its_own(tmp_path) -> None:
    settings = Settings(tmp_path / "s.json")
    a, b = tmp_path / "a.h5", tmp_path / "b.h5"
    settings.set_view(a, {"map": {"dims": 3}})
    again = Settings(tmp_path / "s.json")
    assert again.view(a) == {"map": {"dims": 3}}
    assert again.view(b) == {}


def test_that_a_damaged_view_counts_as_none(tmp_path) -> None:
    settings = Settings(tmp_path / "s.json")
    settings.set_view(tmp_path / "a.h5", {"map": {}})
    (file,) = (tmp_path / "projects").iterdir()
    file.write_text('{"view": 3')
    assert settings.view(tmp_path / "a.h5") == {}
    file.write_text('{"view": 3}')
    assert settings.view(tmp_path / "a.h5") == {}
