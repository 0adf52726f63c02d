"""`zerosweep experiments`: run the published experiments, and write docs/experiments.md or the margins beside it."""

from __future__ import annotations

import sys

from zerosweep.config.command_line import orderly
from zerosweep.errors import UserError

MARGINS = "margins="
"""The argument `margins=20` asks for the findings of twenty seeds instead of the page."""


def main() -> None:
    """Run the experiments with the overrides in `sys.argv`, and print how many findings were reproduced.

    With `margins=20` among them, judge the findings for each of twenty seeds instead, and write that table.

    Raises:
        UserError: The number of seeds is not an integer from 2 on.
    """
    with orderly():
        from zerosweep.experiments.document import experiments, measure_margins

        arguments = [argument for argument in sys.argv[1:] if not argument.startswith(MARGINS)]
        asked = [argument.removeprefix(MARGINS) for argument in sys.argv[1:] if argument.startswith(MARGINS)]
        if not asked:
            print(experiments(arguments))  # noqa: T201
            return
        if not asked[-1].isdecimal() or int(asked[-1]) < 2:
            raise UserError(f"margins={asked[-1]}: must be a number of seeds >= 2, as in margins=20")
        print(measure_margins(int(asked[-1]), arguments))  # noqa: T201
