"""Import and export: one file for each foreign format. Imports ``compute.core`` only.

Public: ``FORMATS``, ``Format``, ``Imported``, ``Request``, ``called``.

A format is a file with ``read(path, request) -> Imported``, ``write(imported, path)`` or both, and
one line in ``FORMATS``. The job writes what was read into a project, and gives a writer what a
project holds. pyarrow is imported on use, here alone.

Decided:

- One type for both directions, so that what was exported can be compared with what is imported.
- Pickles are read by ``pickles``, an interpreter of its own that knows the few operations that
  build data and calls nothing. Refused: ``pickle.Unpickler`` with a list of allowed classes, which
  runs their constructors with arguments from the file.
"""

from collections.abc import Mapping

from compute.exchange.contract import Format, Imported, Request, called

FORMATS: Mapping[str, Format] = {
    f.id: f
    for f in (
        Format(
            "release",
            "The authors' release folder (checkpoints, quantized models, layers)",
            read="compute.exchange.authors:read",
            sniff="compute.exchange.authors:sniff",
        ),
        Format(
            "release-2025",
            "The 2025 release (1,018 models, benchmark scores)",
            read="compute.exchange.release2025:read",
            sniff="compute.exchange.release2025:sniff",
        ),
    )
}

__all__ = ["FORMATS", "Format", "Imported", "Request", "called"]
