"""MLflow's own cost of a run: bare calls of its client that write what the default run writes, without figures.

    python benchmarks/scales/floor.py CHECKOUT DATABASE

The last line of the output is a JSON object with the CPU time of a run, in milliseconds: of the calls, and of training
the same network without any record.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from pathlib import Path

sys.path[0] = str(Path(sys.argv[1]) / "src")
os.environ["MLFLOW_TRACKING_URI"] = f"sqlite:///{sys.argv[2]}"

from zerosweep import startup  # noqa: E402

startup.begin_worker()

from mlflow import MlflowClient  # noqa: E402
from mlflow.entities import Metric, Param, RunTag  # noqa: E402

import zerosweep as zs  # noqa: E402
from zerosweep.runs.assemble import assemble, records  # noqa: E402
from zerosweep.tracking.store import open_experiment  # noqa: E402
from zerosweep.training.records import Evaluation, Step  # noqa: E402

RUNS = 20
FILES = {"config/config.yaml": 2000, "config/schemas.yaml": 100, "config/overrides.yaml": 50, "weights.npz": 200_000,
         "network.json": 1000}  # fmt: skip
"""Artifacts of a run and their sizes in bytes, about."""


def main() -> None:
    config = zs.compose()
    store = open_experiment(None, "floor")
    client = MlflowClient(f"sqlite:///{sys.argv[2]}")
    trained = list(records(config.settings, assemble(config.settings)))
    _write(client, store.id, config.flat(), trained)
    began = time.process_time()
    for _ in range(RUNS):
        _write(client, store.id, config.flat(), trained)
    written = (time.process_time() - began) / RUNS
    began = time.process_time()
    for _ in range(RUNS):
        list(records(config.settings, assemble(config.settings)))
    bare = (time.process_time() - began) / RUNS
    print(json.dumps({"mlflow_floor_cpu_ms": written * 1e3, "training_cpu_ms": bare * 1e3}))


def _write(client: MlflowClient, experiment: str, params: dict[str, object], trained: list[object]) -> None:
    tags = dict.fromkeys(("role", "sweep", "config_id", "code_id", "data_id", "host", "engine"), "0123456789abcdef")
    run_id = client.create_run(experiment, tags=tags, run_name="floor").info.run_id
    client.log_batch(run_id, params=[Param(name, str(value)) for name, value in params.items()])
    now = int(time.time() * 1000)
    metrics = []
    for record in trained:
        if isinstance(record, Step):
            metrics.append(Metric("train/loss", record.loss, now, record.step))
        elif isinstance(record, Evaluation):
            metrics += [Metric(name, value, now, record.step) for name, value in record.metrics.items()]
    for i in range(0, len(metrics), 1000):
        client.log_batch(run_id, metrics=metrics[i : i + 1000])
    client.log_batch(run_id, tags=[RunTag("verdict", "learned")])
    with tempfile.TemporaryDirectory() as folder:
        for path, size in FILES.items():
            Path(folder, path).parent.mkdir(exist_ok=True)
            Path(folder, path).write_bytes(bytes(size))
        client.log_artifacts(run_id, folder)
    client.set_terminated(run_id, "FINISHED")


if __name__ == "__main__":
    main()
