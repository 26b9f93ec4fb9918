"""The headless half of klscope: sources, scoring, the store, geometry and embedding.

Nothing here imports Qt. Each folder says in its ``__init__`` what it is, what it may import and how
to add one more of its kind. Values that travel between folders are the frozen types of
:mod:`compute.core`.
"""

__version__ = "0.1.0"
