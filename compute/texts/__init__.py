"""Text sets: cut files into pieces of text, draw a sample, write it as JSONL; read it back.

Imports ``core`` only, standard library otherwise. The cutting rule and the draw are those of the
paper (method section 1) and live in :mod:`compute.texts.cutting`; where documents come from is
:mod:`compute.texts.documents` (one reader for each kind of file: add one there); the JSONL format
is :mod:`compute.texts.jsonl`.

Decided: pieces are counted in a first pass and read in a second, so memory grows with the sample
and not with the corpus (the alternative, reservoir sampling, would draw another sample than the
paper's). A file that is not valid UTF-8 is refused and never repaired, because every number is per
byte of the text as given. Binary files in a folder are skipped and counted.
"""

from compute.texts.building import BuildReport, build, build_from
from compute.texts.cutting import draw, pieces
from compute.texts.documents import Document
from compute.texts.jsonl import read_texts, write_texts

__all__ = [
    "BuildReport",
    "Document",
    "build",
    "build_from",
    "draw",
    "pieces",
    "read_texts",
    "write_texts",
]
