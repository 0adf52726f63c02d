"""Figures of a search: its trials in their order, against its settings, and by its objectives."""
