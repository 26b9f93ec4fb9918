"""``klscope render`` on the command line."""

from __future__ import annotations

import json

import pytest
from PIL import Image

from compute.cli import build_app, main_guard
from explorer.bench.synthetic import synthetic_project
from explorer.cli import COMMANDS, opens_window

pytestmark = pytest.mark.gl


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    path = tmp_path_factory.mktemp("render") / "p.h5"
    synthetic_project(path, n_runs=2, n_steps=8, n_texts=32)
    return path


def run(*arguments: str) -> int:
    return main_guard(build_app(COMMANDS), ["render", *arguments])


def test_that_a_picture_has_the_size_asked_for_and_carries_its_recipe(
    qapp, project, tmp_path, capsys
) -> None:
    out = tmp_path / "map.png"
    assert run(str(project), "-o", str(out), "--size", "640x480", "--method", "pca") == 0
    picture = Image.open(out)
    assert picture.size == (640, 480)
    carried = json.loads(picture.text["klscope"])
    assert carried["recipe"] == "clip2"
    assert carried["parameters"]["method"] == "pca"
    assert capsys.readouterr().out.strip() == str(out)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--size", "big"), 2, "is not a size"),
        (("--size", "9x9"), 2, "out of range"),
        (("--view", "globe"), 2, "no view"),
        (("--theme", "blue"), 2, "no theme"),
        (("--dims", "4"), 2, "dimensions"),
        (("--recipe", "soup"), 2, "no recipe"),
    ],
)
def test_that_a_wrong_option_is_one_sentence(
    project, tmp_path, capsys, arguments, code, words
) -> None:
    assert run(str(project), "-o", str(tmp_path / "map.png"), *arguments) == code
    said = capsys.readouterr().err
    assert words in said
    assert "Traceback" not in said
    assert not (tmp_path / "map.png").exists()


def test_that_a_missing_project_and_folder_are_named(project, tmp_path, capsys) -> None:
    assert run(str(tmp_path / "no.h5"), "-o", str(tmp_path / "map.png")) == 1
    assert "no.h5" in capsys.readouterr().err
    assert run(str(project), "-o", str(tmp_path / "nowhere" / "map.png")) == 1
    assert "does not exist" in capsys.readouterr().err


def test_that_a_project_on_the_command_line_opens_the_window() -> None:
    assert opens_window([])
    assert opens_window(["runs/my.h5"])
    assert opens_window(["my.hdf5"])
    assert not opens_window(["kl", "my.h5"])
    assert not opens_window(["--help"])
