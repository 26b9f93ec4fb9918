"""View-models: evented fields and pure functions. No Qt, no vispy, no files; sees ``compute.core``.

State holds keys, selections, ranges and choices: kilobytes, exactly what a workspace file saves.
Arrays are never fields of evented state; they travel in frozen tables (:class:`MapTables`).
Each state object has ``events`` (psygnal); a gesture sets a field, the view waits to be told.
To add state: one dataclass here, one line in :class:`explorer.state.app.AppState`.
"""
