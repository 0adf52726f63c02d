"""Findings that another change mends: each is taken out of this list when that change is in."""

KNOWN: list[tuple[str, str]] = []
"""(item of the issue, pattern of what it looks like: the finding, the input and what came of it)."""
