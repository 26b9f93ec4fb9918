"""What stays in the corners: runs, gestures, notes, the axis gizmo."""
