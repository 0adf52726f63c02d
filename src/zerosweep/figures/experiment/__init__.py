"""Figures that single published experiments need, a file each."""
