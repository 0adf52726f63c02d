"""The program `zerosweep`, and `python -m zerosweep`: its commands are the modules of `zerosweep.cli`."""

from __future__ import annotations

import sys
from importlib import import_module

from zerosweep import startup

COMMANDS = {
    "train": "train one run, a sweep or a search; train --help explains every setting",
    "compare": "compare recorded runs; compare --help shows examples",
    "experiments": "run the published experiments, and write docs/experiments.md",
    "ui": "show the runs in MLflow's UI",
}
"""What each command does."""


def usage() -> str:
    """Return the text of `zerosweep --help`."""
    return "\n".join(["usage: zerosweep COMMAND ...\n", *(f"  {name:<12} {text}" for name, text in COMMANDS.items())])


def main() -> None:
    """Run the command that the first argument names."""
    startup.begin()
    from zerosweep.errors import suggestion

    name = sys.argv[1] if len(sys.argv) > 1 else "--help"
    if name in ("-h", "--help"):
        print(usage())  # noqa: T201
    elif name == "--version":
        from importlib.metadata import version

        print(f"zerosweep {version('zerosweep')}")  # noqa: T201
    elif name not in COMMANDS:
        allowed = f"must be one of {', '.join(COMMANDS)}{suggestion(name, COMMANDS)}"
        print(f"{name}: no such command; {allowed}", file=sys.stderr)  # noqa: T201
        sys.exit(2)
    else:
        sys.argv[:2] = [f"zerosweep {name}"]
        import_module(f"zerosweep.cli.{name}").main()


if __name__ == "__main__":
    main()
