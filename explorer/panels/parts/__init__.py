"""Small widgets and helpers that every panel uses. Sees ``explorer.theme`` and Qt only."""

from explorer.panels.parts.bars import Bar
from explorer.panels.parts.buttons import IconButton, PushButton, TextButton, name_keys
from explorer.panels.parts.check import Check
from explorer.panels.parts.choice import Choice
from explorer.panels.parts.dashed import Dashed
from explorer.panels.parts.flow import Flow
from explorer.panels.parts.labels import Elided, IconLabel, MarkLabel, frame, label, rule
from explorer.panels.parts.later import Later
from explorer.panels.parts.links import Links
from explorer.panels.parts.logo import Logo
from explorer.panels.parts.segments import Segments
from explorer.panels.parts.themed import Themed, dress, restyle

__all__ = [
    "Bar",
    "Check",
    "Choice",
    "Dashed",
    "Elided",
    "Flow",
    "IconButton",
    "IconLabel",
    "Later",
    "Links",
    "Logo",
    "MarkLabel",
    "PushButton",
    "Segments",
    "TextButton",
    "Themed",
    "dress",
    "frame",
    "label",
    "name_keys",
    "restyle",
    "rule",
]
