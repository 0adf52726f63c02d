"""The parts of the scale benchmark, and the store at size that they read."""
