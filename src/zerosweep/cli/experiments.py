"""`zerosweep experiments`: run the published experiments, and write docs/experiments.md."""

from __future__ import annotations

import sys

from zerosweep.config.command_line import orderly


def main() -> None:
    """Run the experiments with the overrides in `sys.argv`, and print how many findings were reproduced."""
    with orderly():
        from zerosweep.experiments.document import experiments

        print(experiments(sys.argv[1:]))  # noqa: T201
