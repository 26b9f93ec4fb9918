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
    """One parameter as a panel or a command line shows it. ``low`` and ``high`` are included.

    ``many`` = a tuple of different values, each within the range. ``late`` = the parameter came
    after maps were stored without it: at its default it is left out of keys and stored parameters.
    """

    name: str
    title: str
    help: str
    default: Any
    low: float
    high: float
    whole: bool = True
    many: bool = False
    late: bool = False


def option(
    default: Any, *, title: str, low: float, high: float, help: str, late: bool = False
) -> Any:
    """A dataclass field with its description."""
    described = {"title": title, "low": low, "high": high, "help": help, "late": late}
    return dataclasses.field(default=default, metadata=described)


def dims_option() -> Any:
    """The field every estimator has."""
    return option(2, title="Dimensions", low=2, high=3, help="Dimensions of the map, 2 or 3.")


def options_of(params: type[Params]) -> tuple[Option, ...]:
    """The options of a parameter class, in the order of its fields."""
    defaults: dict[str, Any] = {f.name: f.default for f in dataclasses.fields(params)}
    return tuple(
        Option(
            f.name,
            default=defaults[f.name],
            whole=not isinstance(f.default, float),
            many=isinstance(f.default, tuple),
            **f.metadata,
        )
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
        values = value if opt.many else (value,)
        if len(set(values)) == len(values) and all(_inside(opt, v) for v in values):
            continue
        kind = "a whole number " if opt.whole else ""
        kind = "different whole numbers " if opt.many else kind
        raise UsageError(
            f"{opt.title} of the {params.method} map {'are' if opt.many else 'is'} {shown(value)}",
            advice=f"Choose {kind}from {opt.low:g} to {opt.high:g}",
        )
    return params


def _inside(opt: Option, value: float) -> bool:
    if not math.isfinite(value):
        return False
    return (not opt.whole or value == int(value)) and opt.low <= value <= opt.high


def shown(value: Any) -> str:
    """A parameter's value in a sentence: ``13.3``, or ``1, 3``."""
    values = value if isinstance(value, tuple | list) else (value,)
    return ", ".join(f"{v:.6g}" for v in values)


def stored(params: Params) -> dict[str, Any]:
    """Method and parameters as JSON values; those that came later only where they differ."""
    values: dict[str, Any] = {"method": params.method}
    for opt in options_of(type(params)):
        value = getattr(params, opt.name)
        if not (opt.late and value == opt.default):
            values[opt.name] = list(value) if opt.many else value
    return values
