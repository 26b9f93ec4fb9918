"""Qt widgets: they show state, report gestures, and know nothing else.

    shell      the window: top row, docks, centre, status bar, notifications
    welcome    the first page            library    sources, runs and checkpoints
    newjob     what scoring would cost   jobs       the drawer of jobs
    viewbar    method, dimensions, ...   timeline   playhead and silhouette
    inspector  one entry and its ladder  dialogs    keys, logs
    parts      small widgets and helpers that all of them use

May import ``explorer.state``, ``explorer.theme``, ``compute.core`` and Qt; a panel never sees
another one, nor the bridge: only ``shell`` puts panels together. Each folder keeps what can be
computed without a window in ``spec.py``.

A panel's constructor takes the state objects it shows and connects to them through ``parts.Links``;
``close`` disconnects them in one go. What is more than a field of the state leaves as the signal
``command`` (command id, argument or None). Colours come by ``parts.dress``, never from a literal.

To add a panel: a folder with its widget, one line where the shell builds its part.
Decided: no combo boxes and check boxes of Qt's style sheets, which need picture files; small
widgets painted with the icon font instead.
"""
