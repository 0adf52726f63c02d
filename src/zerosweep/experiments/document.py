"""The page `docs/experiments.md`: every published experiment, run as a named sweep, with its figures and findings."""

from __future__ import annotations

import csv
import io
import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from zerosweep.config.sweep_head import head
from zerosweep.config.words import read_words
from zerosweep.errors import RunsFailed, UserError
from zerosweep.importing import importable_by_children
from zerosweep.masking import masked
from zerosweep.places import SWEEPS, TRAIN, home
from zerosweep.report.summary import REPORTED
from zerosweep.tracking.record import content, files
from zerosweep.tracking.store import open_store, store_uri

EXPERIMENTS = (
    "bn_weight_scale",
    "activation_histograms",
    "cnn_bn",
    "gradient_field",
    "learning_rate_surface",
    "gradient_check",
    "two_layer_numerical",
    "optimizers_surface",
    "optimizers",
    "regularizers",
    "dying_relu",
    "leaky_relu_divergence",
    "bn_rescue",
    "lr_weight_scale",
    "random_search",
)
"""The named sweeps, in the order of the page."""

PICTURES = {"lr_weight_scale": ("plane",), "random_search": ("best",)}
"""The figures to show of a sweep whose report has many."""

LARGEST = 150_000
"""The largest size, in bytes, of a picture that is committed to git."""

OPENING = """# The published experiments

Seven published experiments on how training succeeds and fails, run here on MNIST, or the dataset that its command
names, each by the one command above its figure. What was published stands beside what was seen, and what does not come
out says so. The thresholds stand in `src/zerosweep/experiments/findings/`, taken from what was published; where one was
set after a first look at results, its module says that. `make experiments` runs all of it and writes this page; runs
that are in the record already are not done again. On another processor numbers differ in their last digits, and where a
finding is on an edge that may decide it.
"""


@dataclass(frozen=True)
class Section:
    """The section of one sweep on the page.

    Attributes:
        name: The name of the sweep.
        command: The command that ran it.
        title: The title in the comment that heads the sweep's file.
        about: The text below that title.
        pictures: The PNG of each figure, by name.
        findings: The rows of the table of findings, each a mapping of columns to cells.
    """

    name: str
    command: str
    title: str
    about: str
    pictures: dict[str, bytes]
    findings: list[dict[str, str]]


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
    sections = []
    for name in EXPERIMENTS:
        overrides = [f"sweeps={name}", *arguments]
        shown = shlex.join([*TRAIN.split(), *map(masked, overrides)])
        print(f"\n{shown}", flush=True)  # noqa: T201
        with tempfile.TemporaryDirectory() as scratch:
            reported = Path(scratch, "reported")
            with importable_by_children():
                environment = os.environ | {REPORTED: str(reported)}
            command = [sys.executable, "-m", "zerosweep", "train", *overrides]
            if subprocess.run(command, env=environment, check=False).returncode:
                print(f"{name} failed; the page is not changed", file=sys.stderr)  # noqa: T201
                raise RunsFailed
            if not reported.exists():
                raise UserError(
                    f"{shown}: writes no summary, which the page needs; leave out what prevents it, such as plan=true"
                )
            sections.append(read_section(name, shown, reported.read_text(), arguments))
    write(sections, folder)
    rows = [row for section in sections for row in section.findings]
    count = sum(row["reproduced"] == "yes" for row in rows)
    return f"{count} of {len(rows)} findings reproduced; {folder / 'experiments.md'}"


def read_section(name: str, command: str, run_id: str, arguments: Sequence[str] = ()) -> Section:
    """Read the section of a sweep from its summary run.

    Args:
        name: The name of the sweep.
        command: The command that ran it.
        run_id: The id of the summary run.
        arguments: The overrides of the command, among them the store.
    """
    words = read_words([argument for argument in arguments if argument.startswith("tracking.uri=")])
    client = open_store(store_uri(words.tracking.uri))
    artifacts = sorted(files(client, run_id))
    figures = {Path(path).stem: path for path in artifacts if path.startswith("figures/")}
    table = content(client, run_id, "findings.csv").decode() if "findings.csv" in artifacts else ""
    pictures = {stem: content(client, run_id, figures[stem]) for stem in PICTURES.get(name, figures)}
    return Section(
        name, command, *head((SWEEPS / f"{name}.yaml").read_text()), pictures, list(csv.DictReader(io.StringIO(table)))
    )


def write(sections: Sequence[Section], folder: Path) -> None:
    """Write the page `experiments.md`, and its pictures into `experiments/` beside it.

    Raises:
        UserError: A picture is too large for git. Nothing is changed.
    """
    for section in sections:
        for stem, png in section.pictures.items():
            if len(png) > LARGEST:
                raise UserError(f"{section.name}: its {stem} takes {len(png)} bytes; must be at most {LARGEST}")
    pictures = folder / "experiments"
    pictures.mkdir(parents=True, exist_ok=True)
    for stale in pictures.glob("*.png"):
        stale.unlink()
    for section in sections:
        for stem, png in section.pictures.items():
            (pictures / f"{section.name}_{stem}.png").write_bytes(png)
    (folder / "experiments.md").write_text("\n".join([OPENING, *map(_markdown, sections)]))


def _markdown(section: Section) -> str:
    pictures = [f"![{section.title}](experiments/{section.name}_{stem}.png)" for stem in section.pictures]
    parts = [f"## {section.title}", section.about, f"    {section.command}", *pictures]
    if section.findings:
        columns = ("expected", "seen", "reproduced")
        cells = [[row[name].replace("|", r"\|") for name in columns] for row in section.findings]
        rows = [" | ".join(row) for row in cells]
        parts.append("\n".join(["| expected | seen | reproduced? |", "|---|---|---|", *(f"| {row} |" for row in rows)]))
    return "\n\n".join(part for part in parts if part) + "\n"
