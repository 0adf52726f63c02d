"""The page `docs/experiments.md`: every published experiment, run as a named sweep, with its figures and findings."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from time import perf_counter

import zerosweep.experiments.findings  # noqa: F401  registers the findings that sweeps are judged by
from zerosweep.config.sweep_head import head_of
from zerosweep.errors import UserError
from zerosweep.experiments.margins import margins, read_margins, write_margins
from zerosweep.experiments.named import command_of, run_named, uri_of
from zerosweep.experiments.page import Section, markdown, regimes_markdown
from zerosweep.places import home
from zerosweep.report.evidence import Evidence
from zerosweep.report.finding import findings_named
from zerosweep.tracking.members import members_filter
from zerosweep.tracking.record import arrays, by_id, content, curve, files, find
from zerosweep.tracking.store import open_store

EXPERIMENTS = (
    "bn_weight_scale",
    "activation_histograms",
    "cnn_bn",
    "gradient_field",
    "learning_rate_surface",
    "rounding_error",
    "gradient_check",
    "two_layer_numerical",
    "two_layer",
    "optimizers_surface",
    "optimizers_landscapes",
    "optimizers",
    "schedules",
    "regularizers",
    "penalty_strength",
    "ridge_lasso",
    "dying_relu",
    "leaky_relu_divergence",
    "bn_rescue",
    "lr_weight_scale",
    "random_search",
)
"""The named sweeps, in the order of the page."""

REGIMES = ("failure_regimes", "failure_regimes_bn", "failure_regimes_leaky")
"""The named sweeps of the page `docs/regimes.md`, in order."""

PICTURES = {"lr_weight_scale": ("plane",), "random_search": ("best",)}
"""The figures to show of a sweep whose report has many."""

SEEDED = {
    "bn_weight_scale": ("tracking.figures=false",),
    "activation_histograms": (),
    "optimizers": ("tracking.figures=false", "trainer.trace=false", "bn=false"),
    "regularizers": ("tracking.figures=false",),
}
"""The named sweeps whose findings may depend on the seed and are cheap enough for many, with overrides that save time.
The others have seeds of their own, or nothing random."""

SWEEP = "sweeps="
"""The beginning of the argument that names a sweep."""

MARGINS = Path("experiments", "margins.csv")
"""The file with the margins, in the folder of the page."""

LARGEST = 150_000
"""The largest size, in bytes, of a picture that is committed to git."""


def experiments(arguments: Sequence[str], folder: Path | None = None) -> str:
    """Run every experiment, and write the page and its pictures.

    Args:
        arguments: Overrides for all sweeps.
        folder: The folder of the page; None for docs/.

    Returns:
        One line that says how many findings were reproduced, and where the page is.

    Raises:
        RunsFailed: A sweep failed. The page is not changed.
        UserError: A sweep wrote no summary, or a picture is too large. The page is not changed.
    """
    folder = folder or home() / "docs"
    sections = _run(EXPERIMENTS, arguments)
    write(sections, folder)
    rows = [row for section in sections for row in section.findings]
    count = sum(row["reproduced"] == "yes" for row in rows)
    return f"{count} of {len(rows)} findings reproduced; {folder / 'experiments.md'}"


def regimes(arguments: Sequence[str], folder: Path | None = None) -> str:
    """Run the search for E6's regime, and write its page and its maps.

    Args:
        arguments: Overrides for all sweeps.
        folder: The folder of the page; None for docs/.

    Returns:
        One line that says where the page is.

    Raises:
        RunsFailed: A sweep failed. The page is not changed.
        UserError: A sweep wrote no summary, or a picture is too large. The page is not changed.
    """
    folder = folder or home() / "docs"
    sections = _run(REGIMES, arguments)
    _write_pictures(sections, folder / "regimes")
    (folder / "regimes.md").write_text(regimes_markdown(sections))
    return f"{len(sections)} maps; {folder / 'regimes.md'}"


def _run(names: Sequence[str], arguments: Sequence[str]) -> list[Section]:
    """Run named sweeps one after another, and return their sections."""
    sections, began = [], perf_counter()
    for i, name in enumerate(names, start=1):
        _announce(i, len(names), name, arguments, perf_counter() - began)
        sections.append(read_section(name, command_of(name, arguments), run_named(name, arguments), arguments))
    return sections


def measure_margins(seeds: int, arguments: Sequence[str], folder: Path | None = None) -> str:
    """Run the experiments of `SEEDED` with seeds 0, 1, ..., and write how many of them show each finding.

    The table is written after each sweep, whose rows are replaced in it.

    Args:
        seeds: The number of seeds.
        arguments: Overrides for all sweeps; with `sweeps=NAME` among them only that one is run.
        folder: The folder of the page; None for docs/.

    Returns:
        One line that says where the table is.

    Raises:
        RunsFailed: A sweep failed. The table has the sweeps before it.
        UserError: A sweep wrote no summary, or is not among those that are run with many seeds.
    """
    file, began = (folder or home() / "docs") / MARGINS, perf_counter()
    chosen = [argument.removeprefix(SWEEP) for argument in arguments if argument.startswith(SWEEP)] or [*SEEDED]
    arguments = [argument for argument in arguments if not argument.startswith(SWEEP)]
    for i, name in enumerate(chosen, start=1):
        if name not in SEEDED:
            raise UserError(f"{SWEEP}{name}: has no margins; must be one of {', '.join(SEEDED)}")
        overrides = [
            f"seed=range({seeds})",
            "report.figure=none",
            f"tracking.sweep={name} margins",
            *SEEDED[name],
            *arguments,
        ]
        _announce(i, len(chosen), name, overrides, perf_counter() - began)
        run_id = run_named(name, overrides)
        client = open_store(uri_of(arguments))
        summary = by_id(client, run_id)
        assert summary is not None, f"the summary of {name} was removed"
        runs = find(client, [summary.experiment_id], members_filter(summary.tags["sweep"]))
        findings = findings_named([row["finding"] for row in finding_rows(uri_of(arguments), run_id)])
        found = margins(name, findings, Evidence(runs, partial(curve, client), partial(arrays, client)))
        others = [margin for margin in read_margins(file).values() if margin.sweep != name]
        write_margins([*others, *found], file)
    return f"the findings of {', '.join(chosen)}, each for {seeds} seeds: {file}"


def _announce(number: int, of: int, name: str, arguments: Sequence[str], seconds: float) -> None:
    """Print which experiment begins, of how many, after how long, and its command."""
    minutes, rest = divmod(round(seconds), 60)
    print(f"\n[{number}/{of}] {head_of(name)[0]} ({minutes}:{rest:02d} so far)", flush=True)  # noqa: T201
    print(command_of(name, arguments), flush=True)  # noqa: T201


def read_section(name: str, command: str, run_id: str, arguments: Sequence[str] = ()) -> Section:
    """Read the section of a sweep from its summary run.

    Args:
        name: The name of the sweep.
        command: The command that ran it.
        run_id: The id of the summary run.
        arguments: The overrides of the command, among them the store.
    """
    client = open_store(uri_of(arguments))
    figures = {Path(path).stem: path for path in sorted(files(client, run_id)) if path.startswith("figures/")}
    pictures = {stem: content(client, run_id, figures[stem]) for stem in PICTURES.get(name, figures)}
    return Section(name, command, *head_of(name), pictures, finding_rows(uri_of(arguments), run_id))


def finding_rows(uri: str, run_id: str) -> list[dict[str, str]]:
    """Return the rows of the table of findings of a summary run, each a mapping of columns to cells."""
    client = open_store(uri)
    if "findings.csv" not in files(client, run_id):
        return []
    return list(csv.DictReader(io.StringIO(content(client, run_id, "findings.csv").decode())))


def write(sections: Sequence[Section], folder: Path) -> None:
    """Write the page `experiments.md`, and its pictures into `experiments/` beside it.

    Raises:
        UserError: A picture is too large for git. Nothing is changed.
    """
    _write_pictures(sections, folder / "experiments")
    (folder / "experiments.md").write_text(markdown(sections, read_margins(folder / MARGINS)))


def _write_pictures(sections: Sequence[Section], pictures: Path) -> None:
    """Write the pictures of these sections into a folder, in place of those that are there.

    Raises:
        UserError: A picture is too large for git. Nothing is changed.
    """
    for section in sections:
        for stem, png in section.pictures.items():
            if len(png) > LARGEST:
                raise UserError(f"{section.name}: its {stem} takes {len(png)} bytes; must be at most {LARGEST}")
    pictures.mkdir(parents=True, exist_ok=True)
    for stale in pictures.glob("*.png"):
        stale.unlink()
    for section in sections:
        for stem, png in section.pictures.items():
            (pictures / f"{section.name}_{stem}.png").write_bytes(png)
