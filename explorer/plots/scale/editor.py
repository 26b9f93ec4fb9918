"""A group of one's own: its name and its rule."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from explorer.panels.parts import PushButton, dress, label
from explorer.theme.tokens import Tokens

WIDE = 460
CHIPS = (
    "size = same",
    "run differs",
    "seed differs",
    "family = same",
    "step = last",
    "step >= 700",
)
HINT = (
    "Clauses with commas between them; all of them have to hold for a pair. Fields: size, family, "
    "run, seed, step, layer, tag, relation, variant."
)


class Editor(QDialog):
    """``check(title, rule, then, refused)`` says how many pairs a rule has, or what is wrong with
    it; ``made`` carries (title, rule)."""

    made = Signal(str, str)

    def __init__(
        self, title: str, rule: str, check: Callable[..., None], tokens: Tokens, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("A group of pairs")
        self.setAccessibleName("A group of pairs")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._check = check
        self.title, self.rule = QLineEdit(title), QLineEdit(rule)
        self.title.setPlaceholderText("Name of the group")
        self.title.setAccessibleName("Name of the group")
        self.rule.setPlaceholderText("size = same, seed differs, step >= 700")
        self.rule.setAccessibleName("Rule")
        self.said = label("", "danger", wrap=True)
        self.said.setFixedWidth(WIDE)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(10)
        column.addWidget(label("A group of pairs", "heading"))
        hint = label(HINT, "small", wrap=True)
        hint.setFixedWidth(WIDE)
        column.addWidget(hint)
        column.addWidget(self.title)
        column.addWidget(self.rule)
        column.addLayout(self._chips())
        column.addWidget(self.said)
        column.addLayout(self._buttons())
        dress(self, tokens)

    def _chips(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(4)
        for clause in CHIPS:
            chip = PushButton(clause, role="chip", tip=f"Add {clause} to the rule")
            chip.clicked.connect(lambda _=False, c=clause: self._add(c))
            chip.setAutoDefault(False)
            row.addWidget(chip)
        row.addStretch(1)
        return row

    def _buttons(self) -> QHBoxLayout:
        cancel, keep = PushButton("Cancel"), PushButton("Show the group", role="primary")
        cancel.clicked.connect(self.close)
        keep.clicked.connect(self.accept_rule)
        cancel.setAutoDefault(False)
        keep.setDefault(True)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(cancel)
        row.addWidget(keep)
        return row

    def _add(self, clause: str) -> None:
        before = self.rule.text().strip().rstrip(",")
        self.rule.setText(f"{before}, {clause}" if before else clause)

    def accept_rule(self) -> None:
        """Ask whether it is a rule; keep it if it is."""
        title, rule = self.title.text().strip(), self.rule.text().strip()
        if not title or not rule:
            self.said.setText("Give the group a name and a rule.")
            return
        self._check(title, rule, lambda _n: self._keep(title, rule), self.said.setText)

    def _keep(self, title: str, rule: str) -> None:
        self.made.emit(title, rule)
        self.close()
