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

from compute.exchange.contract import (
    Coordinates,
    Distances,
    Format,
    Imported,
    Request,
    called,
)

FORMATS: Mapping[str, Format] = {
    f.id: f
    for f in (
        Format(
            "h5",
            "A klscope project",
            read="compute.jobs.projects:read",  # by name: the store is not for this folder
            write="compute.jobs.exporting:copy_file",
            content="file",
            extensions=(".h5", ".hdf5"),
        ),
        Format(
            "lm-eval",
            "lm-evaluation-harness, samples_*.jsonl",
            read="compute.exchange.lm_eval:read",
            sniff="compute.exchange.lm_eval:sniff",
            extensions=(".jsonl",),
        ),
        Format(
            "csv",
            "CSV: a matrix or the long form; as an export a folder with all of a project",
            read="compute.exchange.delimited:read",
            write="compute.exchange.delimited_bundle:write",
            sniff="compute.exchange.delimited:sniff",
            extensions=(".csv", ".tsv"),
            folder=True,
            takes=("unit", "per", "rows"),
        ),
        Format(
            "parquet",
            "Parquet: a matrix or the long form; as an export a folder with all of a project",
            read="compute.exchange.parquet:read",
            write="compute.exchange.parquet:write",
            sniff="compute.exchange.parquet:sniff",
            extensions=(".parquet",),
            needs="exchange",
            folder=True,
            takes=("unit", "per", "rows"),
        ),
        Format(
            "npz",
            "NumPy NPZ: a matrix with names; as an export all of a project",
            read="compute.exchange.npz:read",
            write="compute.exchange.npz:write",
            sniff="compute.exchange.npz:sniff",
            extensions=(".npz",),
            takes=("unit", "per", "rows"),
        ),
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
        Format(
            "jsonl",
            "JSON lines for each model, as in the modelmap releases",
            read="compute.exchange.modelmap:read",
            write="compute.exchange.modelmap:write",
            sniff="compute.exchange.modelmap:sniff",
            extensions=(".jsonl",),
            folder=True,
            takes=("unit", "per"),
        ),
        Format(
            "projector",
            "TensorBoard projector TSV: coordinates and metadata",
            read="compute.exchange.projector:read",
            write="compute.exchange.projector:write",
            sniff="compute.exchange.projector:sniff",
            content="coordinates",
            folder=True,
        ),
        Format(
            "coordinates",
            "Coordinates of a map as CSV",
            write="compute.exchange.sheets:write_coordinates",
            content="coordinates",
            extensions=(".csv",),
        ),
        Format(
            "distances",
            "KL of all pairs with standard errors as CSV",
            write="compute.exchange.sheets:write_distances",
            content="distances",
            extensions=(".csv",),
        ),
        Format(
            "newick",
            "Tree of a clustering as Newick",
            write="compute.exchange.sheets:write_tree",
            content="tree",
            extensions=(".nwk", ".newick"),
        ),
    )
}

__all__ = ["FORMATS", "Coordinates", "Distances", "Format", "Imported", "Request", "called"]
