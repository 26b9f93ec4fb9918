"""What stands around the map while it is presented: words above, the ladder beside, time below.

spec      the words that are there without being asked for, and the ladder's layout (pure)
words     title and caption, changed where they stand
ladder    reference scales and this project's own medians, painted
foot      where on the axis of time, as a number and a slider, and the keys that work

The map itself stays where it is: a widget with OpenGL that changes windows loses what it has
uploaded, and its camera with it. So the window becomes the stage, and its other parts are hidden.
"""

from explorer.panels.presenter.foot import Foot
from explorer.panels.presenter.ladder import LadderSide
from explorer.panels.presenter.words import Head

__all__ = ["Foot", "Head", "LadderSide"]
