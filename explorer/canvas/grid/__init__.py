"""The ground of the map: a grid of about 80 px in 2D, a floor in 3D."""
