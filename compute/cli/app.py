"""The command line from a table of commands: only the one asked for is loaded."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Annotated, Any, TypeAlias

import typer

import compute
from compute.core.errors import Cancelled, KlscopeError

Row: TypeAlias = tuple[str, str, str]
DEBUG = "--debug"
_INTERRUPTED = 130
"""What typer ends with when Ctrl+C comes where nobody else takes it."""
_CANCELLED = "Cancelled. What was finished is kept."
GROUPS = {
    "lens": "Tuned lenses.",
    "texts": "Sets of texts.",
    "recipe": "How a project's numbers are prepared: what is excluded, clipped and dropped.",
    "bench": "Measure the speed budget on this machine.",
}
_HELP = "Maps of language models, measured in bits per byte."
_NAMES = {"help_option_names": ["-h", "--help"]}


@dataclass(frozen=True)
class App:
    """The commands of one program. Called with arguments it runs one; raises SystemExit."""

    rows: tuple[Row, ...]

    def __call__(self, arguments: Sequence[str]) -> None:
        self.typer_for(arguments)(list(arguments), prog_name="klscope")

    def typer_for(self, arguments: Sequence[str]) -> typer.Typer:
        """A typer app in which the command of ``arguments`` is real, the others only named."""
        asked = self._asked(arguments)
        top = _new(_HELP, callback=_top)
        groups: dict[str, typer.Typer] = {}
        for row in self.rows:
            name, _, help_text = row
            group, _, last = name.rpartition(" ")
            if group and group not in groups:
                groups[group] = _new(GROUPS.get(group, ""))
                top.add_typer(groups[group], name=group)
            parent = groups[group] if group else top
            if name == asked:
                parent.command(last, context_settings=_NAMES)(_load(row))
            else:
                parent.command(last, help=help_text)(_named_only)
        return top

    def _asked(self, arguments: Sequence[str]) -> str:
        words = [a for a in arguments if not a.startswith("-")]
        names = {row[0] for row in self.rows}
        for n in (2, 1):
            if " ".join(words[:n]) in names:
                return " ".join(words[:n])
        return ""


def build_app(extra: Sequence[Row] = ()) -> App:
    """The headless commands and the ``extra`` rows; a row of the same name replaces ours."""
    from compute.cli import COMMANDS

    rows = {row[0]: row for row in (*COMMANDS, *extra)}
    return App(tuple(rows.values()))


def main_guard(app: Callable[[Sequence[str]], None], arguments: Sequence[str]) -> int:
    """Run ``app`` and turn every way it can end into an exit code; errors are one paragraph.

    ``--debug`` anywhere shows the traceback of an error too.
    """
    debug = DEBUG in arguments
    try:
        app([a for a in arguments if a != DEBUG])
    except SystemExit as e:
        if e.code == _INTERRUPTED:
            return _say(_CANCELLED, 1, debug)
        return _code(e.code)
    except typer.Exit as e:
        return e.exit_code
    except KlscopeError as e:
        return _say(e.message, e.exit_code, debug)
    except (Cancelled, KeyboardInterrupt):
        return _say(_CANCELLED, 1, debug)
    except BrokenPipeError:
        sys.stdout = None  # whoever read us is gone; nothing is left to flush
        return 1
    except Exception as e:  # border: a surprise, as one sentence
        return _say(_surprise(e), 1, debug)
    return 0


def _code(code: Any) -> int:
    if code is None or isinstance(code, int):
        return code or 0
    print(code, file=sys.stderr)
    return 1


def _say(message: str, code: int, debug: bool) -> int:
    if debug:
        traceback.print_exc()
    print(message, file=sys.stderr)
    return code


def _surprise(error: Exception) -> str:
    what = " ".join(str(error).split()) or "no further word"
    kind = type(error).__name__
    return f"Something unexpected happened ({kind}: {what}). Run it again with --debug for more."


def _new(help_text: str, callback: Callable[..., None] | None = None) -> typer.Typer:
    return typer.Typer(
        help=help_text,
        callback=callback,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings=_NAMES,
    )


def _load(row: Row) -> Callable[..., Any]:
    module, _, name = row[1].partition(":")
    function: Callable[..., Any] = getattr(import_module(module), name)
    return function


def _named_only() -> None:
    """A command that was not asked for."""


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"klscope {compute.__version__}")
        raise typer.Exit


def _top(
    debug: Annotated[bool, typer.Option(DEBUG, help="Show the traceback of an error.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Options of the program itself; ``--debug`` is taken out by :func:`main_guard`."""
