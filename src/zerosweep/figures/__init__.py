"""Figures of runs, sweeps and searches. Each module has a pure function from records to series, and one from series to a Figure."""
