"""Fill a store with finished runs, by the project's own run log.

    python benchmarks/scales/fill.py DATABASE RUNS

Every run is what a sweep of the default network on the digits records: its params, tags, ids, metrics and
configuration. One network of each combination of options is trained; its records are written again for each seed, with
values that differ a little. Weights and figures are left out. The runs are members of sweeps of 1,000 runs each, and
they answer the runs of

    python src/train.py -m optimizer=sgd,adam bn=true,false 'seed=range(RUNS / 4)' trainer.epochs=1

The last line of the output has the seconds of CPU time a run. The file is written without waiting for the disk, which a
sweep does.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[2] / "src")

from zerosweep import startup  # noqa: E402

startup.begin_worker()

import numpy as np  # noqa: E402
from sqlalchemy import Engine, event  # noqa: E402

from zerosweep.api.compose import compose  # noqa: E402
from zerosweep.config.read import Config  # noqa: E402
from zerosweep.runs.assemble import assemble, records  # noqa: E402
from zerosweep.runs.identity import identify  # noqa: E402
from zerosweep.tracking.members import MEMBER, member_tag  # noqa: E402
from zerosweep.tracking.params import as_typed  # noqa: E402
from zerosweep.tracking.runlog import RunInfo, RunLog  # noqa: E402
from zerosweep.tracking.store import store_uri  # noqa: E402
from zerosweep.training.records import Evaluation, History, Record, Step  # noqa: E402
from zerosweep.training.verdict import verdict  # noqa: E402

OPTIONS = [[f"optimizer={optimizer}", f"bn={bn}"] for optimizer in ("sgd", "adam") for bn in ("true", "false")]
SHARED = ["trainer.epochs=1"]
SWEEP_SIZE = 1000


@event.listens_for(Engine, "connect")
def _without_disk(connection: object, _: object) -> None:
    connection.execute("PRAGMA synchronous=OFF")  # type: ignore[attr-defined]


def main() -> None:
    uri, runs = store_uri(f"sqlite:///{Path(sys.argv[1]).absolute()}"), int(sys.argv[2])
    templates = [(config := compose(*SHARED, *options), list(_trained(config))) for options in OPTIONS]
    began, used = time.time(), time.process_time()
    for number in range(runs):
        config, trained = templates[number % len(templates)]
        _write(uri, number, replace(config, settings=replace(config.settings, seed=number // len(templates))), trained)
        if number % SWEEP_SIZE == SWEEP_SIZE - 1:
            print(f"{number + 1} runs, {time.time() - began:.0f} s", flush=True)
    print(json.dumps({"runs": runs, "cpu_s": (time.process_time() - used) / runs, "wall_s": time.time() - began}))


def _trained(config: Config) -> Iterator[Record]:
    return records(config.settings, assemble(config.settings))


def _write(uri: str, number: int, config: Config, trained: list[Record]) -> None:
    """Write a finished run with the records of another, whose values are changed by up to 5 %."""
    sweep = f"fill-{number // SWEEP_SIZE:03}"
    ids = asdict(identify(config.settings))
    tags = {"role": "run", "sweep": sweep, member_tag(sweep): MEMBER, **ids}
    params = {name: as_typed(value) for name, value in config.flat().items()}
    change = np.random.default_rng(number).uniform(0.95, 1, len(trained))
    history = History(10)
    with RunLog(RunInfo(uri, config.settings.tracking.experiment, config.short_name, params, tags)) as log:
        for factor, record in zip(change, trained, strict=True):
            match record:
                case Step():
                    record = replace(record, loss=record.loss * factor)
                case Evaluation():
                    record = replace(record, metrics={name: value * factor for name, value in record.metrics.items()})
            history.add(record)
            log.record(record)
        log.metrics({"time/seconds": float(change[0]), "time/steps": history.steps}, history.steps)
        log.tags["verdict"] = verdict(history)
        log.file("config/overrides.yaml", "".join(f"- {override}\n" for override in config.overrides))


if __name__ == "__main__":
    main()
