"""Strike the project's commands at random, and check that nothing is lost: `make chaos`, `python -m tests.chaos -h`."""

from __future__ import annotations

import argparse
import json
import multiprocessing
import queue
import shutil
import signal
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from time import monotonic

from tests.chaos import lanes
from tests.chaos.plan import STRIKES
from tests.chaos.rounds import Round
from tests.chaos.scenarios import SCENARIOS
from tests.chaos.table import as_json, findings, strikes, table

FOUND, BROKEN = 1, 3
"""Exit codes: something was found in a round, and the harness itself failed."""


def main() -> int:
    """Play rounds until the duration is over, and return the exit code: 0 if nothing was found, `FOUND` or `BROKEN`."""
    asked = arguments()
    signal.signal(signal.SIGTERM, lanes.stop)
    folder = Path(tempfile.mkdtemp(prefix="chaos-", dir=asked.folder))
    can = lanes.abilities()
    skipped = missing(can)
    for line in skipped:
        print(f"skipped: {line}", flush=True)
    began = monotonic()
    try:
        ground = lanes.lay(folder)
        print(f"seed {asked.seed}; undisturbed: {ground.seconds:.1f} s", flush=True)
        rounds = play(asked, can, ground)
        again = played_again(rounds, asked, can, ground) if asked.again else None
    finally:
        for name in ("template", "maker", "undisturbed"):
            shutil.rmtree(folder / name, ignore_errors=True)
        if not any(folder.iterdir()):
            folder.rmdir()
    return tell(rounds, asked, monotonic() - began, skipped, again)


def played_again(
    played: Sequence[Round], asked: argparse.Namespace, can: frozenset[str], ground: lanes.Ground
) -> list[Round]:
    """Play the rounds in which something was found once more, and return them.

    A strike hits another moment each time, so what is found once may need luck to be found again.

    Args:
        played: All rounds.
        asked: The parsed command line.
        can: The machine's abilities.
        ground: The ground of the rounds.
    """
    found = sorted(each.number for each in played if each.findings)
    if not found:
        return []
    print(f"\nplayed again: {', '.join(map(str, found))}", flush=True)
    folder = ground.folder / "again"
    folder.mkdir()
    only = argparse.Namespace(**vars(asked) | {"only": found, "duration": sys.maxsize})
    rounds = play(only, can, replace(ground, folder=folder))
    with suppress(OSError):  # a round with findings keeps its folder
        folder.rmdir()
    return rounds


def arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument(
        "--duration", type=float, default=600, help="seconds after which no round starts; running rounds are finished"
    )
    parser.add_argument("--seed", type=int, default=0, help="seed of everything that is drawn")
    parser.add_argument("--only", type=int, metavar="N", nargs="+", help="play only these rounds of the seed")
    parser.add_argument("--rounds", type=int, metavar="N", help="play only rounds with numbers below N")
    parser.add_argument("--lanes", type=int, default=2, help="number of rounds that are played at once")
    parser.add_argument(
        "--again", action="store_true", help="play rounds with findings once more; only what is found twice fails"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the result of every round to this file")
    parser.add_argument(
        "--folder", type=Path, help="folder in which rounds are played; by default the one for temporary files"
    )
    return parser.parse_args()


def missing(can: frozenset[str]) -> list[str]:
    """Return a line for each ability that this machine lacks, with the strikes and scenarios that are skipped.

    Args:
        can: The machine's abilities.
    """
    why = {
        "disk": "this process may not mount file systems (on Linux root may)",
        "dask": "the extra `dask` is not installed",
        "postgresql": "PostgreSQL's server or the extra `postgresql` is not installed",
    }
    lines = []
    for ability, reason in why.items():
        if ability not in can:
            names = [strike.name for strike in STRIKES.values() if ability in strike.needs]
            names += [scenario.name for scenario in SCENARIOS if ability in scenario.services]
            lines.append(f"{', '.join(names)}: {reason}")
    return lines


def play(asked: argparse.Namespace, can: frozenset[str], ground: lanes.Ground) -> list[Round]:
    """Play rounds in all lanes, print each round when it ends, and return the rounds.

    Args:
        asked: The parsed command line.
        can: The machine's abilities.
    """
    context = multiprocessing.get_context("spawn")
    said = context.Queue()
    end = monotonic() + asked.duration
    playing = []
    for lane in range(asked.lanes):
        some = asked.only or range(asked.rounds or sys.maxsize)
        numbers = some[lane :: asked.lanes]
        process = context.Process(target=lanes.run, args=(lane, numbers, asked.seed, can, ground, end, said))
        process.start()
        playing.append(process)
    rounds: list[Round] = []
    try:
        left = len(playing)
        while left:
            try:
                each = said.get(timeout=1)
            except queue.Empty:
                if not any(process.is_alive() for process in playing):
                    break
                continue
            if each is None:
                left -= 1
                continue
            rounds.append(each)
            show(each, asked.seed)
    finally:
        for process in playing:
            process.terminate() if left else None
            process.join()
    return rounds


def show(each: Round, seed: int) -> None:
    """Print a round: one line, or all details if something was found in it."""
    if each.findings or each.broken:
        print(findings(each, f"python -m tests.chaos --seed {seed} --only {each.number}"), flush=True)
    else:
        print(f"round {each.number}, {each.scenario}: {len(each.struck)} strikes, whole", flush=True)


def tell(
    rounds: Sequence[Round],
    asked: argparse.Namespace,
    seconds: float,
    skipped: Sequence[str],
    again: Sequence[Round] | None = None,
) -> int:
    """Print the tables, write the JSON file, and return the exit code.

    Args:
        rounds: All rounds.
        asked: The parsed command line.
        seconds: Duration of all rounds.
        skipped: A line for each ability that the machine lacks.
        again: Rounds with findings that were played once more, whose findings then decide; None if none was to be.
    """
    print(f"\n{strikes(rounds)}\n\n{table(rounds)}\n")
    struck = sum(len(each.struck) for each in rounds)
    print(f"{struck} strikes in {seconds:.0f} s ({struck / seconds * 3600:.0f} an hour), seed {asked.seed}")
    if asked.json:
        asked.json.write_text(json.dumps(as_json(rounds, asked.seed, seconds, skipped), indent=2) + "\n")
    if any(each.broken for each in [*rounds, *(again or ())]):
        return BROKEN
    return FOUND if any(each.findings for each in (rounds if again is None else again)) else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
