"""What a ``.bin`` file of PyTorch would call when it is unpickled, found without unpickling it.

This is for the listing. What protects is how the file is read: by torch with ``weights_only``.
"""

from __future__ import annotations

import pickletools
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from compute.core.errors import InputError, KlscopeError

_HARMLESS = frozenset(
    "torch torch._utils torch._tensor torch.storage torch.nn.parameter torch.serialization "  # noqa: SIM905
    "collections _codecs".split()
)
_NAMED = ("GLOBAL", "INST")
_HIDDEN = ("STACK_GLOBAL", "EXT1", "EXT2", "EXT4")  # torch writes none and reads none
_ZIP, _PICKLE = b"PK", b"\x80"


_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    RuntimeError,  # said to be encrypted, or packed in a way that is not known
    ValueError,
    KeyError,
    EOFError,
    IndexError,
)


class RefusedPickle(KlscopeError):  # noqa: N818 - reads as what it says
    """The file would run code if it were unpickled."""


def check_pickles(path: Path) -> None:
    """Look at a ``.bin`` file.

    Raises
    ------
    InputError
        If it is cut short or is no file of PyTorch.
    RefusedPickle
        If it names something that weights have no use for.
    """
    try:
        with open(path, "rb") as file:
            head = file.read(2)
        if head == _ZIP:
            _look_into(path)
        elif not head.startswith(_PICKLE):
            raise InputError(f"{path.name} is cut short or is no PyTorch file")
    except OSError as e:
        raise InputError(f"{path.name} cannot be read ({e.strerror})") from e
    except _DAMAGED as e:
        raise InputError(f"{path.name} is cut short or damaged") from e


def _look_into(path: Path) -> None:
    with zipfile.ZipFile(path) as inside:
        for name in inside.namelist():
            if name.endswith(".pkl"):
                for called in _called(inside.read(name)):
                    if called.partition(" ")[0] not in _HARMLESS:
                        what = called.replace(" ", ".")
                        raise RefusedPickle(
                            f"{path.name} would run code of its own ({what})",
                            advice="Use a copy whose weights are saved as safetensors",
                        )


def _called(raw: bytes) -> Iterator[str]:
    """ "module name" of what a pickle asks for by name, else how it asks without one."""
    for opcode, value, _ in pickletools.genops(raw):
        if opcode.name in _NAMED:
            yield str(value)
        elif opcode.name in _HIDDEN:
            yield opcode.name
