"""A sweep as templates have it: Hydra around the program, MLflow inside of it, a metric logged whenever there is one.

    python benchmarks/sweeps/per_step_logging.py -m hydra/sweeper=basic hydra/launcher=basic seed=0,1,2

The settings, the network and the training loop are ours, so that all that differs from our sweep is what is around them.
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
    return dict(node) if isinstance(node, DictConfig) else {"value": node}


if __name__ == "__main__":
    main()
