"""The wheel carries everything it needs: it is installed far from the tree and used there."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
OPEN_EXAMPLE = """
import compute, explorer
from pathlib import Path
from compute.core.assets import asset
from compute.store import read

example = read(asset("example.h5"))
assert example.loglik.shape == (len(example.entries), len(example.texts)), example.loglik.shape
assert len(example.entries) > 0
print(Path(compute.__file__).parent, asset("example.h5"), len(example.entries), sep="\\n")
"""


def run(*command: str, **options: object) -> str:
    done = subprocess.run(command, capture_output=True, text=True, **options)  # type: ignore[call-overload]
    assert done.returncode == 0, done.stdout + done.stderr
    return str(done.stdout)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built with the tools that are here, so without a network."""
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder), cwd=ROOT)
    (built,) = folder.glob("*.whl")
    return built


def test_that_the_wheel_holds_the_assets_once_and_no_tests(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    tracked = [p for p in (ROOT / "assets").rglob("*") if p.is_file()]
    for path in tracked:
        assert f"explorer/assets/{path.relative_to(ROOT / 'assets')}" in names
    tops = {name.split("/")[0] for name in names if ".dist-info/" not in name}
    assert tops == {"compute", "explorer"}


def test_that_the_installed_wheel_opens_the_example(wheel: Path, tmp_path: Path) -> None:
    place, elsewhere = tmp_path / "place", tmp_path / "elsewhere"
    elsewhere.mkdir()
    install = ["-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", str(place)]
    run(sys.executable, *install, str(wheel))
    environment = {**os.environ, "PYTHONPATH": str(place), "PYTHONDONTWRITEBYTECODE": "1"}
    said = run(sys.executable, "-c", OPEN_EXAMPLE, cwd=elsewhere, env=environment)
    package, example, n_entries = said.split("\n")[:3]
    assert Path(package) == place / "compute"
    assert Path(example) == place / "explorer" / "assets" / "example.h5"
    assert int(n_entries) > 0
