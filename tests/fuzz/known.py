"""Findings that another change mends: each is taken out of this list when that change is in."""

KNOWN: list[tuple[str, str]] = [
    ("11: a journal that is broken", r"/study\.log|optuna/storages/journal"),
    (
        "22: what cannot fit in memory",
        r"^(MemoryError|numpy\.\S*ArrayMemoryError|ValueError: Maximum allowed|OverflowError: Python in)",
    ),
    ("23: a syntax or encoding error in YAML", r"^(yaml\.|UnicodeDecodeError|omegaconf\.\S+).*\.yaml"),
    ("23: a group that a task has no use for", r"^StopIteration.*task="),
    ("23: rows with # are dropped", r"^\d+ rows dropped.*#"),
    (
        "25: 2 is no truth value",
        r"^no(t recorded as typed| effect): \S*\b(bn|reuse|trace|figures|model|output|normalize|one_hot|verify) \((int|float)\)",
    ),
]
"""(item of the issue, pattern of what it looks like: the finding, the input and what came of it)."""
