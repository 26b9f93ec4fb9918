"""``report.json``: every number, caption and recipe of a report, for programs."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

import compute
from compute.analysis.making import warnings_of
from compute.core.errors import InputError
from compute.core.tables import Recipe
from compute.geometry import Prepared, entropy_bound, select
from compute.report.contract import MapRequest
from compute.report.making import Made
from compute.report.study import Study

_FORMAT = 1


def facts(study: Study) -> dict[str, Any]:
    """What the page says about the project before its first figure."""
    snapshot = study.snapshot
    texts = snapshot.texts
    n_bytes = texts.n_bytes
    return {
        "project": snapshot.path.name,
        "entries": len(snapshot.entries),
        "runs": len(study.every_run),
        "texts": len(texts),
        "bytes_per_text": float(n_bytes.mean()) if len(n_bytes) else math.nan,
        "text_source": texts.source,
        "text_licence": texts.licence,
        "text_digest": texts.digest,
        "entropy_bound": _bound(study),
    }


def _bound(study: Study) -> dict[str, Any] | None:
    """Upper bound of the entropy of the texts, bits/byte: the best entry's, without clipping."""
    try:
        return dataclasses.asdict(entropy_bound(select(study.snapshot, Recipe("raw"))))
    except InputError:
        return None


def analyses(study: Study) -> list[dict[str, Any]]:
    """Every analysis that the items used, with its recipe and what is to be kept in mind."""
    return [_analysis(name, rows, study) for name, rows in sorted(study._prepared.items())]


def _analysis(name: str, rows: Prepared, study: Study) -> dict[str, Any]:
    return {
        "name": name,
        "title": study.analysis(name).title,
        "entries": len(rows.ids),
        "left_out": [{"entry": out.id, "reason": out.reason} for out in rows.left_out],
        "texts": rows.n_texts,
        "bytes_per_text": rows.mean_bytes,
        "tau_nats": rows.tau if math.isfinite(rows.tau) else None,
        "provisional": rows.provisional,
        "cautions": list(rows.cautions),
        "warnings": list(warnings_of(study.snapshot, rows.recipe)),
        "recipe": {**dataclasses.asdict(rows.recipe), "digest": digest(rows.recipe)},
    }


def warnings(study: Study) -> tuple[str, ...]:
    """What to keep in mind about the recipes that the items used, each sentence once."""
    used = (one.recipe for _, one in sorted(study._analyses.items()))
    found = (warnings_of(study.snapshot, recipe) for recipe in used)
    return tuple(dict.fromkeys(sentence for one in found for sentence in one))


def digest(recipe: Recipe) -> str:
    """sha256 of everything a recipe says."""
    data = json.dumps(_plain(dataclasses.asdict(recipe)), sort_keys=True)
    return hashlib.sha256(data.encode()).hexdigest()


def record(
    study: Study, made: Sequence[Made], timings: Mapping[str, Any], about: Mapping[str, Any]
) -> dict[str, Any]:
    """The whole report as JSON values; all that differs from run to run is in ``timings``."""
    return {
        "format": _FORMAT,
        "made_by": f"klscope {compute.__version__}",
        **about,
        "options": dataclasses.asdict(study.options),
        "analyses": analyses(study),
        "maps": [_map(request, study) for request in sorted(study.maps, key=repr)],
        "items": [_item(m) for m in made],
        "files": sorted(path for m in made for path in m.files),
        "timings": dict(timings),
    }


def text(data: Mapping[str, Any]) -> str:
    """JSON with every digit; NaN and infinities are null."""
    return json.dumps(_plain(data), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _map(request: MapRequest, study: Study) -> dict[str, Any]:
    drawn = study.maps[request]
    return {**dataclasses.asdict(request), "entries": len(drawn.ids), "info": dict(drawn.info)}


def _item(made: Made) -> dict[str, Any]:
    return {
        "id": made.item.id,
        "number": made.item.number,
        "title": made.item.title,
        "status": made.status,
        "reason": made.reason,
        "caption": made.caption,
        "remarks": list(made.remarks),
        "tables": [
            {
                "name": t.table.name,
                "title": t.table.title,
                "columns": [list(c) for c in t.table.columns],
                "rows": [list(row) for row in t.table.rows],
                "notes": t.table.notes,
                "csv": t.csv,
                "markdown": t.markdown,
            }
            for t in made.tables
        ],
        "pictures": [{"name": p.name, "svg": p.svg, "png": p.png} for p in made.pictures],
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, np.generic):
        return _plain(value.item())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
