"""A widget painted into a file.

Qt paints children with OpenGL into another device by what they show at the moment, as an image,
and whatever lies above them by its own painting: so text stays text.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QMarginsF, QPoint, QRectF, QSizeF
from PySide6.QtGui import QImage, QPageLayout, QPageSize, QPainter, QPdfWriter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QWidget

from compute.core.errors import InputError
from explorer.plots.contract import Table
from explorer.plots.export.spec import Stamp, as_csv, format_of

SCALE = 2.0
_DPI = 96
_MODE = 0o644


def save(widget: QWidget, table: Table, stamp: Stamp, path: Path, scale: float = SCALE) -> None:
    """Write the picture or the table of a view; the ending of ``path`` says which.

    Nothing is left half-written. ``scale`` is the pixels of a PNG per pixel of the window.

    Raises
    ------
    UsageError
        If the ending is of no format.
    InputError
        If the file cannot be written.
    """
    suffix = format_of(path)
    if suffix == ".csv":
        _whole(path, lambda to: to.write_text(as_csv(table), encoding="utf-8", newline=""))
    elif suffix == ".png":
        _whole(path, lambda to: _png(widget, stamp, to, scale))
    else:
        paint = _svg if suffix == ".svg" else _pdf
        _whole(path, lambda to: paint(widget, stamp, to))


def _whole(path: Path, write: Callable[[Path], object]) -> None:
    """Into a file beside it first, which then takes its place."""
    try:
        handle, name = tempfile.mkstemp(suffix=path.suffix, prefix=".", dir=path.parent)
        os.close(handle)
        temp = Path(name)
        try:
            if write(temp) is False or not temp.stat().st_size:
                raise OSError("nothing was written")
            temp.chmod(_MODE)
            os.replace(temp, path)
        finally:
            temp.unlink(missing_ok=True)
    except OSError as e:
        raise InputError(
            f"it cannot be written ({e.strerror or e})", tried=f"Writing {path}",
            advice="Choose another folder",
        ) from e  # fmt: skip


def _png(widget: QWidget, stamp: Stamp, path: Path, scale: float) -> bool:
    size = widget.size()
    image = QImage(size * scale, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(scale)
    image.setText("Software", "klscope")
    image.setText("klscope", stamp.as_json())
    painter = QPainter(image)
    widget.render(painter, QPoint(0, 0))
    painter.end()
    return image.save(str(path), "PNG")


def _svg(widget: QWidget, stamp: Stamp, path: Path) -> None:
    size = widget.size()
    made = QSvgGenerator()
    made.setFileName(str(path))
    made.setSize(size)
    made.setViewBox(QRectF(0, 0, size.width(), size.height()))
    made.setResolution(_DPI)
    made.setTitle(f"{stamp.title}, {stamp.project}")
    made.setDescription(stamp.as_json())
    _paint(widget, made)


def _pdf(widget: QWidget, stamp: Stamp, path: Path) -> None:
    size = widget.size()
    made = QPdfWriter(str(path))
    made.setCreator("klscope")
    made.setTitle(f"{stamp.title}, {stamp.project} {stamp.as_json()}")
    points = QSizeF(size.width(), size.height()) * 72 / _DPI
    page = QPageSize(points, QPageSize.Unit.Point, "view", QPageSize.SizeMatchPolicy.ExactMatch)
    made.setPageLayout(QPageLayout(page, QPageLayout.Orientation.Portrait, QMarginsF(0, 0, 0, 0)))
    made.setResolution(_DPI)
    _paint(widget, made)


def _paint(widget: QWidget, device: QSvgGenerator | QPdfWriter) -> None:
    painter = QPainter(device)
    widget.render(painter, QPoint(0, 0))
    painter.end()
