"""The demo without a display: the whole main job, and pictures in which runs are seen."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from compute import minisuite, store
from compute.core.errors import InputError
from compute.core.specs import GrowSpec
from explorer.commands.demo import run_headless
from explorer.theme.tokens import DARK, LIGHT, rgb

pytestmark = pytest.mark.gl


@pytest.fixture
def tiny(monkeypatch):
    spec = GrowSpec("", sizes=("xxs",), seeds=(0, 1), steps=8, n_threads=1, n_texts=12)
    monkeypatch.setitem(minisuite.PRESETS, "demo", spec)


def coloured(path, tokens) -> int:
    """Pixels near one of the first two run colours."""
    pixels = np.asarray(Image.open(path).convert("RGB"), dtype=float) / 255
    wanted = np.array([rgb(c) for c in tokens.runs[:2]])
    near = np.abs(pixels[:, :, None, :] - wanted).max(axis=-1) < 0.04
    return int(near.any(axis=-1).sum())


def test_that_it_leaves_a_project_and_pictures_and_may_be_run_again(
    qapp, tiny, tmp_path, capsys
) -> None:
    for _ in range(2):
        run_headless(tmp_path / "demo", as_json=False)
    said = capsys.readouterr().out
    snapshot = store.read(tmp_path / "demo" / "demo.h5")
    assert all(e.status == "done" for e in snapshot.entries)
    for name, tokens in (("map-2d.png", DARK), ("map-3d.png", LIGHT)):
        assert str(tmp_path / "demo" / name) in said
        assert coloured(tmp_path / "demo" / name, tokens) > 200


def test_that_a_folder_with_other_files_is_left_alone(tiny, tmp_path) -> None:
    (tmp_path / "thesis.tex").write_text("mine")
    with pytest.raises(InputError, match="holds other files"):
        run_headless(tmp_path, as_json=False)
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.tex"]
