"""Figures of a sweep: the metrics of many runs in one figure, a file for each picture."""
