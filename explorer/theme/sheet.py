"""The style sheet, one template filled from tokens. Widgets ask for a style by ``role``."""

from __future__ import annotations

from dataclasses import asdict
from string import Template

from explorer.theme.tokens import Tokens, mix

SHEET = Template("""
* { font-family: "Inter"; font-size: 13px; }
QMainWindow, QWidget[role="chrome"], QMenuBar, QStatusBar { background: $chrome; }
QWidget[role="panel"], QDockWidget { background: $panel; }
QWidget[role="canvas"] { background: $canvas; }
QMainWindow::separator { background: $line; width: 1px; height: 1px; }
QLabel { color: $text2; background: transparent; }
QLabel[role="body"] { color: $text; }
QLabel[role="title"] { color: $text; font-size: 15px; font-weight: 600; }
QLabel[role="heading"] { color: $text; font-size: 13px; font-weight: 600; }
QLabel[role="subheading"] { color: $text2; font-size: 12px; font-weight: 600; }
QLabel[role="name"] { color: $text; font-size: 16px; font-weight: 600; }
QLabel[role="number"] { color: $text; font-size: 28px; font-weight: 600; }
QLabel[role="caption"] { color: $text2; font-size: 12px; }
QLabel[role="muted"] { color: $text3; font-size: 12px; }
QLabel[role="tick"] { color: $text3; font-size: 11px; }
QLabel[role="danger"] { color: $danger; font-size: 12px; }
QLabel[role="warn"] { color: $warn; font-size: 12px; }
QLabel[role="ok"] { color: $ok; font-size: 12px; }
QFrame[role="card"] { background: $raised; border: 1px solid $line; border-radius: 8px; }
QFrame[role="notice"] { background: $raised; border: 1px solid $control; border-radius: 8px; }
QFrame[role="line"] { background: $line; border: none; }
QFrame[role="bar"] { background: $panel; border-bottom: 1px solid $line; }
QFrame[role="viewbar"] { background: $canvas; border-bottom: 1px solid $line; }
QFrame[role="tabs"] { background: $chrome; border-bottom: 1px solid $line; }
QFrame[role="segments"] { background: $hover; border: 1px solid $line; border-radius: 6px; }
QPushButton {
  background: $raised; color: $text; border: 1px solid $line; border-radius: 6px;
  padding: 0 10px; min-height: 26px; font-weight: 500;
}
QPushButton:hover { background: $hover; }
QPushButton:pressed { background: $selbg; }
QPushButton:focus { border: 2px solid $accent; padding: 0 9px; min-height: 24px; }
QPushButton:disabled { color: $disabled; }
QPushButton[role="primary"] { background: $accent; color: $onaccent; border: 1px solid $accent; }
QPushButton[role="primary"]:hover { background: $accent_hover; }
QPushButton[role="primary"]:focus { border: 2px solid $text; }
QPushButton[role="primary"]:disabled {
  background: $raised; color: $disabled; border: 1px solid $line;
}
QPushButton[role="link"] {
  background: transparent; border: none; color: $accent; padding: 0 2px; text-align: left;
}
QPushButton[role="link"]:hover { text-decoration: underline; }
QPushButton[role="link"]:focus { border: 2px solid $accent; border-radius: 4px; padding: 0; }
QToolButton { background: transparent; color: $text2; border: none; border-radius: 6px; }
QToolButton:hover { background: $hover; color: $text; }
QToolButton:pressed, QToolButton:checked { background: $selbg; color: $text; }
QToolButton:focus { border: 2px solid $accent; }
QToolButton[role="segment"] {
  border-radius: 4px; padding: 0 9px; margin: 1px; min-height: 22px; font-weight: 500;
  color: $text2;
}
QToolButton[role="segment"]:checked { background: $segment; color: $text; }
QToolButton[role="segment"]:focus { border: 2px solid $accent; padding: 0 7px; min-height: 18px; }
QToolButton[role="chip"] {
  background: $raised; border-radius: 11px; padding: 0 9px; min-height: 22px; max-height: 22px;
  font-size: 12px; color: $text2;
}
QToolButton[role="tab"] {
  border-radius: 0; padding: 0 12px 0 9px; min-height: 34px; color: $text2; font-weight: 500;
  border-top: 2px solid transparent;
}
QToolButton[role="tab"]:checked {
  background: $canvas; color: $text; border-top: 2px solid $accent;
}
QToolButton[role="play"] { background: $accent; border-radius: 14px; }
QToolButton[role="play"]:hover { background: $accent_hover; }
QToolButton[role="play"]:focus { border: 2px solid $text; }
QToolButton::menu-indicator { image: none; }
QLineEdit, QComboBox {
  background: $field; color: $text; border: 1px solid $line; border-radius: 6px;
  padding: 0 8px; min-height: 26px; selection-background-color: $selbg; selection-color: $text;
}
QLineEdit:focus, QComboBox:focus { border: 2px solid $accent; padding: 0 7px; min-height: 24px; }
QComboBox::drop-down { border: none; width: 20px; }
QComboBox::down-arrow { image: none; width: 0; height: 0;
  border-left: 4px solid transparent; border-right: 4px solid transparent;
  border-top: 5px solid $text3; margin-right: 8px; }
QComboBox QAbstractItemView {
  background: $raised; color: $text; border: 1px solid $line; selection-background-color: $selbg;
  selection-color: $text; outline: none; padding: 4px;
}
QSlider::groove:horizontal { height: 4px; border-radius: 2px; background: $line; }
QSlider::sub-page:horizontal { height: 4px; border-radius: 2px; background: $accent; }
QSlider::handle:horizontal {
  width: 12px; height: 12px; margin: -4px 0; border-radius: 6px; background: $accent;
}
QSlider:focus { border: 2px solid $accent; border-radius: 6px; }
QTreeView, QListView {
  background: $panel; color: $text; border: none; outline: none; show-decoration-selected: 1;
}
QTreeView::item:hover { background: $hover; }
QTreeView::item:selected { background: $selbg; color: $text; }
QMenuBar { color: $text2; padding: 0; spacing: 0; }
QMenuBar::item { padding: 6px 9px; background: transparent; border-radius: 6px; }
QMenuBar::item:selected, QMenuBar::item:pressed { background: $hover; color: $text; }
QMenu { background: $raised; color: $text; border: 1px solid $line; padding: 6px; }
QMenu::item { padding: 5px 24px 5px 10px; border-radius: 4px; }
QMenu::item:selected { background: $selbg; }
QMenu::item:disabled { color: $disabled; }
QMenu::separator { height: 1px; background: $line; margin: 5px 6px; }
QToolTip { background: $raised; color: $text; border: 1px solid $line; padding: 5px 7px; }
QProgressBar { background: $line; border: none; border-radius: 3px; max-height: 6px; }
QProgressBar::chunk { background: $accent; border-radius: 3px; }
QProgressBar[role="danger"]::chunk { background: $danger; }
QStatusBar { color: $text2; border-top: 1px solid $line; min-height: 27px; }
QStatusBar::item { border: none; }
QScrollBar:vertical { background: transparent; width: 10px; margin: 0; }
QScrollBar::handle:vertical {
  background: $line; border-radius: 3px; min-height: 28px; margin: 2px;
}
QScrollBar::handle:vertical:hover { background: $control; }
QScrollBar:horizontal { background: transparent; height: 10px; margin: 0; }
QScrollBar::handle:horizontal {
  background: $line; border-radius: 3px; min-width: 28px; margin: 2px;
}
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QScrollArea { background: transparent; border: none; }
QPlainTextEdit { background: $canvas; color: $text; border: 1px solid $line; border-radius: 6px; }
QDialog { background: $panel; }
""")


def sheet(tokens: Tokens) -> str:
    """The style sheet of a theme."""
    values = asdict(tokens)
    values["disabled"] = mix(tokens.raised, tokens.text3, 0.55)
    values["accent_hover"] = mix(tokens.accent, tokens.text, 0.18)
    values["field"] = tokens.canvas if tokens.dark else tokens.raised
    values["segment"] = mix(tokens.hover, tokens.control, 0.28) if tokens.dark else tokens.raised
    return SHEET.substitute(values)
