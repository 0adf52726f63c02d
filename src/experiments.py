"""Run the published experiments and write docs/experiments.md: `python src/experiments.py [setting=value ...]`."""

import signal
import sys

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C during the imports ends the program, and prints no traceback

from zerosweep.config.command_line import orderly


def main() -> None:
    """Run them with the settings given, and say what came out."""
    from zerosweep.experiments.page import experiments

    print(experiments(sys.argv[1:]))  # noqa: T201


if __name__ == "__main__":
    with orderly():
        main()
