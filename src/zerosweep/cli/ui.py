"""`zerosweep ui`: MLflow's UI on this folder's runs."""

from __future__ import annotations

import argparse
import os

from zerosweep.config.command_line import orderly


def main() -> None:
    """Become MLflow's server of the store that $MLFLOW_TRACKING_URI names, or else of mlruns/."""
    parser = argparse.ArgumentParser(prog="zerosweep ui", description=__doc__)
    parser.add_argument("--port", type=int, default=5000, help="port on this machine (default: %(default)s)")
    port = parser.parse_args().port
    with orderly():
        from zerosweep.tracking.ui import links, ui_command

        command, environment = ui_command(port)
        print("\n".join([*links(port), "stop with Ctrl-C"]), flush=True)  # noqa: T201
    os.execvpe(command[0], command, os.environ | environment)
