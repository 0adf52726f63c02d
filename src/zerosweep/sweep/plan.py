"""The plan of a sweep: its runs, checked before the first one starts, and those that are recorded already."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from zerosweep.config.read import Config
from zerosweep.jobs.job import Job, Outcome, job_of
from zerosweep.runs.identity import digest, optional_artifacts


@dataclass(frozen=True)
class Plan:
    """The jobs of a sweep.

    Attributes:
        jobs: One job for each distinct configuration.
        requested: For every requested configuration, equal ones included, the number of its job.
        sweep: The sweep's id.
        swept: The settings that vary.
        answers: The outcomes that are recorded already, by job number.
    """

    jobs: Sequence[Job]
    requested: Sequence[int]
    sweep: str
    swept: Sequence[str]
    answers: Mapping[int, Outcome] = field(default_factory=dict)

    @property
    def to_do(self) -> list[Job]:
        """The jobs without a recorded outcome."""
        return [job for job in self.jobs if job.number not in self.answers]


def plan(configs: Iterable[Config], swept: Sequence[str], name: str) -> Plan:
    """Plan one job for each distinct configuration.

    Args:
        configs: The configuration of every requested run.
        swept: The settings that vary.
        name: The sweep's name, with which its id begins.

    Raises:
        UserError: A configuration, or the data that it names, has a mistake.
    """
    drafts: dict[str, Job] = {}
    requested = []
    for number, config in enumerate(configs):
        job = job_of(number, config)
        tracking = config.settings.tracking
        key = "/".join([job.identity.config_id, job.identity.data_id, tracking.experiment, tracking.uri or ""])
        equal = drafts.setdefault(key, job)
        if equal is not job and (
            lacking := optional_artifacts(config.settings) - optional_artifacts(equal.config.settings)
        ):
            drafts[key] = replace(equal, config=equal.config.with_enabled(lacking))  # one run saves what both ask for
        requested.append(equal.number)
    sweep = f"{name}-{digest(*(key.encode() for key in sorted(drafts)))[:8]}"
    jobs = [replace(job, config=replace(job.config, sweep=job.config.sweep or sweep)) for job in drafts.values()]
    return Plan(jobs, requested, jobs[0].config.sweep or sweep, swept)
