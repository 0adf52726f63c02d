"""The benchmark of data frames: `zs.runs` and `zs.curves` beside MLflow's own ways, on a store of 1,000 runs.

    python benchmarks/frames.py [--json FILE] [--runs N] [--rounds N]

One run is trained, and its rows in the database are copied under new ids, so that the store is like one of 1,000 real
runs, each with some 60 settings, 30 metrics and curves of 130 steps. The figures are seconds of processor time of this
process, the least of some rounds in turns; those of other users of the machine do not count. Two cores take a minute.
"""

from __future__ import annotations

import argparse
import json
import os
import sqlite3
import sys
import tempfile
import uuid
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from time import process_time

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

import zerosweep as zs

EXPERIMENT, METRIC = "zerosweep", "val/accuracy"

TABLES = {"runs": "run_uuid", "params": "run_uuid", "tags": "run_uuid", "metrics": "run_uuid",
          "latest_metrics": "run_uuid"}  # fmt: skip
"""The tables that hold a run, with the column of its id."""


def make_store(folder: Path, runs: int) -> None:
    """Train a run into a new store of the folder, and copy it until there are so many runs."""
    os.environ["MLFLOW_TRACKING_URI"] = f"sqlite:///{folder}/mlflow.db"
    first = zs.run(optimizer="adam", bn=True, tracking={"figures": False}).run_id
    ids = [(uuid.uuid4().hex,) for _ in range(runs - 1)]
    with closing(sqlite3.connect(folder / "mlflow.db")) as database, database:
        database.execute("CREATE TEMPORARY TABLE copies (id TEXT)")
        database.executemany("INSERT INTO copies VALUES (?)", ids)
        for table, key in TABLES.items():
            columns = [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
            copied = ", ".join("copies.id" if column == key else column for column in columns)
            database.execute(
                f"INSERT INTO {table} ({', '.join(columns)}) SELECT {copied} FROM {table}, copies WHERE {key} = ?",
                [first],
            )


def candidates() -> dict[str, Callable[[], object]]:
    """Return what is timed, by name. Each pair gives the same rows."""
    import mlflow
    from mlflow import MlflowClient

    uri = os.environ["MLFLOW_TRACKING_URI"]
    mlflow.set_tracking_uri(uri)
    client = MlflowClient(uri)
    ids = zs.runs()["run_id"].tolist()
    return {
        "runs_ours_s": zs.runs,
        "runs_mlflow_s": lambda: mlflow.search_runs(experiment_names=[EXPERIMENT]),
        "curves_ours_s": lambda: zs.curves(ids, METRIC),
        "curves_mlflow_s": lambda: [client.get_metric_history(run_id, METRIC) for run_id in ids],
    }


def measure(runs: int, rounds: int) -> dict[str, float]:
    """Return the least seconds of each candidate, by name."""
    with tempfile.TemporaryDirectory(prefix="zerosweep-bench-") as folder:
        make_store(Path(folder), runs)
        timed = candidates()
        found = dict.fromkeys(timed, float("inf"))
        for _ in range(rounds):
            for name, call in timed.items():
                began = process_time()
                call()
                found[name] = min(found[name], process_time() - began)
    return {"runs": runs, **{name: round(seconds, 4) for name, seconds in found.items()}}


def main() -> None:
    """Measure, print a table, and write the figures to a file if asked for."""
    parser = argparse.ArgumentParser(description="Compare data frames of the record with MLflow's own.")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to FILE")
    parser.add_argument("--runs", type=int, default=1000, help="runs in the store (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="timed rounds (default: %(default)s)")
    chosen = parser.parse_args()
    if chosen.runs < 1 or chosen.rounds < 1:
        parser.error("--runs and --rounds must be at least 1")
    found = measure(chosen.runs, chosen.rounds)
    print(f"{found['runs']:.0f} runs, seconds of processor time")
    print(
        f"  runs     zs.runs     {found['runs_ours_s']:8.3f}   mlflow.search_runs             {found['runs_mlflow_s']:8.3f}"
    )
    print(
        f"  curves   zs.curves   {found['curves_ours_s']:8.3f}   MlflowClient.get_metric_history {found['curves_mlflow_s']:7.3f}"
    )
    if chosen.json:
        chosen.json.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
