"""Texts of other kinds than the corpus, for fine-tuning and as domains; split like the corpus.

Everything here is on a machine that can run klscope: the standard library's reference (the module
``pydoc_data.topics``, read and never run), its own tests, and the licences of Python and numpy.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from compute.core.assets import asset
from compute.core.errors import InputError
from compute.minisuite.corpus import (
    DOCUMENTATION,
    SourceFile,
    held_out_source,
    library,
    read_corpus,
    read_tests,
)

TOPICS = f"{DOCUMENTATION}/topics.py"
_LICENSED = ("numpy",)
_BLOCK_BYTES = 1024
_LEAST_BYTES = 10_000

_KINDS = {
    "network": """
        asyncio asynchat asyncore cgi cgitb email ftplib http imaplib ipaddress mailbox nntplib
        nturl2path poplib selectors smtpd smtplib socket socketserver ssl telnetlib urllib
        webbrowser wsgiref xmlrpc""",
    "encodings": "encodings codecs",
    "data": """
        aifc base64 binhex bz2 chunk colorsys compression configparser csv dbm gzip html imghdr json
        lzma mailcap mimetypes netrc pickle pickletools plistlib quopri shelve sndhdr sqlite3
        stringprep sunau tarfile tomllib uu uuid wave xdrlib xml zipfile zipimport""",
    "system": """
        concurrent crypt ctypes curses filecmp fileinput fnmatch getpass glob logging
        multiprocessing ntpath os pathlib pipes platform posixpath pty queue sched secrets shutil
        signal stat subprocess tempfile threading tracemalloc tty""",
    "tools": """
        bdb cProfile compileall distutils doctest ensurepip lib2to3 pdb profile pstats py_compile
        pyclbr pydoc tabnanny timeit trace unittest venv zipapp""",
    "windows": "idlelib tkinter turtle turtledemo",
}
KINDS: Mapping[str, frozenset[str]] = {k: frozenset(v.split()) for k, v in _KINDS.items()}
"""Kinds of modules, by the first part of a file's name; the others are ``language``."""
LANGUAGE = "language"


def kind_of(name: str) -> str:
    """The kind of module that a file of the standard library belongs to."""
    head = name.partition("/")[0].removesuffix(".py")
    return next((kind for kind, names in KINDS.items() if head in names), LANGUAGE)


def read_documentation(root: Path | None = None) -> tuple[SourceFile, ...]:
    """The topics of the language reference, in the order of their names; one in three held out.

    () where the library comes without them.
    """
    path = (root or library()) / TOPICS
    try:
        tree = ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return ()
    found: dict[str, str] = {}
    for node in tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Dict):
            found |= _strings(node.value)
    names = {name: f"documentation/{name}" for name in sorted(found)}
    return tuple(
        SourceFile(name, found[topic].encode(), _share(name, 3)) for topic, name in names.items()
    )


def _strings(table: ast.Dict) -> dict[str, str]:
    pairs = zip(table.keys, table.values, strict=True)
    constants = [
        (k.value, v.value)
        for k, v in pairs
        if isinstance(k, ast.Constant) and isinstance(v, ast.Constant)
    ]
    return {k: v for k, v in constants if isinstance(k, str) and isinstance(v, str)}


def read_licences() -> tuple[SourceFile, ...]:
    """The licences of Python and numpy in blocks of whole paragraphs, every other one held out.

    A paragraph that occurs more than once is taken once, so that none is on both sides.

    Raises
    ------
    MissingPart
        If klscope's own files are not whole.
    """
    seen: set[str] = set()
    found: list[SourceFile] = []
    for source, text in _licences():
        for k, block in enumerate(_blocks(text, seen)):
            name = f"licences/{source}#{k}"
            found.append(SourceFile(name, block.encode(), _share(name, 2)))
    return tuple(found)


def _licences() -> Iterator[tuple[str, str]]:
    yield "Python", asset("PSF-LICENSE.txt").read_text(encoding="utf-8")
    for package in _LICENSED:
        try:
            files = distribution(package).files or ()
        except PackageNotFoundError:
            continue
        for file in sorted(str(f) for f in files if ".dist-info/" in str(f)):
            if "LICEN" in file.upper() or "COPYING" in file.upper():
                path = Path(str(distribution(package).locate_file(file)))
                inside = file.partition(".dist-info/")[2].removeprefix("licenses/")
                yield (
                    f"{package}/{inside.replace('#', '_')}",
                    path.read_text("utf-8", errors="replace"),
                )


def _blocks(text: str, seen: set[str]) -> Iterator[str]:
    block = ""
    for paragraph in text.replace("\r\n", "\n").split("\n\n"):
        plain = " ".join(paragraph.split())
        if not plain or plain in seen:
            continue
        seen.add(plain)
        block += f"{paragraph.strip(chr(10))}\n\n"
        if len(block.encode()) >= _BLOCK_BYTES:
            yield block
            block = ""
    if block:
        yield block


def _share(name: str, n: int) -> bool:
    """One name in ``n``, by its sha256."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4]) % n == 0


SUBJECTS: Mapping[str, Callable[[], tuple[SourceFile, ...]]] = {
    "documentation": read_documentation,
    "tests": read_tests,
    "licences": read_licences,
}
"""What models can be fine-tuned on."""


def subject(name: str) -> tuple[SourceFile, ...]:
    """The files of a subject, training and held out.

    Raises
    ------
    InputError
        If this machine has not enough of it; says what is missing.
    """
    files = SUBJECTS[name]()
    if sum(len(f.raw) for f in files if not f.held_out) < _LEAST_BYTES:
        raise InputError(
            f"this machine has no {name} of Python to train on",
            tried="Fine-tuning a model",
            advice="Install a complete Python, with its tests and its reference",
        )
    return files


def held_out_by_domain() -> Mapping[str, Sequence[SourceFile]]:
    """Domain -> files that no model is trained on: kinds of modules, and the subjects."""
    found: dict[str, list[SourceFile]] = {kind: [] for kind in (*KINDS, LANGUAGE)}
    for file in held_out_source(read_corpus()):
        found[kind_of(file.name)].append(file)
    others = {name: [f for f in read() if f.held_out] for name, read in SUBJECTS.items()}
    return {**found, **others}
