"""A GGUF file as a source: one model in one file, with its tokenizer."""

from __future__ import annotations

from pathlib import Path

from compute.core.errors import InputError
from compute.core.gguf import read_gguf
from compute.core.quantization import missing_reader
from compute.core.tables import Checkpoint, Listing
from compute.core.weights import GGUF, is_gguf
from compute.sources.naming import seed_of, size_of


def accepts(source: str) -> bool:
    """Whether the source is a GGUF file on this machine."""
    return is_gguf(Path(source).expanduser())


def find(source: str) -> Listing:
    """The one model in the file."""
    path = Path(source).expanduser().absolute()
    return Listing(str(path), path.name, (row_of(path, str(path)),))


def row_of(path: Path, source: str) -> Checkpoint:
    """A file's row; ``problem`` says what is wrong with its head."""
    name = path.name[: -len(GGUF)]
    row = Checkpoint(str(path), name, seed=seed_of(name), size=size_of(name), source=source)
    try:
        head = read_gguf(path)
    except InputError as e:
        return row.with_(problem=f"The file cannot be scored: {e.message}")
    return row.with_(
        family=head.architecture, quantization=head.quantization, n_params=head.n_params
    )


def check_gguf(path: Path) -> str:
    """ "" or one sentence that says why a GGUF file cannot be scored."""
    try:
        read_gguf(path)
    except InputError as e:
        return f"The file cannot be scored: {e.message}"
    return f"{missing}." if (missing := missing_reader()) else ""
