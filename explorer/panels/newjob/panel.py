"""The new-job panel, a strip between map and timeline."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from explorer.panels.newjob import spec
from explorer.panels.newjob.options import Options
from explorer.panels.parts import (
    Choice,
    Elided,
    IconButton,
    IconLabel,
    Links,
    PushButton,
    frame,
    label,
    restyle,
)
from explorer.state.jobs import NewJobState

HEADER, BODY = 36, 52


class NewJob(QFrame):
    """Visible while ``state.visible``. *Start* says in its tooltip why it is off."""

    command = Signal(str, object)

    def __init__(self, state: NewJobState) -> None:
        super().__init__()
        self._state = state
        self.setProperty("role", "strip")
        self._title, self._cost = label("", "title"), Elided("caption")
        self._problem_icon = IconLabel("warning", "warn", 14)
        self._close = IconButton("x", "Close without scoring")
        self._texts = PushButton("", "file-text", tip="Choose the text set")
        self._fixed = label("", "value")
        self._device = Choice("Device", state.devices)
        self._dtype = Choice("Precision", spec.DTYPES)
        self._device.setToolTip(spec.DEVICE_TIP)
        self._dtype.setToolTip(spec.PRECISION_TIP)
        self._more = PushButton("Options", "caret-right", tip="How texts are scored")
        self._options, self._mixing = Options(state), frame("quiet")
        self._mixing_words = label("", "warn", wrap=True)
        self._start = PushButton("Start", "play-fill", role="primary")
        self._lay_out()
        self._links = Links()
        e = state.events
        self._links.to(
            self.refresh, e.visible, e.texts, e.texts_label, e.texts_fixed, e.device, e.devices,
            e.dtype, e.cost, e.problem, e.options, e.options_open, e.project_rule, e.n_of_rule,
        )  # fmt: skip
        self._connect()
        self.refresh()

    def _lay_out(self) -> None:
        head = frame("quiet", HEADER)
        row = QHBoxLayout(head)
        row.setContentsMargins(13, 0, 8, 0)
        row.setSpacing(8)
        row.addWidget(self._title)
        row.addWidget(self._problem_icon)
        row.addWidget(self._cost, 1)
        row.addWidget(self._close)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 1, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(head)
        layout.addWidget(self._body())
        layout.addWidget(self._options)
        row = QHBoxLayout(self._mixing)
        row.setContentsMargins(13, 0, 13, 10)
        row.setSpacing(8)
        row.addWidget(IconLabel("warning", "warn", 14))
        row.addWidget(self._mixing_words, 1)
        layout.addWidget(self._mixing)

    def _body(self) -> QWidget:
        body = frame("quiet", BODY)
        row = QHBoxLayout(body)
        row.setContentsMargins(13, 0, 13, 10)
        row.setSpacing(6)
        for words, widgets in (
            ("Texts", (self._texts, self._fixed)),
            ("Device", (self._device,)),
            ("Precision", (self._dtype,)),
        ):
            row.addWidget(label(words, "caption"))
            for widget in widgets:
                row.addWidget(widget)
            row.addSpacing(12)
        row.addWidget(self._more)
        row.addStretch(1)
        row.addWidget(self._start)
        return body

    def _connect(self) -> None:
        self._device.chosen.connect(self._choose_device)
        self._dtype.chosen.connect(self._choose_dtype)
        self._texts.clicked.connect(lambda: self.command.emit("texts.choose", None))
        self._start.clicked.connect(lambda: self.command.emit("job.start", None))
        self._close.clicked.connect(self._hide)
        self._more.clicked.connect(self._disclose)

    def refresh(self) -> None:
        """Show the state now."""
        s = self._state
        self._title.setText(spec.title(s.cost))
        why_not = spec.why_not(s)
        self._show_cost(why_not)
        self._texts.setText(spec.short(s.texts_label) or "Choose...")
        self._texts.setToolTip(s.texts_label or "Choose the text set")
        self._texts.setVisible(not s.texts_fixed)
        self._fixed.setText(spec.short(s.texts_label))
        self._fixed.setVisible(s.texts_fixed)
        self._device.set_options(s.devices)
        self._device.show_key(s.device)
        self._dtype.show_key(s.dtype)
        self._start.setEnabled(not why_not)
        self._start.setToolTip(why_not or "Start scoring in the background")
        self._show_options()
        self.setVisible(s.visible)

    def _show_cost(self, why_not: str) -> None:
        self._problem_icon.setVisible(bool(why_not))
        self._cost.set_whole(why_not or spec.cost_words(self._state.cost))
        self._cost.set_tip("" if why_not else spec.cost_tip(self._state.cost))
        role = "warn" if why_not else "caption"
        if self._cost.property("role") != role:
            self._cost.setProperty("role", role)
            restyle(self._cost)

    def _show_options(self) -> None:
        s = self._state
        n = spec.n_changed(s.options)
        self._more.setText(f"Options, {n} changed" if n else "Options")
        self._more.show_icon("caret-down" if s.options_open else "caret-right")
        self._options.setVisible(s.options_open)
        self._options.refresh()
        self._mixing_words.setText(spec.mixing(s))
        self._mixing.setVisible(bool(spec.mixing(s)))

    def _disclose(self) -> None:
        self._state.options_open = not self._state.options_open

    def _choose_device(self, key: str) -> None:
        self._state.device = key

    def _choose_dtype(self, key: str) -> None:
        self._state.dtype = key

    def _hide(self) -> None:
        self._state.visible = False

    def close(self) -> bool:
        self._links.close()
        return super().close()
