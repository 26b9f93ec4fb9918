"""A project scored, embedded and edited at the same time: counts the commits of each.

    python tests/soak/at_once.py [--checkpoints 60] [--texts 600]

Tiny real models through the real job; beside it the embedding job again and again, and edits (a
recipe and an entry each) from a third process. Ends with 1 if a single commit of any of the three
is lost. Not part of the test command, which runs the same with a stand-in scorer.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "passive")

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "soak")]

import endurance  # noqa: E402

from compute import store  # noqa: E402
from compute.core.events import Finished  # noqa: E402
from compute.core.specs import EmbedSpec, ScoreSpec  # noqa: E402
from compute.executors import LocalExecutor  # noqa: E402
from compute.texts import write_texts  # noqa: E402

EDIT = """
import json, sys, time
from pathlib import Path
from compute import store
from compute.core.tables import Entry, Recipe
path, stop, made = Path(sys.argv[1]), Path(sys.argv[2]), 0
while not stop.exists():
    recipe = Recipe(f"edit {made}", clip_quantile=0.1, tau=-100.0)
    entry = Entry(f"edit {made}", label=f"noted {made}")
    store.commit(path, store.PutRecipe(recipe), store.PutEntries((entry,)))
    made += 1
    time.sleep(0.05)
print(made)
"""


@dataclass(frozen=True)
class Count:
    """Commits that were made, and how many of them are still there."""

    scored: tuple[int, int]
    maps: tuple[int, int]
    edits: tuple[int, int]

    @property
    def lost(self) -> int:
        return sum(made - there for made, there in (self.scored, self.maps, self.edits))

    def words(self) -> str:
        return (
            f"{self.scored[1]} of {self.scored[0]} entries scored, {self.maps[1]} of "
            f"{self.maps[0]} maps and {self.edits[1]} of {self.edits[0]} edits are there"
        )


def at_once(spec: ScoreSpec) -> Count:
    """Score ``spec`` while its project is embedded and edited from other processes.

    Raises
    ------
    SystemExit
        If the job or an edit fails.
    """
    path = Path(spec.project)
    stop = path.with_suffix(".stop")
    job = LocalExecutor().start(spec, lambda event: None, lambda ended: None)
    while not path.exists() and job.wait(0.05) is None:
        pass
    editor = subprocess.Popen(
        [sys.executable, "-c", EDIT, str(path), str(stop)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    keys: list[str] = []
    while (ended := job.wait(0.05)) is None:
        keys += _embedded(path)
    stop.touch()
    out, _ = editor.communicate(timeout=120)
    if editor.returncode or not isinstance(ended.last, Finished):
        raise SystemExit(f"the editor ended with {editor.returncode}, the job with {ended.last}")
    keys += _embedded(path)
    return _counted(spec, keys, int(out))


def _embedded(path: Path) -> list[str]:
    """The key of a map of what is done so far; [] where that is too little. Maps with entries that
    are only partly scored are provisional and not kept, so they are left out."""
    done = tuple(e.id for e in store.read(path, parts=False).entries if e.status == "done")
    if len(done) < 3:
        return []
    spec = EmbedSpec(str(path), method="pca", recipe="raw", entries=done)
    ended = LocalExecutor().start(spec, lambda event: None, lambda ended: None).wait(120)
    if ended is None or not isinstance(ended.last, Finished):
        raise SystemExit(f"the map failed: {ended and ended.last}")
    return [ended.last.summary["key"]]


def _counted(spec: ScoreSpec, keys: list[str], n_edits: int) -> Count:
    path = Path(spec.project)
    project = store.read(path, parts=False)
    wanted = {f"edit {k}" for k in range(n_edits)}
    recipes = wanted & set(project.recipes)
    entries = {e.id for e in project.entries if e.label.replace("noted", "edit") == e.id}
    done = [e for e in project.entries if e.status == "done"]
    maps, there = set(keys), set(store.embedding_keys(path))
    return Count(
        scored=(len(spec.checkpoints), len(done)),
        maps=(len(maps), len(maps & there)),
        edits=(n_edits, len(recipes & entries)),
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--checkpoints", type=int, default=60)
    parser.add_argument("--texts", type=int, default=600)
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="klscope-at-once-"))
    try:
        write_texts(endurance.short_texts(asked.texts), folder / "texts.jsonl")
        run = tuple(endurance.tiny_checkpoints(folder / "run", asked.checkpoints))
        spec = ScoreSpec(
            str(folder / "p.h5"), run, str(folder / "texts.jsonl"), n_threads=1, commit_every_s=0.2
        )
        count = at_once(spec)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{count.words()}; {count.lost} lost")
    return int(count.lost > 0)


if __name__ == "__main__":
    sys.exit(main())
