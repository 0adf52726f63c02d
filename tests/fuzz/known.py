"""Known findings that another change will fix. Each is removed from this list with that change."""

KNOWN: list[tuple[str, str]] = []
"""(item of the issue, pattern of the finding, the input and its result) of each."""
