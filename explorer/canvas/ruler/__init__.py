"""Axes with numbers where coordinates have a unit (PCA), a scale bar (MDS), a reason (t-SNE)."""
