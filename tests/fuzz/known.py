"""Findings that another change mends: each is taken out of this list when that change is in."""

KNOWN: list[tuple[str, str]] = [
    ("7: a value of several lines", r"^\d+ lines.*\$\{options:"),
    ("11: a journal that is broken", r"/study\.log|optuna/storages/journal"),
    (
        "22: what cannot fit in memory",
        r"^(MemoryError|numpy\.\S*ArrayMemoryError|ValueError: Maximum allowed|OverflowError: Python in)",
    ),
    ("22: a range without end", r"^(hang|crash).*range\("),
    ("23: a syntax or encoding error in YAML", r"^(yaml\.|UnicodeDecodeError|omegaconf\.\S+).*\.yaml"),
    ("23: a group that a task has no use for", r"^StopIteration.*task="),
    ("23: rows with # are dropped", r"^\d+ rows dropped.*#"),
    ("24: names over 255 characters", r"^mlflow\.exceptions\.MlflowException: 'name' exceeds"),
    (
        "25: 2 is no truth value",
        r"^no(t recorded as typed| effect): \S*\b(bn|reuse|trace|figures|model|output|normalize|one_hot|verify) \((int|float|str)\)",
    ),
]
"""(item of the issue, pattern of what it looks like: the finding, the input and what came of it)."""
