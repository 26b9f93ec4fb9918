"""Dots, heads and rings: point sprites shaped by distance functions, of about equal area."""
