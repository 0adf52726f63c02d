"""Reads of a store with many runs, each timed once.

    python benchmarks/scales/reads.py CHECKOUT DATABASE

The last line of the output is a JSON object with the CPU seconds of each read.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path[0] = str(Path(sys.argv[1]) / "src")
os.environ["MLFLOW_TRACKING_URI"] = f"sqlite:///{sys.argv[2]}"

from zerosweep import startup  # noqa: E402

startup.begin_worker()

import zerosweep as zs  # noqa: E402
from zerosweep.tracking.record import by_ids, find  # noqa: E402
from zerosweep.tracking.store import open_experiment  # noqa: E402
from zerosweep.tracking.views import saved_views  # noqa: E402

SWEEP = "tags.sweep = 'fill-000'"
FINISHED = "attributes.status = 'FINISHED' and tags.role = 'run'"


def main() -> None:
    found: dict[str, float] = {}

    def timed(name: str, read: Callable[[], Any]) -> Any:
        began = time.process_time()
        answer = read()
        found[f"{name}_cpu_s"] = time.process_time() - began
        return answer

    store = open_experiment(None, "zerosweep")
    frame = timed("zs_runs_of_a_sweep", lambda: zs.runs(SWEEP))
    timed("zs_curves_of_a_sweep", lambda: zs.curves(frame, "val/accuracy", "train/loss"))
    timed("zs_runs_of_all", lambda: zs.runs(""))
    timed("latest_1000", lambda: find(store.client, [store.id], FINISHED, 1000))
    timed("by_ids_of_a_sweep", lambda: by_ids(store.client, [store.id], frame.run_id.tolist()))
    timed("left_open", lambda: find(store.client, [store.id], "attributes.status = 'RUNNING'"))
    timed("summaries", lambda: find(store.client, [store.id], "tags.role = 'summary'"))
    timed("views", lambda: saved_views(store.client, store.id))
    timed("ui_first_page", lambda: store.client.search_runs([store.id], max_results=100))
    print(json.dumps(found))


if __name__ == "__main__":
    main()
