"""Parameter classes: each field carries title, help, range; panels and flags are made from it."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import Any, TypeVar

from compute.core.errors import UsageError
from compute.embedding.protocol import Params

P = TypeVar("P", bound=Params)


@dataclass(frozen=True, slots=True)
class Option:
    """One parameter as a panel or a command line shows it. ``low`` and ``high`` are included."""

    name: str
    title: str
    help: str
    default: float
    low: float
    high: float
    whole: bool = True


def option(default: float, *, title: str, low: float, high: float, help: str) -> Any:
    """A dataclass field with its description."""
    return dataclasses.field(
        default=default, metadata={"title": title, "low": low, "high": high, "help": help}
    )


def dims_option() -> Any:
    """The field every estimator has."""
    return option(2, title="Dimensions", low=2, high=3, help="Dimensions of the map, 2 or 3.")


def options_of(params: type[Params]) -> tuple[Option, ...]:
    """The options of a parameter class, in the order of its fields."""
    defaults: dict[str, Any] = {f.name: f.default for f in dataclasses.fields(params)}
    return tuple(
        Option(f.name, default=defaults[f.name], whole=isinstance(f.default, int), **f.metadata)
        for f in dataclasses.fields(params)
    )


def validated(params: P) -> P:
    """The same parameters.

    Raises
    ------
    UsageError
        If one is out of its range.
    """
    for opt in options_of(type(params)):
        value = getattr(params, opt.name)
        whole = not opt.whole or value == int(value) if math.isfinite(value) else False
        if not (whole and opt.low <= value <= opt.high):
            kind = "a whole number " if opt.whole else ""
            raise UsageError(
                f"{opt.title} of the {params.method} map is {value:g}",
                advice=f"Choose {kind}from {opt.low:g} to {opt.high:g}",
            )
    return params
