"""`zerosweep compare`: compare any recorded runs, as `python src/compare.py` does it in a checkout."""

from __future__ import annotations

import sys

from zerosweep.config.command_line import orderly


def main() -> None:
    """Compare the runs that `sys.argv` asks for, and print where the report is."""
    with orderly():
        import zerosweep.experiments.findings  # noqa: F401  registers the findings that `report.findings` may name
        from zerosweep.report.comparison import compare

        print("\n".join(compare(sys.argv[1:])))  # noqa: T201
