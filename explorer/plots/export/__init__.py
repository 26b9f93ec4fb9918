"""Pictures and tables of views, as files: PNG, SVG and PDF with text as text, CSV.

    spec    file formats, the words of a table's cells, CSV and Markdown (pure)
    draw    a widget painted into a file, OpenGL below the text that lies on it

Every picture carries in its metadata what it was made from; see :class:`~.spec.Stamp`.
"""
