"""Polylines as screen-space quads with round ends: one draw call for all runs."""
