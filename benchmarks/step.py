"""The benchmark of a training step: zerosweep, its bare matrix products, and other libraries with the same network.

    python benchmarks/step.py [--json FILE] [--rounds N] [--workloads W1,W3]

The project need not be installed. PyTorch and JAX are measured if they are installed. All candidates take turns in one
process with one thread. Absolute times differ from machine to machine and from day to day; compare ratios of one run.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "src")]

# Every library gets one thread; it reads these variables once, when it is loaded.
os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NPROC", "PJRT_NPROC"), "1")
os.environ |= {"XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false", "JAX_PLATFORMS": "cpu"}

from rounds import Entry, measure, prepare  # noqa: E402
from table import results, table  # noqa: E402
from workloads import WORKLOADS, Images, Workload, images  # noqa: E402

OURSELVES = ("limit", "ours", "book")
PEERS = {"torch": "PyTorch", "jax": "JAX"}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Time training steps, their limit, and other libraries.")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the times to FILE, in microseconds")
    parser.add_argument("--rounds", type=int, default=50, help="turns of each candidate (default: %(default)s)")
    names = list(dict.fromkeys(name.partition("_")[0] for name in WORKLOADS))
    parser.add_argument("--workloads", default=",".join(names), help="some of %(default)s")
    chosen = parser.parse_args()
    wanted = chosen.workloads.split(",")
    if unknown := [name for name in wanted if name not in names]:
        parser.error(f"--workloads: {unknown[0] or 'an empty name'} must be among {', '.join(names)}")
    chosen.workloads = [workload for name, workload in WORKLOADS.items() if name.partition("_")[0] in wanted]
    if chosen.rounds < 1:
        parser.error("--rounds must be at least 1")
    if chosen.json and not chosen.json.absolute().parent.is_dir():
        parser.error(f"--json: no such folder: {chosen.json.parent}")
    return chosen


def participants() -> tuple[list[str], list[str]]:
    """Return the modules under peers/ that can be measured, and the names of the libraries that are not installed."""
    present, absent = list(OURSELVES), []
    for module, name in PEERS.items():
        try:
            importlib.import_module(module)
        except ModuleNotFoundError:
            absent.append(name)
        else:
            present.append(module)
    return present, absent


def entries(workloads: list[Workload], modules: list[str], data: Images) -> list[Entry]:
    """Return one entry for each candidate of the `modules` under peers/ with each workload that it supports."""
    return [
        Entry(workload, candidate)
        for workload in workloads
        for module in modules
        for candidate in importlib.import_module(f"peers.{module}").candidates(workload, data)
    ]


def blas() -> str:
    """Return a phrase that names NumPy's BLAS, which the limit and zerosweep use; PyTorch and JAX have their own."""
    try:
        from threadpoolctl import threadpool_info
    except ModuleNotFoundError:
        return "threadpoolctl is not installed, so NumPy's BLAS is unknown"
    found = [
        library for library in threadpool_info() if "numpy" in library["filepath"] and library["user_api"] == "blas"
    ]
    kinds = [f"{library['internal_api']} {library['version']} for {library.get('architecture')}" for library in found]
    return f"NumPy's products: {', '.join(kinds) or 'a BLAS that threadpoolctl does not know'}"


def main() -> None:
    chosen = arguments()
    modules, absent = participants()
    data = images()
    measured = entries(chosen.workloads, modules, data)
    prepare(measured, halfway=data.clear_margin)
    watched = sys.stderr.isatty()
    measure(measured, chosen.rounds, lambda line: print(f"\r{line} ", end="", file=sys.stderr) if watched else None)
    if watched:
        print(file=sys.stderr)
    found = results(measured)
    print(table(found))
    print(f"One thread; float32, the book style float64; the least time of {chosen.rounds} turns each. {blas()}.")
    if absent:
        print(f"Not measured, because not installed: {', '.join(absent)}.")
    if chosen.json:
        chosen.json.write_text(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
