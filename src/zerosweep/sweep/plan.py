"""Which runs a sweep is made of, checked before the first one starts, and which of them the record answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from zerosweep.config.read import Config
from zerosweep.jobs.job import Job, Outcome, job_of
from zerosweep.jobs.reuse import answer, known
from zerosweep.runs.identity import digest, keepsakes


@dataclass(frozen=True)
class Plan:
    """jobs: each configuration once. asked: for every job that was asked for, the number of the one that stands for it. sweep: its
    id. swept: the settings that vary. answers: by job number, the outcomes that stand in the record."""

    jobs: Sequence[Job]
    asked: Sequence[int]
    sweep: str
    swept: Sequence[str]
    answers: Mapping[int, Outcome] = field(default_factory=dict)

    @property
    def to_do(self) -> list[Job]:
        return [job for job in self.jobs if job.number not in self.answers]


def plan(configs: Iterable[tuple[str, Config]], swept: Sequence[str], name: str) -> Plan:
    """Plan the runs of these (label, configuration). name: the sweep's, as a part of its id.

    A mistake in any of them, or in the data they name, is a `UserError`.
    """
    drafts: dict[str, Job] = {}
    asked = []
    for number, (label, config) in enumerate(configs):
        job = job_of(number, label, config)
        tracking = config.settings.tracking
        key = "/".join([job.identity.config_id, job.identity.data_id, tracking.experiment, tracking.uri or ""])
        equal = drafts.setdefault(key, job)
        if lacking := keepsakes(config.settings) - keepsakes(equal.config.settings):
            drafts[key] = replace(equal, config=equal.config.with_enabled(lacking))  # one that keeps all stands for both
        asked.append(equal.number)
    sweep = f"{name}-{digest(*(key.encode() for key in sorted(drafts)))[:8]}"
    jobs = [replace(job, config=replace(job.config, sweep=job.config.sweep or sweep)) for job in drafts.values()]
    return Plan(jobs, asked, jobs[0].config.sweep or sweep, swept)


def answered(jobs: Iterable[Job]) -> dict[int, Outcome]:
    """By job number, what stands in the record already."""
    found = ((job, answer(job.config.settings, known(job.config.settings, job.identity))) for job in jobs if job.reuse)
    return {job.number: outcome for job, outcome in found if outcome}
