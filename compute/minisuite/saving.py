"""One checkpoint in Hugging Face layout, written whole or not at all."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from compute.core.files import os_problem


def save_checkpoint(model: Any, extras: Sequence[Path], folder: Path) -> None:
    """Save weights (safetensors), config and tokenizer files into ``folder``.

    Everything is written into a hidden folder beside it, which is then renamed, so a folder of
    that name is always whole.

    Raises
    ------
    InputError
        If it cannot be written (full disk, read-only); nothing is left behind.
    """

    def write(temporary: Path) -> None:
        with quiet():
            model.save_pretrained(temporary)
        for extra in extras:
            shutil.copyfile(extra, temporary / extra.name)
        _same_permissions(temporary)

    _whole(folder, write)


def copy_checkpoint(original: Path, folder: Path) -> None:
    """Save the files of another checkpoint once more, as ``folder``.

    Raises
    ------
    InputError
        As :func:`save_checkpoint`.
    """

    def write(temporary: Path) -> None:
        for path in sorted(original.iterdir()):
            shutil.copyfile(path, temporary / path.name)

    _whole(folder, write)


def _whole(folder: Path, write: Callable[[Path], None]) -> None:
    from safetensors import SafetensorError

    temporary = folder.with_name(f".{folder.name}.{os.getpid()}.tmp")
    try:
        temporary.mkdir(parents=True, exist_ok=True)
        write(temporary)
        os.replace(temporary, folder)
    except OSError as e:
        raise os_problem(e, f"Saving the checkpoint {folder}") from e
    except SafetensorError as e:
        raise os_problem(as_os_error(e), f"Saving the checkpoint {folder}") from e
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


@contextmanager
def quiet() -> Iterator[None]:
    """Without the library's own progress bars, which would break the job's."""
    from transformers.utils import logging

    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            logging.enable_progress_bar()


def _same_permissions(folder: Path) -> None:
    """The weights are written for the owner alone; give them the permissions of the config."""
    mode = (folder / "config.json").stat().st_mode & 0o777
    for path in folder.iterdir():
        path.chmod(mode)


def as_os_error(error: Exception) -> OSError:
    """The system's refusal, which the safetensors and tokenizers libraries wrap each its way."""
    if isinstance(error, OSError):
        return error
    text = str(error)
    number = errno.ENOSPC if "No space left" in text or "os error 28" in text else errno.EIO
    return OSError(number, text)


def clear_leftovers(out: Path) -> None:
    """Remove the hidden temporary folders of an interrupted run."""
    for path in [*out.glob(".*.tmp"), *out.glob("*/.*.tmp")]:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
