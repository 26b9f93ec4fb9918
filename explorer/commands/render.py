"""``klscope render``: a picture of a view, no window."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from compute.core.errors import InputError, KlscopeError, MissingPart, UsageError

if TYPE_CHECKING:
    from compute.core.tables import Embedding

VIEWS = ("map",)


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture: what, how large (logical pixels), in which theme."""

    project: Path
    out: Path
    width: int = 1600
    height: int = 1000
    method: str = "tsne"
    dims: int = 2
    perplexity: float = 30.0
    seed: int = 42
    recipe: str = "clip2"
    theme: str = "dark"
    scale: float = 1.0


def render(
    project: Annotated[Path, typer.Argument(help="The project file.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="Picture to write (PNG).")],
    view: Annotated[str, typer.Option(help="Which view: map.")] = "map",
    size: Annotated[str, typer.Option(help="Width x height in pixels.")] = "1600x1000",
    method: Annotated[str, typer.Option(help="tsne or pca.")] = "tsne",
    dims: Annotated[int, typer.Option(help="2 or 3.")] = 2,
    perplexity: Annotated[float, typer.Option(help="Neighbours each point keeps, about.")] = 30.0,
    seed: Annotated[int, typer.Option(help="Seed of t-SNE.")] = 42,
    recipe: Annotated[str, typer.Option(help="Recipe of the analysis.")] = "clip2",
    theme: Annotated[str, typer.Option(help="dark, light or presenter.")] = "dark",
    scale: Annotated[float, typer.Option(help="Pixels per logical pixel.")] = 1.0,
) -> None:
    """Draw a view of a project into a PNG file."""
    if view not in VIEWS:
        raise UsageError(f"there is no view {view!r}", advice=f"Choose one of: {', '.join(VIEWS)}")
    width, height = parse_size(size)
    shot = Shot(project, out, width, height, method, dims, perplexity, seed, recipe, theme, scale)
    check(shot)
    draw((shot,))
    typer.echo(str(out))


def parse_size(size: str) -> tuple[int, int]:
    """``1600x1000`` -> (1600, 1000).

    Raises
    ------
    UsageError
        If it is not two numbers between 64 and 8192.
    """
    match = re.fullmatch(r"(\d+)[x×](\d+)", size.strip())
    if match is None:
        raise UsageError(f"{size!r} is not a size", advice="Write it as 1600x1000")
    width, height = int(match[1]), int(match[2])
    if not (64 <= width <= 8192 and 64 <= height <= 8192):
        raise UsageError(f"{size} is out of range", advice="Each side may be 64 to 8192 pixels")
    return width, height


def check(shot: Shot) -> None:
    """Refuse what cannot work before anything long starts."""
    from explorer.theme.tokens import THEMES

    if shot.theme not in THEMES:
        names = ", ".join(THEMES)
        raise UsageError(f"there is no theme {shot.theme!r}", advice=f"Choose one of: {names}")
    if shot.dims not in (2, 3):
        raise UsageError(f"{shot.dims} dimensions cannot be drawn", advice="Choose 2 or 3")
    if shot.out.suffix.lower() != ".png":
        raise UsageError(f"{shot.out.name} is not a PNG name", advice="End the name with .png")
    if not shot.out.resolve().parent.is_dir():
        raise InputError(
            "its folder does not exist", tried=f"Writing {shot.out}", advice="Make the folder first"
        )


def draw(shots: tuple[Shot, ...]) -> None:
    """Draw pictures one after the other in one Qt application.

    Raises
    ------
    KlscopeError
        If a project cannot be read, has nothing to draw, or there is no OpenGL.
    """
    from explorer.bridge.display import display

    ready = [(shot, *_embedding(shot)) for shot in shots]
    with display():
        from PySide6.QtWidgets import QApplication

        app = QApplication.instance() or QApplication(["klscope"])
        for shot, loaded, embedding in ready:
            _paint(shot, loaded, embedding)
        del app


def _embedding(shot: Shot):  # type: ignore[no-untyped-def]
    """The embedding of a shot: cached, or computed now by the same job as ``klscope embed``."""
    from compute import geometry, store
    from compute.core.control import Control
    from compute.core.events import Failed
    from compute.core.specs import EmbedSpec
    from compute.jobs import run
    from compute.jobs.recipes import warnings_of
    from explorer.bridge import questions

    loaded = questions.load(shot.project, shot.recipe, None)
    geometry.find_recipe(loaded.snapshot, shot.recipe)
    if loaded.prepared is None:
        raise InputError(
            loaded.why_empty or "no entry is scored yet",
            tried=f"Drawing {shot.project.name}",
            advice="Score some checkpoints first (klscope score)",
        )
    for warning in warnings_of(loaded.snapshot, loaded.prepared.recipe):
        typer.echo(f"Warning: {warning}", err=True)
    spec = EmbedSpec(
        project=str(shot.project), method=shot.method, dims=shot.dims,
        perplexity=shot.perplexity, seed=shot.seed, recipe=shot.recipe,
        entries=loaded.prepared.ids, frame_every=0,
    )  # fmt: skip
    picture = questions.picture(questions.PictureRequest(shot.project, loaded.prepared, spec))
    if picture.final:
        return loaded, picture.embedding
    frames: list[Embedding] = []
    failures: list[str] = []

    def keep(event: object) -> None:
        from compute.core.events import Frame
        from compute.core.tables import Embedding

        if isinstance(event, Frame) and event.final:
            frames.append(Embedding(event.key, event.ids, event.coords, event.params, event.info))
        elif isinstance(event, Failed):
            failures.append(event.message)

    run(spec, keep, Control())
    if failures:
        raise KlscopeError(failures[0])
    store.read_embedding(shot.project, frames[-1].key)
    return loaded, frames[-1]


def _paint(shot: Shot, loaded, embedding) -> None:  # type: ignore[no-untyped-def]
    from explorer.canvas.widget import MapWidget
    from explorer.state.map import MapState, MapTables, SelectionState, TimelineState, run_marks
    from explorer.theme import fonts
    from explorer.theme.tokens import THEMES

    fonts.load()
    by_id = {e.id: e for e in loaded.entries}
    row = {e.id: r for r, e in enumerate(loaded.entries)}
    tables = MapTables(
        tuple(by_id[i] for i in embedding.ids),
        embedding.coords,
        loaded.bits_per_byte[[row[i] for i in embedding.ids]],
        embedding.params,
        embedding.info,
    )
    note = str(embedding.info.get("note", ""))
    state = MapState(method=shot.method, dims=shot.dims, note=note, remarks=loaded.remarks)
    widget = MapWidget(state, SelectionState(), TimelineState(), THEMES[shot.theme])
    try:
        widget.set_tables(tables)
        widget.set_marks(run_marks(loaded.snapshot.entries))
        image = widget.image(shot.width, shot.height, shot.scale)
        if widget.problem:
            raise MissingPart(widget.problem, tried=f"Drawing {shot.project.name}")
        _stamp(image, shot, loaded, embedding)
        if not image.save(str(shot.out), "PNG"):
            raise InputError("the file cannot be written", tried=f"Writing {shot.out}")
    finally:
        widget.close()
        widget.deleteLater()


def _stamp(image, shot: Shot, loaded, embedding) -> None:  # type: ignore[no-untyped-def]
    """Every picture carries its recipe in its metadata."""
    import json

    image.setText("Software", "klscope")
    image.setText(
        "klscope",
        json.dumps(
            {
                "view": "map",
                "project": shot.project.name,
                "texts": loaded.snapshot.texts.digest,
                "recipe": shot.recipe,
                "sample": loaded.prepared.sample,
                "provisional": loaded.prepared.provisional,
                "cautions": list(loaded.prepared.cautions),
                "embedding": embedding.key,
                "parameters": dict(embedding.params),
            }
        ),
    )
