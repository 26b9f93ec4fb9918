"""``klscope bench``: one group, to which the window's package adds its own rows."""

import json

import pytest

from compute.cli import COMMANDS, build_app, main_guard
from compute.cli.bench import place, show
from explorer.cli import COMMANDS as MORE


def names(app):
    return {row[0] for row in app.rows if row[0].startswith("bench ")}


def test_that_the_windows_benchmarks_are_added_to_the_headless_ones():
    assert names(build_app()) >= {
        f"bench {name}" for name in ("scoring", "budget", "weights", "kl")
    }
    windows = ("start", "window", "together", "map", "embed", "heatmap", "diffusion", "views")
    added = {f"bench {name}" for name in windows}
    assert names(build_app(MORE)) == names(build_app()) | added
    assert not {row[0] for row in COMMANDS} & {row[0] for row in MORE}


def test_that_an_unknown_shape_is_wrong_usage(capsys):
    assert main_guard(build_app(), ["bench", "scoring", "--shapes", "7G", "--device", "cpu"]) == 2
    assert "no shape '7G'" in capsys.readouterr().err


@pytest.mark.parametrize("as_json", [True, False])
def test_that_figures_are_shown_for_people_or_programs(as_json, capsys):
    show({"460k": {"tokens/s": 33_600.0}}, as_json=as_json)
    shown = capsys.readouterr().out
    if as_json:
        assert json.loads(shown) == {"460k": {"tokens/s": 33_600.0}}
    else:
        assert shown == "460k\n  tokens/s: 33,600\n"


def test_that_a_folder_that_was_named_stays_and_a_temporary_one_goes(tmp_path):
    with place(tmp_path / "kept") as kept, place() as made:
        assert kept.is_dir()
        assert made.is_dir()
    assert kept.is_dir()
    assert not made.exists()
