"""Where bundled files are: beside the packages in a checkout, inside ``explorer`` in a wheel."""

from __future__ import annotations

from pathlib import Path

from compute.core.errors import MissingPart

_ROOT = Path(__file__).resolve().parents[2]


def asset(name: str) -> Path:
    """Path of a bundled file or folder, for example ``asset("fonts")``.

    Raises
    ------
    MissingPart
        If it is in neither place.
    """
    for base in (_ROOT / "explorer" / "assets", _ROOT / "assets"):
        if (base / name).exists():
            return base / name
    raise MissingPart(f"the bundled file {name!r} is not there", advice="Install klscope again")
