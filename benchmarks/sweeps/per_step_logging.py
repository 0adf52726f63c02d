"""A sweep in the style of project templates: Hydra's launcher around a program that logs each metric at once.

    python benchmarks/sweeps/per_step_logging.py -m hydra/sweeper=basic hydra/launcher=basic seed=0,1,2

The settings, the network and the training loop are zerosweep's, so only the program around them differs from its sweep.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[2] / "src")

import hydra  # noqa: E402
import mlflow  # noqa: E402
from omegaconf import DictConfig, OmegaConf  # noqa: E402

from zerosweep.config.read import to_settings  # noqa: E402
from zerosweep.config.schemas import register  # noqa: E402
from zerosweep.runs.assemble import assemble  # noqa: E402
from zerosweep.training.loop import train  # noqa: E402
from zerosweep.training.records import Evaluation, Step  # noqa: E402

register()


@hydra.main(version_base="1.3", config_path="../../conf", config_name="config")
def main(cfg: DictConfig) -> float:
    settings, accuracy = to_settings(cfg), 0.0
    problem = assemble(settings)
    mlflow.set_experiment("per-step")
    with mlflow.start_run():
        mlflow.log_params({f"{group}.{name}": value for group in cfg for name, value in parameters(cfg[group]).items()})
        mlflow.log_dict(OmegaConf.to_container(cfg, resolve=True), "config.yaml")
        for record in train(problem, settings.optimizer, settings.schedule, settings.trainer):
            match record:
                case Step():
                    mlflow.log_metric("train/loss", record.loss, step=record.step)
                case Evaluation():
                    mlflow.log_metrics(record.metrics, step=record.step)
                    accuracy = record.metrics["val/accuracy"]
    return accuracy


def parameters(node: object) -> dict[str, object]:
    """Return the settings of a group by name; a setting of the top level is called "value"."""
    return dict(node) if isinstance(node, DictConfig) else {"value": node}


if __name__ == "__main__":
    main()
