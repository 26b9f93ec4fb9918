"""The Qt half of klscope: state, canvas, panels, actions, and the bridge to jobs. Never torch."""
