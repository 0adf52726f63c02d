"""The comment at the head of a sweep's file: its title, and what the sweep is about."""

from __future__ import annotations

from pathlib import Path

from omegaconf import DictConfig

from zerosweep.places import SWEEPS

LONGEST = 100
"""Largest number of characters of a title. A longer paragraph at the head of a file is no title."""


def head(text: str) -> tuple[str, str]:
    """Return the title and the text of the comment at the head of a sweep's file, "" where there is none.

    The title is the first paragraph, if it is one short line.

    >>> head("# @package _global_\\n# Two rates\\n#\\n# The larger one diverges.\\nseed: 1")
    ('Two rates', 'The larger one diverges.')

    Args:
        text: The content of the file.
    """
    lines = text.splitlines()
    comments = []
    for line in lines[1:] if lines and lines[0].startswith("# @package") else lines:
        if not line.startswith("#"):
            break
        comments.append(line.removeprefix("#").strip())
    comment = "\n".join(comments).strip()
    title, _, about = comment.partition("\n\n")
    return (title, about.strip()) if "\n" not in title and len(title) <= LONGEST else ("", comment)


def head_of(name: str) -> tuple[str, str]:
    """Return the title and the text of the comment at the head of one of the project's own sweeps."""
    return head((SWEEPS / f"{name}.yaml").read_text())


def sweep_title(config: DictConfig) -> str:
    """Return the title in the head of a command's named sweep; "" without a named sweep or a title.

    Args:
        config: The composed configuration of the command.
    """
    name = config.hydra.runtime.choices.get("sweeps")
    if name is None:
        return ""
    folders = [Path(source.path, "sweeps") for source in config.hydra.runtime.config_sources if source.schema == "file"]
    found = [file for folder in [*folders, SWEEPS] if (file := folder / f"{name}.yaml").is_file()]
    return head(found[0].read_text())[0] if found else ""
