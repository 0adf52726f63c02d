"""The page of the published experiments: every one run as its named sweep, with its figure and its findings."""

from __future__ import annotations

import csv
import io
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from zerosweep import PROJECT
from zerosweep.config.words import read_words
from zerosweep.errors import RunsFailed, UserError
from zerosweep.tracking.record import Recorded, content, files, find, known_experiment
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

Seven published experiments on how training succeeds and fails, run here on MNIST, each by the one command above its figure. What was
published stands beside what was seen, and what does not come out says so. The thresholds stand in `src/zerosweep/sweep/findings/`, taken from
what was published; where one was set after a first look at results, its module says that. `make experiments` runs all of it and writes
this page; runs that are in the record already are not done again. On another processor numbers differ in their last digits, and where a
finding is on an edge that may decide it.
"""


@dataclass(frozen=True)
class Told:
    """A sweep on the page. title, about: from the head of its file. pictures: name -> PNG. findings: rows of its table."""

    name: str
    title: str
    about: str
    pictures: dict[str, bytes]
    findings: list[dict[str, str]]


def experiments(arguments: Sequence[str], folder: Path = PROJECT / "docs") -> str:
    """Run every experiment with these further settings, and write the page and its pictures into `folder`. What was found, in
    one line. Where a sweep did not end well, the page is left as it was, and that is a `RunsFailed`."""
    told = []
    for name in EXPERIMENTS:
        command = [sys.executable, "src/train.py", f"sweeps={name}", *arguments]
        print(f"\n{' '.join(['python', *command[1:]])}", flush=True)  # noqa: T201
        if subprocess.run(command, cwd=PROJECT, check=False).returncode:
            print(f"{name} did not end well: the page is left as it was", file=sys.stderr)  # noqa: T201
            raise RunsFailed
        told.append(tell(name, arguments))
    write(told, folder)
    rows = [row for one in told for row in one.findings]
    count = sum(row["reproduced"] == "yes" for row in rows)
    return f"{count} of {len(rows)} findings reproduced; {folder / 'experiments.md'}"


def tell(name: str, arguments: Sequence[str] = ()) -> Told:
    """What the latest summary of the named sweep has for the page."""
    words = read_words([one for one in arguments if one.startswith(("tracking.uri=", "tracking.experiment="))])
    client = open_store(store_uri(words.tracking.uri))
    query = f"tags.role = 'summary' and tags.sweep LIKE '{name}-%'"
    found: list[Recorded] = find(client, [known_experiment(client, words.tracking.experiment)], query, 1)
    if not found:
        raise UserError(f"sweeps={name}: no summary of it is in the store")
    run_id = found[0].run_id
    kept = sorted(files(client, run_id))
    drawn = {Path(path).stem: path for path in kept if path.startswith("figures/")}
    rows = (
        csv.DictReader(io.StringIO(content(client, run_id, "findings.csv").decode())) if "findings.csv" in kept else ()
    )
    pictures = {stem: content(client, run_id, drawn[stem]) for stem in PICTURES.get(name, drawn)}
    return Told(name, *head(name), pictures, list(rows))


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


def write(told: Sequence[Told], folder: Path) -> None:
    """The page `experiments.md` and its pictures, in a folder beside it."""
    pictures = folder / "experiments"
    pictures.mkdir(parents=True, exist_ok=True)
    for stale in pictures.glob("*.png"):
        stale.unlink()
    for one in told:
        for stem, png in one.pictures.items():
            if len(png) > LARGEST:
                raise UserError(f"{one.name}: its {stem} takes {len(png)} bytes; must be at most {LARGEST}")
            (pictures / f"{one.name}_{stem}.png").write_bytes(png)
    (folder / "experiments.md").write_text("\n".join([OPENING, *map(_section, told)]))


def _section(one: Told) -> str:
    drawn = [f"![{one.title}](experiments/{one.name}_{stem}.png)" for stem in one.pictures]
    parts = [f"## {one.title}", one.about, f"    python src/train.py sweeps={one.name}", *drawn]
    if one.findings:
        cells = [[row[name].replace("|", r"\|") for name in ("expected", "seen", "reproduced")] for row in one.findings]
        rows = [" | ".join(row) for row in cells]
        parts.append("\n".join(["| expected | seen | reproduced? |", "|---|---|---|", *(f"| {row} |" for row in rows)]))
    return "\n\n".join(part for part in parts if part) + "\n"
