"""Figures of one run, a file each."""
