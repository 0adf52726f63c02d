"""One round: start a command and strike it, several times, let it finish undisturbed, and judge what it has left."""

from __future__ import annotations

import sqlite3
import traceback
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from time import sleep
from typing import Any

import numpy as np
from tests.chaos import leftovers, study
from tests.chaos.attempt import Ended, alone, attempt
from tests.chaos.judge import Findings, Reference, judge
from tests.chaos.place import Place, make
from tests.chaos.plan import Attempt, Plan
from tests.chaos.portrait import portray
from tests.chaos.scenarios import Scenario
from tests.chaos.services import SERVICES, Service

UNDISTURBED = Attempt((), 0.0)


@dataclass
class Round:
    """The result of a round.

    Attributes:
        number: Its number.
        scenario: Name of its scenario.
        struck: Names of the strikes that hit something.
        missed: Names of the strikes that found nothing to hit.
        story: A line for each attempt.
        findings: What was wrong.
        broken: The traceback of an exception in the harness; "" without one.
        folder: The saved folder of the round; "" if nothing was found.
        seconds: Duration of all its commands.
        typical: Seconds that the command takes undisturbed.
    """

    number: int
    scenario: str
    struck: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    story: list[str] = field(default_factory=list)
    findings: Findings = field(default_factory=Findings)
    broken: str = ""
    folder: str = ""
    seconds: float = 0.0
    typical: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


class Played:
    """A round while it is played: its place, with the services of its scenario.

    Args:
        stack: Stops the services when it is closed.
    """

    def __init__(self, place: Place, scenario: Scenario, stack: ExitStack):
        self.place, self.scenario = place, scenario
        self.services: dict[str, Service] = {}
        for name in scenario.services:
            self.services[name] = SERVICES[name](place)
            stack.callback(self.services[name].stop)
            self.services[name].start()

    @property
    def variables(self) -> dict[str, str]:
        server = self.services.get("server")
        return {"MLFLOW_TRACKING_URI": server.url} if server else {}

    def attempt(self, what: Attempt, name: str, typical: float, rng: np.random.Generator) -> Ended:
        """Start the command once, after all its services are running."""
        for service in self.services.values():
            service.ensure()
        urls = {name: service.url for name, service in self.services.items()}
        arguments = self.scenario.command(self.place, urls)
        return attempt(self.place, arguments, self.variables, what, name, typical, rng)

    def judge(self, undisturbed: Reference) -> Mapping[str, list[str]]:
        """Return what is wrong with the store, and with the study if there is one. Either may be unreadable."""
        try:
            runs = portray(self.place.store)
        except sqlite3.DatabaseError as error:
            return {"lost": [f"the store cannot be read ({error})"]}
        found = dict(judge(self.scenario, runs, undisturbed))
        if self.scenario.trials is not None:
            url = self.services["postgresql"].url if "postgresql" in self.services else ""
            try:
                trials = study.load(self.scenario.storage, self.place, url).get_trials()
            except Exception as error:  # of any type, as the study may be gone or damaged
                return found | {"lost": [*found["lost"], f"the study cannot be read ({error!r})"]}
            for column, sentences in study.judge(trials, self.scenario.trials, runs).items():
                found[column] = [*found.get(column, []), *sentences]
        return found


def play(
    plan: Plan, seed: int, folder: Path, template: Path, disk: bool, undisturbed: Reference, typical: float
) -> Round:
    """Play a round in a folder of its own, which is removed unless something is found.

    Args:
        disk: Whether the project may be on a file system of its own.
        undisturbed: The runs of the undisturbed command.
        typical: Seconds that the scenario's command takes undisturbed.
    """
    said = Round(plan.number, plan.scenario.name, typical=typical)
    place = make(folder, template, disk)
    if not plan.store and "server" not in plan.scenario.services:
        for file in place.mlruns.glob("mlflow.db*"):
            file.unlink()
    try:
        with ExitStack() as stack:
            played = Played(place, plan.scenario, stack)
            _attempts(played, plan, seed, said)
            alone(place)
            said.findings.add(played.judge(undisturbed))
        if left := leftovers.left_over(place):
            said.findings.add({"left_over": left})
    except Exception:  # a failure of the harness, or an unreadable store, must not end the other rounds
        said.broken = traceback.format_exc()
    finally:
        leftovers.end_all(place.mark)
        leftovers.clean(place)
        if said.findings or said.broken:
            said.folder = str(folder)
            (folder / "story.txt").write_text("\n".join([said.scenario, *said.story, repr(said.findings), said.broken]))
            place.keep()
        else:
            place.remove()
    return said


def _attempts(played: Played, plan: Plan, seed: int, said: Round) -> None:
    """Make the planned attempts until the command succeeds in one, then run it once undisturbed if it has not."""
    whole = False
    for i, what in enumerate(plan.attempts):
        sleep(what.patience)
        ended = played.attempt(what, f"{i}", said.typical, np.random.default_rng([seed, plan.number, i]))
        said.struck += ended.struck
        said.missed += ended.missed
        _note(said, f"attempt {i}: {', '.join(map(str, what.blows))}", ended)
        whole = ended.code == 0 and not ended.spoilt
        if whole:
            break
    if whole and not leftovers.files(played.place):
        return
    ended = played.attempt(UNDISTURBED, "last", said.typical, np.random.default_rng(0))
    _note(said, "the same command again", ended)
    said.typical = ended.seconds
    if ended.code:
        said.findings.lost.append(f"the same command again ended with {ended.code}: {ended.last_line}")


def _note(said: Round, what: str, ended: Ended) -> None:
    """Add the result of an attempt to the round.

    Args:
        what: Description of the attempt.
    """
    end = "hung" if ended.code is None else f"exit code {ended.code}"
    said.story.append(f"{what}: {end} after {ended.seconds:.1f} s, struck {ended.struck or 'nothing'}")
    said.seconds += ended.seconds
    said.findings.tracebacks += [f"{what.partition(':')[0]}: {line}" for line in ended.tracebacks]
    if ended.code is None:
        said.findings.hung.append(what)
