"""Run the published experiments and write docs/experiments.md: `python src/experiments.py [setting=value ...]`."""

import sys

from zerosweep import startup

if __name__ == "__main__":
    startup.begin()

from zerosweep.config.command_line import orderly


def main() -> None:
    """Run the experiments with the overrides of the command line, and print how many findings were reproduced."""
    from zerosweep.experiments.document import experiments

    print(experiments(sys.argv[1:]))  # noqa: T201


if __name__ == "__main__":
    with orderly():
        main()
