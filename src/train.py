"""Train one run, or many: `python src/train.py --help`."""

import sys

from zerosweep import startup

if __name__ == "__main__":
    startup.begin()

import hydra
from omegaconf import DictConfig

from zerosweep.cli.train import one_run
from zerosweep.config.command_line import program
from zerosweep.config.task_calls import trains
from zerosweep.jobs.executors.processes import prepare_ahead


@hydra.main(version_base="1.3", config_path="../conf", config_name="config")
@trains
def main(cfg: DictConfig) -> float:
    """Train the run that `cfg` describes and return its objective."""
    return one_run(cfg)


if __name__ == "__main__":
    with program():
        prepare_ahead(sys.argv[1:])
        main()
