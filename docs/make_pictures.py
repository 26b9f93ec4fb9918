"""Makes the pictures of docs/pictures from the running window.

    xvfb-run -a -s "-screen 0 1600x1000x24" python docs/make_pictures.py SUITE [NAME...]

SUITE is a grown suite (``klscope grow --preset demo --texts 1000``: with at most 500 texts there is
one round of scoring and not two); some of its checkpoints are scored for the pictures of running
jobs. Pictures are taken from the screen, so they show what a person sees.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QFileDialog

from compute.core.assets import asset
from explorer.app.build import App
from explorer.bridge.settings import Settings
from explorer.state.map import Colour
from explorer.state.query import parse
from explorer.state.selection import choose as choose_many
from explorer.state.selection import select

OUT = Path(__file__).resolve().with_name("pictures")
LARGEST = 290_000
RUN, SEEDS = "460k-seed0", ("280k-seed1", "280k-seed2")
"""Runs of the bundled example."""
VIEWS = {
    "dark": ("heatmap", "scale", "steps", "layers"), "light": ("diffusion", "variants", "texts"),
}  # fmt: skip
EACH = 8
"""Checkpoints of each run in the picture of the first round."""


class Studio:
    """Opens the window in a theme and takes pictures of the screen."""

    def __init__(self, qt: QApplication, folder: Path) -> None:
        self.qt, self.folder = qt, folder

    def open(self, theme: str, project: Path | None) -> App:
        settings = Settings(self.folder / f"{theme}-{time.monotonic_ns()}" / "settings.json")
        settings.set("theme", theme)
        app = App(self.qt, settings, project, self.folder / "demo")
        app.shell.setGeometry(0, 0, 1600, 1000)
        app.shell.show()
        self.until(lambda: app.map is not None)
        return app

    def until(self, done: Callable[[], bool], seconds: float = 120.0) -> None:
        end = time.monotonic() + seconds
        timer = QTimer(interval=30)
        timer.timeout.connect(lambda: self.qt.exit() if done() or time.monotonic() > end else None)
        timer.start()
        self.qt.exec()
        timer.stop()

    def rest(self, seconds: float) -> None:
        self.until(lambda: False, seconds)

    def take(self, name: str) -> None:
        path = OUT / f"{name}.png"
        self.qt.primaryScreen().grabWindow(0).save(str(path), "PNG")
        picture = Image.open(path).convert("RGB")
        picture.save(path, optimize=True)
        for kept in (0xFC, 0xF8):  # the last bits of a colour are hardly seen
            if path.stat().st_size > LARGEST:
                picture.point([v & kept for v in range(256)] * 3).save(path, optimize=True)
        if path.stat().st_size > LARGEST:
            picture.quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)
        print(path)

    def close(self, app: App) -> None:
        app.shell.close()
        app.dispose()
        self.rest(0.3)


def settled(app: App) -> bool:
    return len(app.session.current.entries) > 0 and not app.state.map.live


def choose(app: App, run: str, back: int) -> None:
    mine = [e for e in app.session.current.entries if e.run == run]
    select(app.state.selection, mine[-back].id)


def welcome(studio: Studio) -> None:
    app = studio.open("light", None)
    studio.rest(14)
    studio.take("welcome")
    studio.close(app)


def maps(studio: Studio, example: Path) -> None:
    for theme, dims, name in (("dark", 2, "map-2d-dark"), ("light", 3, "map-3d-light")):
        app = studio.open(theme, example)
        app.state.map.dims = dims
        studio.rest(1)
        studio.until(lambda app=app: settled(app))
        choose(app, RUN, 12)
        studio.rest(3)
        studio.take(name)
        if dims == 2:
            app.state.timeline.at = 600.0
            app.state.map.method = "pca"
            studio.rest(2)
            studio.take("map-pca-playhead")
        studio.close(app)


def library(studio: Studio, example: Path) -> None:
    """Facets, search and a filter that greys, with the colours of a value on PCA axes."""
    app = studio.open("dark", example)
    app.state.map.method = "pca"
    studio.until(lambda: settled(app))
    app.state.map.colour = Colour("bits")
    app.state.filter.query = "seed0"
    app.state.filter.terms = parse("step<=2000").terms
    choose(app, RUN, 20)
    studio.rest(3)
    studio.take("library")
    studio.close(app)


def selection(studio: Studio, example: Path) -> None:
    """Many entries in a lasso in 3D, and what the inspector says of them."""
    app = studio.open("light", example)
    app.state.map.dims = 3
    studio.rest(1)
    studio.until(lambda: settled(app))
    app.state.selection.tool = "lasso"
    entries = app.session.current.entries
    runs = ([e.id for e in entries if e.run == run][-13:] for run in SEEDS)
    choose_many(app.state.selection, [name for ids in runs for name in ids])
    studio.rest(3)
    studio.take("selection")
    studio.close(app)


def presenter(studio: Studio, example: Path) -> None:
    app = studio.open("dark", example)
    studio.until(lambda: settled(app))
    app.shell.command.emit("present.start", None)
    studio.rest(4)
    studio.take("presenter")
    app.shell.command.emit("present.leave", None)
    studio.rest(1)
    studio.close(app)


def views(studio: Studio, example: Path) -> None:
    """The views beside the map."""
    for theme, shown in VIEWS.items():
        _views(studio, studio.open(theme, example), shown)


def _views(studio: Studio, app: App, shown: tuple[str, ...]) -> None:
    studio.until(lambda: settled(app))
    app.shell.command.emit("notices.dismiss", None)
    for view in shown:
        app.shell.command.emit(f"show.{view}", None)
        studio.until(lambda v=view: getattr(app.views.host(v), "answer", None) is not None)
        studio.rest(4)
        studio.take(view)
    studio.close(app)


def running_job(studio: Studio, example: Path, suite: Path) -> None:
    project = studio.folder / "live.h5"
    shutil.copyfile(example, project)
    renamed = studio.folder / "new"
    for run in ("xs-seed0", "s-seed0"):
        shutil.copytree(suite / run, renamed / run.replace("seed0", "seed7"))
    app = studio.open("dark", project)
    studio.until(lambda: settled(app))
    app.shell.command.emit("library.add", str(renamed))
    studio.until(lambda: bool(app.state.library.listings))
    studio.rest(1)
    app.shell.command.emit("job.start", None)
    studio.until(lambda: any(r.fraction > 0.45 for r in app.state.jobs.rows))
    studio.rest(1)
    studio.take("job-running")
    studio.close(app)


def first_round(studio: Studio, suite: Path) -> None:
    """A map of everything while a job is in its second round."""
    few = studio.folder / "few"
    for run in ("xs-seed0", "xs-seed1", "s-seed0"):
        steps = sorted((suite / run).glob("step*"), key=lambda step: int(step.name[4:]))
        for step in steps[:: max(1, len(steps) // EACH)]:
            shutil.copytree(step, few / run / step.name)
    shutil.copyfile(suite / "texts.jsonl", few / "texts.jsonl")
    app = studio.open("dark", None)
    app.shell.command.emit("library.add", str(few))
    studio.until(lambda: bool(app.state.new_job.texts))
    path = str(studio.folder / "first.h5")
    QFileDialog.getSaveFileName = staticmethod(lambda *_a, **_k: (path, ""))  # type: ignore
    app.shell.command.emit("job.start", None)
    shell = app.state.shell
    studio.until(lambda: 0 < shell.n_partial <= shell.n_entries - EACH, 1500.0)
    app.state.map.method = "pca"
    choose(app, "s-seed0", 2)
    studio.rest(3)
    studio.take("map-first-round")
    studio.close(app)


def error(studio: Studio, suite: Path) -> None:
    broken = studio.folder / "broken"
    shutil.copytree(suite / "s-seed0", broken / "s-seed0")
    for step in ("step128", "step256"):
        weights = broken / "s-seed0" / step / "model.safetensors"
        weights.write_bytes(weights.read_bytes()[:5000])
    os.chdir(studio.folder)
    foreign = Path("results.h5")
    foreign.write_bytes(b"not a project")
    app = studio.open("light", None)
    app.shell.command.emit("library.add", str(broken))
    studio.until(lambda: bool(app.state.library.listings))
    app.shell.command.emit("project.open", str(foreign))
    studio.rest(3)
    studio.take("error")
    studio.close(app)
    os.chdir(OUT)


def main(suite: Path, wanted: set[str]) -> None:
    OUT.mkdir(exist_ok=True)
    qt = QApplication(["klscope"])
    qt.setQuitOnLastWindowClosed(False)
    with tempfile.TemporaryDirectory() as folder:
        studio = Studio(qt, Path(folder))
        example = Path(folder) / "example.h5"
        shutil.copyfile(asset("example.h5"), example)
        makers: dict[str, Callable[[], None]] = {
            "welcome": lambda: welcome(studio),
            "maps": lambda: maps(studio, example),
            "library": lambda: library(studio, example),
            "selection": lambda: selection(studio, example),
            "presenter": lambda: presenter(studio, example),
            "views": lambda: views(studio, example),
            "job-running": lambda: running_job(studio, example, suite),
            "map-first-round": lambda: first_round(studio, suite),
            "error": lambda: error(studio, suite),
        }
        for name, make in makers.items():
            if not wanted or name in wanted:
                make()


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), set(sys.argv[2:]))
