"""Names beside heads, steps along a run, and where the runs start."""
