"""Compare any recorded runs; `python src/compare.py --help` shows examples."""

import sys

from zerosweep import startup

if __name__ == "__main__":
    startup.begin()

from zerosweep.config.command_line import orderly


def main() -> None:
    """Compare the runs that the command line asks for, and print where the report is."""
    import zerosweep.experiments.findings  # noqa: F401  registers the findings that `report.findings` may name
    from zerosweep.report.comparison import compare

    print("\n".join(compare(sys.argv[1:])))  # noqa: T201


if __name__ == "__main__":
    with orderly():
        main()
