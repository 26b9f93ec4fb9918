"""The project file: one HDF5 file, written whole, read briefly. The only home of h5py.

Imports ``compute.core`` only.

Public: ``read``, ``read_texts``, ``stamp``, ``read_embedding``, ``read_embeddings``,
``embedding_keys``, ``read_tokenizations``, ``read_tokens``, ``read_weights``, ``read_benchmarks``;
``create``, ``copy``, ``ensure_texts``, ``commit`` with ``PutEntries``, ``PutRows``,
``PutTokenization``, ``PutRecipe``, ``DeleteRecipe``, ``PutEmbedding``, ``PutWeights``,
``PutBenchmarks``; ``Parts``; ``write_tokens``, ``has_tokens``, ``copy_tokens``,
``tokens_folder``; ``job_lock``,
``job_lock_owner``; ``hooks``.

To add a dataset: one line in ``schema`` (axes, dtype, unit, missing value, version), its writer in
``tables``, its reader in ``reader``, a paragraph in ``docs/format.md``. A new column of an existing
table raises ``FORMAT_VERSION`` and needs a step in ``migrations``, which works on a copy.

Decided:

- A commit copies the file, changes the copy, syncs and renames it. Refused: writing in place with
  HDF5's single-writer mode, which cannot survive a kill at any moment.
- HDF5 writes through ``disk``, which keeps a failed write from it: after one (a full disk) closing
  the file crashes the process. Seen with HDF5 2.0 under a file size limit.
- Unfinished rows live in flat files with checksums (``frames``), not in HDF5: adding five seconds
  of work must not copy the project.
- Batches of a committed partial entry are shelved: kept under another name for whoever resumes, and
  passed by by readers. Refused: deleting them and working out from the row what is finished, which
  would make the store know how plans are written.
- Token detail is in flight in files of its own, so that readers of scores do not read it.
- A writer that goes on from what it read gives ``PutEntries`` that (``since``), so that an edit and
  a finished score of one entry do not undo each other. Refused: locking an entry that is edited.
- Parts are read before the file, so a row committed in between is seen twice, never missed.
- Lock files are deleted by their owner while it still holds them; waiting processes notice.
"""

from compute.store import hooks
from compute.store.changes import (
    Change,
    DeleteRecipe,
    PutBenchmarks,
    PutEmbedding,
    PutEntries,
    PutRecipe,
    PutRows,
    PutTokenization,
    PutWeights,
)
from compute.store.companions import (
    copy_tokens,
    has_tokens,
    read_tokens,
    tokens_folder,
    write_tokens,
)
from compute.store.copying import copy
from compute.store.files import parts_folder
from compute.store.frames import Batch
from compute.store.locks import job_lock, job_lock_owner
from compute.store.parts import Parts
from compute.store.reader import (
    embedding_keys,
    read,
    read_benchmarks,
    read_embedding,
    read_embeddings,
    read_texts,
    read_tokenizations,
    read_weights,
    stamp,
)
from compute.store.writer import commit, create, ensure_texts

__all__ = [
    "Batch",
    "Change",
    "DeleteRecipe",
    "Parts",
    "PutBenchmarks",
    "PutEmbedding",
    "PutEntries",
    "PutRecipe",
    "PutRows",
    "PutTokenization",
    "PutWeights",
    "commit",
    "copy",
    "copy_tokens",
    "create",
    "embedding_keys",
    "ensure_texts",
    "has_tokens",
    "hooks",
    "job_lock",
    "job_lock_owner",
    "parts_folder",
    "read",
    "read_benchmarks",
    "read_embedding",
    "read_embeddings",
    "read_texts",
    "read_tokenizations",
    "read_tokens",
    "read_weights",
    "stamp",
    "tokens_folder",
    "write_tokens",
]
