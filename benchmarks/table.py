"""The results of the step benchmark, as numbers for a file and as a table."""

from __future__ import annotations

from collections.abc import Sequence

from rounds import Entry
from workloads import DESCRIPTION, GOALS

Results = dict[str, dict[str, float]]

COLUMNS = {
    "limit": "limit",
    "ours": "ours",
    "torch": "torch eager",
    "torch_cl": "ch. last",
    "jax": "JAX jit",
    "jax_scan": "JAX scan",
    "book": "book style",
}

LATE = "_late"


def results(entries: Sequence[Entry]) -> Results:
    """Return the times of a step by workload, in microseconds, as in {"W1": {"limit_us": ..., "ours_us": ...}}.

    W3 also has the times after 2,000 steps, as "ours_late_us" and so on.
    """
    found: Results = {}
    for entry in entries:
        workload, late, _ = entry.workload.name.partition(LATE)
        found.setdefault(workload, {})[f"{entry.candidate.name}{late}_us"] = round(entry.microseconds, 2)
    return found


def times_of(found: Results, workload: str) -> dict[str, float]:
    """Return the times of a workload by candidate, in microseconds, without candidates that were not measured."""
    name, late, _ = workload.partition(LATE)
    times = found.get(name, {})
    return {key: times[f"{key}{late}_us"] for key in COLUMNS if f"{key}{late}_us" in times}


def table(found: Results) -> str:
    """Return a table with a line for each workload: all times in µs, and zerosweep's ratios with their goals."""
    titles = "".join(f"{title:>12}" for title in COLUMNS.values())
    lines = [f"{'µs per step':45}{titles}   {'ours / limit':22}{'ours / torch eager'}"]
    for workload, description in DESCRIPTION.items():
        times = times_of(found, workload)
        if not times:
            continue
        cells = "".join(f"{times[key]:12.0f}" if key in times else f"{'-':>12}" for key in COLUMNS)
        limit, torch = (_ratio(found, workload, peer) for peer in ("limit", "torch"))
        lines.append(f"{f'{workload:8} {description}':45}{cells}   {limit:22}{torch}".rstrip())
    return "\n".join(lines)


def _ratio(found: Results, workload: str, peer: str) -> str:
    """Return the ratio of zerosweep's time to a peer's, with its goal, as text.

    A late workload is compared with the better of the peer's late and early times, so that a peer's slow denormals do
    not improve the ratio.
    """
    times, early = times_of(found, workload), times_of(found, workload.removesuffix(LATE))
    if peer not in times:
        return "-"
    ratio = times["ours"] / min(times[peer], early.get(peer, times[peer]))
    if workload not in GOALS:
        return f"{ratio:.2f}"
    goal = GOALS[workload][("limit", "torch").index(peer)]
    return f"{ratio:.2f} <= {goal:.2f} {'met' if ratio <= goal else 'MISSED'}"
