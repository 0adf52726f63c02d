"""Figures of runs, sweeps and searches.

Each module has a pure function from records to series, and another from series to a Figure.
"""
