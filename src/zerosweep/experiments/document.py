"""The page of the published experiments: every one run as its named sweep, with its figure and its findings."""

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

from zerosweep import PROJECT
from zerosweep.config.words import read_words
from zerosweep.errors import RunsFailed, UserError
from zerosweep.masking import masked
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
"""Of a sweep whose report has many figures, those for the page."""

LARGEST = 150_000
"""Bytes of a picture that is kept in git."""

OPENING = """# The published experiments

Seven published experiments on how training succeeds and fails, run here on MNIST, or the dataset that its command names, each by the one command above its figure. What was
published stands beside what was seen, and what does not come out says so. The thresholds stand in `src/zerosweep/experiments/findings/`, taken from
what was published; where one was set after a first look at results, its module says that. `make experiments` runs all of it and writes
this page; runs that are in the record already are not done again. On another processor numbers differ in their last digits, and where a
finding is on an edge that may decide it.
"""


@dataclass(frozen=True)
class Section:
    """A sweep on the page. command: what was run. title, about: from the head of its file. pictures: name -> PNG. findings:
    rows of its table."""

    name: str
    command: str
    title: str
    about: str
    pictures: dict[str, bytes]
    findings: list[dict[str, str]]


def experiments(arguments: Sequence[str], folder: Path = PROJECT / "docs") -> str:
    """Run every experiment with these further settings, and write the page and its pictures into `folder`. What was found, in
    one line. Where a sweep did not end well, the page is left as it was, and that is a `RunsFailed`."""
    told = []
    for name in EXPERIMENTS:
        command = ["src/train.py", f"sweeps={name}", *arguments]
        typed = shlex.join(["python", *map(masked, command)])
        print(f"\n{typed}", flush=True)  # noqa: T201
        with tempfile.TemporaryDirectory() as scratch:
            reported = Path(scratch, "reported")
            environment = os.environ | {REPORTED: str(reported)}
            if subprocess.run([sys.executable, *command], cwd=PROJECT, env=environment, check=False).returncode:
                print(f"{name} did not end well: the page is left as it was", file=sys.stderr)  # noqa: T201
                raise RunsFailed
            if not reported.exists():
                raise UserError(f"{typed}: keeps no summary, so there is nothing for the page")
            told.append(tell(name, typed, reported.read_text(), arguments))
    write(told, folder)
    rows = [row for one in told for row in one.findings]
    count = sum(row["reproduced"] == "yes" for row in rows)
    return f"{count} of {len(rows)} findings reproduced; {folder / 'experiments.md'}"


def tell(name: str, command: str, run_id: str, arguments: Sequence[str] = ()) -> Section:
    """What the summary of this id, which the command has kept or found in the record, has for the page."""
    words = read_words([one for one in arguments if one.startswith("tracking.uri=")])
    client = open_store(store_uri(words.tracking.uri))
    kept = sorted(files(client, run_id))
    drawn = {Path(path).stem: path for path in kept if path.startswith("figures/")}
    rows = (
        csv.DictReader(io.StringIO(content(client, run_id, "findings.csv").decode())) if "findings.csv" in kept else ()
    )
    pictures = {stem: content(client, run_id, drawn[stem]) for stem in PICTURES.get(name, drawn)}
    return Section(name, command, *head(name), pictures, list(rows))


def head(name: str) -> tuple[str, str]:
    """(title, paragraph) from the comment that the sweep's file begins with."""
    lines = (PROJECT / "sweeps" / f"{name}.yaml").read_text().splitlines()
    comments = []
    for line in lines[1:] if lines[0].startswith("# @package") else lines:
        if not line.startswith("#"):
            break
        comments.append(line.removeprefix("#").strip())
    title, _, about = "\n".join(comments).partition("\n\n")
    return title, about.strip()


def write(told: Sequence[Section], folder: Path) -> None:
    """The page `experiments.md` and its pictures, in a folder beside it. A picture too large for git is a `UserError`, raised
    before anything is changed."""
    for one in told:
        for stem, png in one.pictures.items():
            if len(png) > LARGEST:
                raise UserError(f"{one.name}: its {stem} takes {len(png)} bytes; must be at most {LARGEST}")
    pictures = folder / "experiments"
    pictures.mkdir(parents=True, exist_ok=True)
    for stale in pictures.glob("*.png"):
        stale.unlink()
    for one in told:
        for stem, png in one.pictures.items():
            (pictures / f"{one.name}_{stem}.png").write_bytes(png)
    (folder / "experiments.md").write_text("\n".join([OPENING, *map(_section, told)]))


def _section(one: Section) -> str:
    drawn = [f"![{one.title}](experiments/{one.name}_{stem}.png)" for stem in one.pictures]
    parts = [f"## {one.title}", one.about, f"    {one.command}", *drawn]
    if one.findings:
        cells = [[row[name].replace("|", r"\|") for name in ("expected", "seen", "reproduced")] for row in one.findings]
        rows = [" | ".join(row) for row in cells]
        parts.append("\n".join(["| expected | seen | reproduced? |", "|---|---|---|", *(f"| {row} |" for row in rows)]))
    return "\n\n".join(part for part in parts if part) + "\n"
