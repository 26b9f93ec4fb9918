"""The plot widget."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from explorer.panels.parts import Themed, label
from explorer.plots.chart.spec import Doubles, Label, Spot, nearest, stacked
from explorer.plots.scales import Scale, linear_ticks, log_step, log_step_ticks
from explorer.theme import marks
from explorer.theme.tokens import Tokens, mix

SYMBOLS = {
    "triangle": "t1", "circle": "o", "diamond": "d", "star": "star", "cross": "x", "hexagon": "h",
    "square": "s",
}  # fmt: skip
LEFT, FOOT, MARGIN = 52, 24, 10
Y_TICK_PX, X_TICK_PX = 44, 90
HATCH, MOST_FREE = 6.0 * 2**0.5, 200


@dataclass
class _Curve:
    """What was drawn under one key: places of its points, for the pointer."""

    x: Doubles
    y: Doubles
    items: list[Any] = field(default_factory=list)


class Plot(QFrame, Themed):
    """Heading and plot.

    Signals
    -------
    pointed, pressed : (key, row), or ("", -1) where there is no point
    dragged : float, the x value to which the line of :meth:`set_line` was taken
    """

    pointed = Signal(str, int)
    pressed = Signal(str, int)
    dragged = Signal(float)

    def __init__(self, title: str, name: str, *, wrap: bool = False) -> None:
        super().__init__()
        self.setProperty("role", "canvas")
        self._title, self._subtitle = label(title, "heading"), label("", "caption", wrap=wrap)
        self.area = pg.PlotWidget(background=None, viewBox=pg.ViewBox(enableMenu=False))
        self.area.setAccessibleName(name)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self._item = self.area.getPlotItem()
        self._item.hideButtons()
        self._item.setMenuEnabled(False)
        menu = self._item.ctrlMenu
        menu.setParent(self, menu.windowFlags())  # a menu of its own, which dies with the plot
        self._box = self._item.getViewBox()
        self._box.setDefaultPadding(0.0)
        self.scale, self.log_step, self.x_words = Scale(), False, ""
        self._curves: dict[str, _Curve] = {}
        self._grid: list[Any] = []
        self._labels: tuple[Label, ...] = ()
        self._rings: tuple[tuple[str, int], ...] = ()
        self._floor: tuple[float, str] | None = None
        self._line: Any = None
        self._home = QRectF(0, 0, 1, 1)
        self._under: tuple[str, int] = ("", -1)
        self._over = _Over(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(1)
        column.addWidget(self._title)
        column.addWidget(self._subtitle)
        column.addWidget(self.area, 1)
        self._box.sigRangeChanged.connect(self._show_ticks)
        self._box.sigResized.connect(self._show_ticks)
        self.area.scene().sigMouseMoved.connect(self._on_moved)
        self.area.scene().sigMouseClicked.connect(self._on_clicked)

    # -- what is drawn ----------------------------------------------------------------------------

    def clear(self) -> None:
        """Nothing is drawn any more."""
        self._item.clear()
        self._curves.clear()
        self._grid.clear()
        self._labels, self._line, self._floor, self._rings = (), None, None, ()
        self._over.update()

    def set_words(self, title: str, subtitle: str) -> None:
        """What is plotted; unit and scale."""
        self._title.setText(title)
        self._subtitle.setText(subtitle)

    def x_places(self, x: Doubles) -> Doubles:
        """Places of x values; ``log_step`` says how steps are drawn."""
        return log_step(x) if self.log_step else np.asarray(x, np.float64)

    def curve(
        self, key: str, x: Doubles, y: Doubles, colour: str, width: float = 2.2, dots: float = 0.0,
        *, dashed: bool = False, shape: str = "circle",
    ) -> None:  # fmt: skip
        """A line through points, broken where y is NaN; ``dots`` is the size of its points."""
        px, py = self.x_places(x), self.scale.places(y)
        pen = pg.mkPen(colour, width=width * self.tokens.line_scale)
        if dashed:
            pen.setDashPattern([5, 4])
        line = pg.PlotCurveItem(px, py, pen=pen, connect="finite", antialias=True)
        self._item.addItem(line, ignoreBounds=True)
        made = _Curve(px, py, [line])
        if dots:
            made.items.append(self._dots(px, py, colour, dots, shape))
        self._curves[key] = made

    def thin(
        self, lines: Sequence[tuple[str, Doubles, Doubles]], colour: str, width: float = 1.0
    ) -> None:
        """Many lines (key, x, y) of one colour as one item, which is far faster."""
        if not lines:
            return
        made = [_Curve(self.x_places(x), self.scale.places(y)) for _, x, y in lines]
        gap = np.array([np.nan])
        px = np.concatenate([part for each in made for part in (each.x, gap)])
        py = np.concatenate([part for each in made for part in (each.y, gap)])
        pen = pg.mkPen(colour, width=width * self.tokens.line_scale)
        item = pg.PlotCurveItem(px, py, pen=pen, connect="finite", antialias=True)
        self._item.addItem(item, ignoreBounds=True)
        self._curves.update({key: each for (key, _, _), each in zip(lines, made, strict=True)})

    def points(
        self, key: str, x: Doubles, y: Doubles, colour: str, size: float = 8.0, *,
        shape: str = "circle", hollow: bool = False,
    ) -> None:  # fmt: skip
        """Points without a line."""
        px, py = self.x_places(x), self.scale.places(y)
        self._curves[key] = _Curve(px, py, [self._dots(px, py, colour, size, shape, hollow=hollow)])

    def spots(self, spots: Sequence[Spot], size: float = 8.0) -> None:
        """Many points with a look each, one key each; faster than one by one."""
        if not spots:
            return
        px = self.x_places(np.array([s.x for s in spots]))
        py = self.scale.places(np.array([s.y for s in spots]))
        k = self.tokens
        made = pg.ScatterPlotItem(
            px, py, size=size * k.mark_scale, symbol=[SYMBOLS[s.shape] for s in spots],
            brush=[pg.mkBrush(k.canvas if s.hollow else s.colour) for s in spots],
            pen=[pg.mkPen(s.colour if s.hollow else k.canvas, width=1.5 if s.hollow else 0.8)
                 for s in spots], antialias=True,
        )  # fmt: skip
        made.setZValue(5)
        self._item.addItem(made, ignoreBounds=True)
        for s, x, y in zip(spots, px, py, strict=True):
            self._curves[s.key] = _Curve(np.array([x]), np.array([y]))

    def _dots(
        self, x: Doubles, y: Doubles, colour: str, size: float, shape: str, *, hollow: bool = False
    ) -> Any:
        good = np.isfinite(x) & np.isfinite(y)
        brush = self.tokens.canvas if hollow else colour
        pen = pg.mkPen(colour if hollow else self.tokens.canvas, width=1.5 if hollow else 0.8)
        made = pg.ScatterPlotItem(
            x[good], y[good], size=size * self.tokens.mark_scale, symbol=SYMBOLS[shape],
            brush=pg.mkBrush(brush), pen=pen, antialias=True,
        )  # fmt: skip
        made.setZValue(5)
        self._item.addItem(made, ignoreBounds=True)
        return made

    def band(self, x: Doubles, low: Doubles, high: Doubles, colour: str) -> None:
        """What lies between two lines, 18 % of the colour."""
        good = np.isfinite(low) & np.isfinite(high)
        if good.sum() < 2:
            return
        px = self.x_places(x)[good]
        ends = [pg.PlotCurveItem(px, self.scale.places(v)[good], pen=None) for v in (low, high)]
        fill = QColor(colour)
        fill.setAlphaF(0.18)
        made = pg.FillBetweenItem(*ends, brush=fill)
        made.setZValue(-5)
        for item in (*ends, made):
            self._item.addItem(item, ignoreBounds=True)

    def bars(self, x: Doubles, low: Doubles, high: Doubles, colour: str) -> None:
        """A vertical bar from ``low`` to ``high`` at each x: standard errors."""
        good = np.isfinite(low) & np.isfinite(high)
        px = np.repeat(self.x_places(x)[good], 2)
        py = np.stack([self.scale.places(v)[good] for v in (low, high)], axis=1).ravel()
        pen = pg.mkPen(colour, width=1.2 * self.tokens.line_scale)
        made = pg.PlotCurveItem(px, py, pen=pen, connect="pairs", antialias=True)
        made.setZValue(4)
        self._item.addItem(made, ignoreBounds=True)

    def set_floor(self, y: float, words: str) -> None:
        """Hatch what lies below a value, and name it at the foot."""
        self._floor = (y, words)
        self._over.update()

    def set_rings(self, points: Sequence[tuple[str, int]]) -> None:
        """Rings around these points: (key, row)."""
        if tuple(points) != self._rings:
            self._rings = tuple(points)
            self._over.update()

    def region(self, low: float, high: float, words: str = "") -> None:
        """A part of the x axis that is shaded, with its name at the foot."""
        a, b = self.x_places(np.array([low, high]))
        made = pg.LinearRegionItem(
            (a, b), movable=False, brush=QColor(self.tokens.grid), pen=pg.mkPen(None)
        )
        made.setZValue(-20)
        self._item.addItem(made, ignoreBounds=True)
        if words:
            text = pg.InfLineLabel(made.lines[1], words, position=0.06, rotateAxis=(1, 0),
                                   anchors=[(0, 1), (0, 1)], color=self.tokens.text3)  # fmt: skip
            text.textItem.setFont(self._font())

    def level(self, y: float, words: str = "") -> None:
        """A horizontal line of reference."""
        pen = pg.mkPen(self.tokens.control, style=Qt.PenStyle.DashLine)
        made = pg.InfiniteLine(float(self.scale.places(y)), angle=0, pen=pen)
        made.setZValue(-8)
        self._item.addItem(made, ignoreBounds=True)
        if words:
            text = pg.InfLineLabel(made, words, position=0.99, anchors=[(1, 1), (1, 1)],
                                   color=self.tokens.text3)  # fmt: skip
            text.textItem.setFont(self._font())

    def set_line(self, x: float | None) -> None:
        """The playhead at an x value, which can be dragged; None = none."""
        if x is None:
            if self._line is not None:
                self._item.removeItem(self._line)
                self._line = None
            return
        place = float(self.x_places(np.array([x]))[0])
        if self._line is None:
            pen = pg.mkPen(self.tokens.accent, width=1.5)
            self._line = pg.InfiniteLine(place, angle=90, movable=True, pen=pen, hoverPen=pen)
            self._line.setZValue(8)
            self._item.addItem(self._line, ignoreBounds=True)
            self._line.sigDragged.connect(lambda line: self.dragged.emit(self._x_of(line.value())))
        elif not self._line.moving:
            self._line.setValue(place)

    def _x_of(self, place: float) -> float:
        return float(10**place - 1) if self.log_step else float(place)

    def set_labels(self, labels: Sequence[Label]) -> None:
        """Words at the right ends of curves; ``y`` in the unit of the data."""
        self._labels = tuple(labels)
        font = QFontMetricsF(self._font(12))
        wide = max((font.horizontalAdvance(each.words) for each in labels), default=0.0)
        self._item.layout.setContentsMargins(0, 4, wide + 30 if labels else MARGIN, 0)
        self._over.update()

    def set_home(self, x: tuple[float, float], y: tuple[float, float], below: float = 0.0) -> None:
        """What a double click shows: ranges in the unit of the data, and ``below`` times the height
        under the lowest value."""
        (x0, x1), (y0, y1) = self.x_places(np.array(x)), self.scale.places(np.array(y))
        if x1 <= x0:
            x0, x1 = x0 - 0.5, x0 + 0.5
        if y1 <= y0:
            y0, y1 = y0 - 0.5, y0 + 0.5
        y0 -= below * (y1 - y0)
        self._home = QRectF(x0, y0, x1 - x0, y1 - y0)
        self._box.setLimits(xMin=x0 - 0.02 * (x1 - x0), xMax=x1 + 0.02 * (x1 - x0),
                            yMin=y0 - 0.1 * (y1 - y0), yMax=y1 + 0.1 * (y1 - y0))  # fmt: skip
        self.show_home()

    def show_home(self) -> None:
        """Everything."""
        self._box.setRange(self._home, padding=0.0)

    def show_near(self, x: float, share: float = 0.12) -> None:
        """Zoom to a part of the x axis around a value."""
        place = float(self.x_places(np.array([x]))[0])
        half = self._home.width() * share / 2
        self._box.setXRange(place - half, place + half, padding=0.0)

    # -- look --------------------------------------------------------------------------------------

    def set_tokens(self, tokens: Tokens) -> None:
        Themed.set_tokens(self, tokens)
        self.area.setBackground(tokens.canvas)
        for name in ("left", "bottom"):
            axis = self._item.getAxis(name)
            axis.setPen(pg.mkPen(tokens.control if name == "bottom" else None))
            axis.setTextPen(pg.mkPen(tokens.text3))
            axis.setTickFont(self._font())
            axis.setStyle(tickLength=-4 if name == "bottom" else 0, tickTextOffset=6)
        self._item.getAxis("left").setWidth(LEFT)
        self._item.getAxis("bottom").setHeight(FOOT + (16 if self.x_words else 0))
        self._show_ticks()

    def _font(self, size: int = 0) -> QFont:
        font = QFont(self.font())
        font.setPixelSize(size or self.tokens.tick)
        return font

    def _show_ticks(self) -> None:
        (x0, x1), (y0, y1) = self._box.viewRange()
        across = max(2, int(self._box.width() / X_TICK_PX))
        up = max(2, int(self._box.height() / Y_TICK_PX))
        named = log_step_ticks(x0, x1, across) if self.log_step else linear_ticks(x0, x1, across)
        self._item.getAxis("bottom").setTicks([named])
        self._item.getAxis("bottom").setLabel(self.x_words or None, color=self.tokens.text3)
        ticks = self.scale.ticks(y0, y1, up)
        self._item.getAxis("left").setTicks([ticks])
        for line in self._grid:
            self._item.removeItem(line)
        self._grid = [self._rule(place) for place, _ in ticks]
        self._over.update()

    def _rule(self, place: float) -> Any:
        made = pg.InfiniteLine(place, angle=0, pen=pg.mkPen(self.tokens.grid))
        made.setZValue(-10)
        self._item.addItem(made, ignoreBounds=True)
        return made

    # -- pointer -----------------------------------------------------------------------------------

    def pixel_of(self, x: float, y: float) -> QPointF:
        """Where a place of the axes is, in pixels of :attr:`area`."""
        return QPointF(self.area.mapFromScene(self._box.mapViewToScene(QPointF(x, y))))

    def _find(self, at: QPointF) -> tuple[str, int]:
        """The point under a place of the scene."""
        best, found = np.inf, ("", -1)
        for key, curve in self._curves.items():
            corner = self._box.mapViewToScene(QPointF(0, 0))
            unit = self._box.mapViewToScene(QPointF(1, 1)) - corner
            x, y = corner.x() + curve.x * unit.x(), corner.y() + curve.y * unit.y()
            row = nearest(x, y, (at.x(), at.y()))
            if row >= 0 and (far := np.hypot(x[row] - at.x(), y[row] - at.y())) < best:
                best, found = far, (key, row)
        return found

    def _on_moved(self, at: QPointF) -> None:
        found = self._find(at) if self._box.sceneBoundingRect().contains(at) else ("", -1)
        if found != self._under:
            self._under = found
            self.pointed.emit(*found)

    def _on_clicked(self, event: Any) -> None:
        if event.double():
            self.show_home()
        elif event.button() == Qt.MouseButton.LeftButton:
            self.pressed.emit(*self._find(event.scenePos()))

    def place_of(self, key: str, row: int) -> QPointF | None:
        """Where a point is, in pixels of this widget; None where it has no place."""
        curve = self._curves.get(key)
        if curve is None or not 0 <= row < len(curve.x) or not np.isfinite(curve.y[row]):
            return None
        inside = self.pixel_of(float(curve.x[row]), float(curve.y[row])).toPoint()
        return QPointF(self.area.mapTo(self, inside))

    def label_rects(self) -> list[tuple[QRectF, str]]:
        """Direct labels, in pixels of this widget: for tests."""
        return self._over.rects()

    def leaveEvent(self, event: Any) -> None:
        self._on_moved(QPointF(-1, -1))
        super().leaveEvent(event)

    def resizeEvent(self, event: Any) -> None:
        super().resizeEvent(event)
        self._over.setGeometry(self.rect())
        self._over.raise_()


class _Over(QWidget):
    """Direct labels, painted over the plot; the pointer goes through."""

    def __init__(self, plot: Plot) -> None:
        super().__init__(plot)
        self._plot = plot
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)

    def rects(self) -> list[tuple[QRectF, str]]:
        """(rectangle, words) of every label."""
        plot = self._plot
        if not plot._labels:
            return []
        box = plot._box.sceneBoundingRect()
        corner = plot.area.mapTo(plot, plot.area.mapFromScene(box.topRight()))
        ys = []
        for each in plot._labels:
            place = float(plot.scale.places(each.y))
            at = plot.pixel_of(0.0, place).toPoint()
            ys.append(float(plot.area.mapTo(plot, at).y()))
        top = float(corner.y()) + 7
        metrics = QFontMetricsF(plot._font(12))
        placed = stacked(ys, top, top + box.height() - 14)
        return [
            (QRectF(corner.x() + 22, y - 7, metrics.horizontalAdvance(each.words) + 1, 14),
             each.words)
            for y, each in zip(placed, plot._labels, strict=True)
        ]  # fmt: skip

    def box(self) -> QRectF:
        """Where data stand, in pixels of the plot."""
        plot = self._plot
        inside = plot.area.mapFromScene(plot._box.sceneBoundingRect()).boundingRect()
        return QRectF(plot.area.mapTo(plot, inside.topLeft()), inside.size())

    def hatch(self) -> tuple[QRectF, QRectF, str]:
        """What is hatched, its words and where these stand; empty where nothing is."""
        plot = self._plot
        if plot._floor is None:
            return QRectF(), QRectF(), ""
        y, words = plot._floor
        box = self.box()
        at = plot.pixel_of(0.0, float(plot.scale.places(y))).toPoint()
        top = max(float(plot.area.mapTo(plot, at).y()), box.top())
        wide = QFontMetricsF(plot._font()).horizontalAdvance(words) + 8
        area = QRectF(box.left(), top, box.width(), max(box.bottom() - top, 0.0))
        return area, QRectF(box.right() - wide, box.bottom() - 15, wide, 14), words

    def _paint_hatch(self, painter: QPainter) -> None:
        plot, k = self._plot, self._plot.tokens
        area, said, words = self.hatch()
        if area.height() < 1:
            return
        free = QPainterPath()
        free.addRect(area)
        for key in list(plot._curves)[:MOST_FREE]:
            place = plot.place_of(key, 0)
            if place is not None:
                hole = QPainterPath()
                hole.addEllipse(place, 7, 7)
                free -= hole
        painter.save()
        painter.setClipPath(free)
        painter.setPen(QPen(QColor(mix(k.canvas, k.text3, 0.55)), 1))
        x, high = area.left() - area.height(), area.height()
        while x < area.right():
            painter.drawLine(QPointF(x, area.bottom()), QPointF(x + high, area.top()))
            x += HATCH
        painter.restore()
        if area.contains(said):
            painter.fillRect(said, QColor(k.canvas))
            painter.setFont(plot._font())
            painter.setPen(QColor(k.text3))
            painter.drawText(said, Qt.AlignmentFlag.AlignCenter, words)

    def _paint_rings(self, painter: QPainter) -> None:
        plot = self._plot
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(plot.tokens.text), 2))
        for key, row in plot._rings:
            place = plot.place_of(key, row)
            if place is not None and self.box().contains(place):
                painter.drawEllipse(place, 8, 8)

    def paintEvent(self, _event: QPaintEvent) -> None:
        plot, k = self._plot, self._plot.tokens
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_hatch(painter)
        self._paint_rings(painter)
        painter.setFont(plot._font(12))
        for (rect, words), each in zip(self.rects(), plot._labels, strict=True):
            at = QPointF(rect.left() - 10, rect.center().y())
            marks.draw(painter, each.shape, at, 4.0, each.colour)
            painter.setPen(QColor(k.text))
            painter.drawText(rect.adjusted(0, 0, 2, 0), Qt.AlignmentFlag.AlignVCenter, words)
        painter.end()


def faded(colour: str, tokens: Tokens, share: float) -> str:
    """A colour mixed into the canvas: 1 = as it is."""
    return mix(tokens.canvas, colour, share)
