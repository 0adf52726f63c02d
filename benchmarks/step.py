"""What a training step costs: ours, beside its bare matrix products and beside others that train the same network.

    python benchmarks/step.py [--json FILE] [--rounds N] [--workloads W1,W3]

needs no installation of the project. PyTorch and JAX are measured where they are installed. Everything is measured in one
process, on one thread, in turn; absolute times move from machine to machine and from day to day, ratios of one run hold.
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

# One thread for everybody; each library reads these once, when it is loaded.
os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NPROC", "PJRT_NPROC"), "1")
os.environ |= {"XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false", "JAX_PLATFORMS": "cpu"}

from rounds import Entry, measure, prepare  # noqa: E402
from table import results, table  # noqa: E402
from workloads import WORKLOADS, Images, Workload, images  # noqa: E402

OURSELVES = ("limit", "ours", "book")
PEERS = {"torch": "PyTorch", "jax": "JAX"}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Time training steps beside their limit and their peers.")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the times there, in microseconds")
    parser.add_argument("--rounds", type=int, default=50, help="turns that everybody gets (default: %(default)s)")
    names = list(dict.fromkeys(name.partition("_")[0] for name in WORKLOADS))
    parser.add_argument("--workloads", default=",".join(names), help="some of %(default)s")
    chosen = parser.parse_args()
    wanted = chosen.workloads.split(",")
    if unknown := [name for name in wanted if name not in names]:
        parser.error(f"--workloads: {unknown[0] or 'an empty name'} is none of {', '.join(names)}")
    chosen.workloads = [workload for name, workload in WORKLOADS.items() if name.partition("_")[0] in wanted]
    if chosen.rounds < 1:
        parser.error("--rounds must be at least 1")
    if chosen.json and not chosen.json.absolute().parent.is_dir():
        parser.error(f"--json: there is no folder {chosen.json.parent}")
    return chosen


def participants() -> tuple[list[str], list[str]]:
    """Modules under peers/ that can be measured here, and the names of those that are not installed."""
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
    return [
        Entry(workload, candidate)
        for workload in workloads
        for module in modules
        for candidate in importlib.import_module(f"peers.{module}").candidates(workload, data)
    ]


def blas() -> str:
    """Who multiplies for NumPy: the limit and our step rest on it, while PyTorch and JAX bring products of their own."""
    try:
        from threadpoolctl import threadpool_info
    except ModuleNotFoundError:
        return "threadpoolctl is not installed, so NumPy's BLAS is unknown"
    found = [
        library for library in threadpool_info() if "numpy" in library["filepath"] and library["user_api"] == "blas"
    ]
    kinds = [f"{library['internal_api']} {library['version']} for {library.get('architecture')}" for library in found]
    return f"NumPy's products: {', '.join(kinds) or 'of a BLAS that threadpoolctl does not know'}"


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
    print(f"One thread; float32, the book style float64; the least of {chosen.rounds} turns each. {blas()}.")
    if absent:
        print(f"Not installed, so not measured: {', '.join(absent)}.")
    if chosen.json:
        chosen.json.write_text(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
