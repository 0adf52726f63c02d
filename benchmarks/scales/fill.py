"""Fill a store with finished runs, by the project's own run log.

    python benchmarks/scales/fill.py DATABASE RUNS [WRITTEN]

The first WRITTEN runs (default: 400) are written by the run log, one by one; the others are copies of their rows under
other ids and seeds, in SQL, because the run log needs half an hour for 20,000. Every run is what a sweep of the default network on the digits records: its params, tags, ids, metrics and
configuration. One network of each combination of options is trained; its records are written again for each seed, with
values that differ a little. Weights and figures are left out. The runs are members of sweeps of 1,000 runs each, and
they answer the runs of

    python src/train.py -m optimizer=sgd,adam bn=true,false 'seed=range(RUNS / 4)' trainer.epochs=1

A store that has WRITTEN runs or more is only filled up. The last line of the output has the seconds of CPU time of a
run that is written, and of one that is copied. The file is written without waiting for the disk, which a sweep does.
"""

from __future__ import annotations

import json
import sqlite3
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import closing
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


COPIED = ("runs", "params", "tags", "metrics", "latest_metrics")
"""The tables with the rows of a run."""


def main() -> None:
    file, runs = Path(sys.argv[1]).absolute(), int(sys.argv[2])
    written = min(runs, int(sys.argv[3]) if len(sys.argv) > 3 else 400)
    configs = [compose(*SHARED, *options) for options in OPTIONS]
    templates = [(config, list(_trained(config))) for config in configs]
    uri = store_uri(f"sqlite:///{file}")
    there = _count(file) if file.exists() else 0
    used = time.process_time()
    for number in range(there, written):
        _write(uri, number, *_seeded(templates, number))
    spent, used = time.process_time() - used, time.process_time()
    there = max(there, written)
    _copy(file, [(number, _seeded(templates, number)[0]) for number in range(there, runs)])
    copied = time.process_time() - used
    print(json.dumps({"written_s": spent / max(1, written), "copied_s": copied / max(1, runs - there)}))


def _seeded(templates: list[tuple[Config, list[Record]]], number: int) -> tuple[Config, list[Record]]:
    """Return the configuration of a run by its number, and the records of the run with the same options."""
    config, trained = templates[number % len(templates)]
    return replace(config, settings=replace(config.settings, seed=number // len(templates))), trained


def _count(file: Path) -> int:
    with closing(sqlite3.connect(file)) as connection:
        (count,) = connection.execute("SELECT count(*) FROM tags WHERE key = 'role' AND value = 'run'").fetchone()
    return int(count)


def _copy(file: Path, runs: list[tuple[int, Config]]) -> None:
    """Add runs to a store as copies of finished runs with the same options."""
    with closing(sqlite3.connect(file)) as connection:
        finished = "SELECT run_uuid FROM runs WHERE status = 'FINISHED' ORDER BY start_time LIMIT ?"
        sources = [run_id for (run_id,) in connection.execute(finished, [len(OPTIONS)])]
        columns = {
            table: [name for _, name, *_ in connection.execute(f"PRAGMA table_info({table})")] for table in COPIED
        }
        for number, config in runs:
            run_id, sweep = uuid.uuid4().hex, _sweep(number)
            for table, names in columns.items():
                shown = ", ".join("?" if name == "run_uuid" else f'"{name}"' for name in names)
                source = sources[number % len(sources)]
                connection.execute(
                    f"INSERT INTO {table} SELECT {shown} FROM {table} WHERE run_uuid = ?", [run_id, source]
                )
            changed = {"config_id": identify(config.settings).config_id, "sweep": sweep}
            for key, value in changed.items():
                connection.execute("UPDATE tags SET value = ? WHERE run_uuid = ? AND key = ?", [value, run_id, key])
            member = [member_tag(sweep), run_id]
            connection.execute("UPDATE tags SET key = ? WHERE run_uuid = ? AND key LIKE 'sweep.%'", member)
            seed = [str(config.settings.seed), run_id]
            connection.execute("UPDATE params SET value = ? WHERE run_uuid = ? AND key = 'seed'", seed)
            moved = [number, number, run_id]
            connection.execute(
                "UPDATE runs SET start_time = start_time + ?, end_time = end_time + ? WHERE run_uuid = ?", moved
            )
        connection.commit()


def _sweep(number: int) -> str:
    return f"fill-{number // SWEEP_SIZE:03}"


def _trained(config: Config) -> Iterator[Record]:
    return records(config.settings, assemble(config.settings))


def _write(uri: str, number: int, config: Config, trained: list[Record]) -> None:
    """Write a finished run with the records of another, whose values are changed by up to 5 %."""
    sweep = _sweep(number)
    ids = asdict(identify(config.settings))
    tags = {"role": "run", "sweep": sweep, member_tag(sweep): MEMBER, **ids}
    params = {name: as_typed(value) for name, value in config.flat().items()}
    change = np.random.default_rng(number).uniform(0.95, 1, len(trained))
    history = History(10)
    with RunLog(RunInfo(uri, config.settings.tracking.experiment, config.name, params, tags)) as log:
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
