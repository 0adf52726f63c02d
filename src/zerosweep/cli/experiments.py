"""`zerosweep experiments`: run the published experiments, and write docs/experiments.md or what stands beside it."""

from __future__ import annotations

import sys

from zerosweep.config.command_line import orderly
from zerosweep.errors import UserError

MARGINS = "margins="
"""The argument `margins=20` asks for the findings of twenty seeds instead of the page."""


REGIMES = "regimes"
"""The argument that asks for the search for E6's regime, and docs/regimes.md, instead of the page."""


def main() -> None:
    """Run the experiments with the overrides in `sys.argv`, and print how many findings were reproduced.

    With `margins=20` among them, judge the findings for each of twenty seeds instead, and write that table. With
    `regimes` among them, run the search for E6's regime instead, and write its page.

    Raises:
        UserError: The number of seeds is not an integer from 2 on.
    """
    with orderly():
        from zerosweep.experiments.document import experiments, measure_margins, regimes

        if REGIMES in sys.argv[1:]:
            print(regimes([argument for argument in sys.argv[1:] if argument != REGIMES]))  # noqa: T201
            return
        arguments = [argument for argument in sys.argv[1:] if not argument.startswith(MARGINS)]
        asked = [argument.removeprefix(MARGINS) for argument in sys.argv[1:] if argument.startswith(MARGINS)]
        if not asked:
            print(experiments(arguments))  # noqa: T201
            return
        if not asked[-1].isdecimal() or int(asked[-1]) < 2:
            raise UserError(f"margins={asked[-1]}: must be a number of seeds >= 2, as in margins=20")
        print(measure_margins(int(asked[-1]), arguments))  # noqa: T201
