"""Data sets as MLflow knows them: the inputs of a run, for the column and the filter "Dataset" of its UI."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zerosweep.masking import masked

if TYPE_CHECKING:
    from mlflow import MlflowClient

LONGEST_DIGEST = 36
"""The largest number of characters of a digest that MLflow accepts."""


@dataclass(frozen=True)
class DatasetInfo:
    """The data of a run.

    Attributes:
        name: The name of the data set.
        data_id: The hash of its content, which is MLflow's digest.
        places: The settings that say where the data lie, by name; empty for data that are shipped with a library.
        facts: What holds for all runs with this data, such as the number of classes.
        splits: The number of rows of each split of the run: "train", "validation" and "test".
    """

    name: str
    data_id: str
    places: Mapping[str, Any]
    facts: Mapping[str, Any]
    splits: Mapping[str, int]

    @property
    def sizes(self) -> str:
        """The splits that have rows, as text: "1257 train, 180 validation, 360 test"."""
        return ", ".join(f"{rows} {split}" for split, rows in self.splits.items() if rows)


def log_dataset(client: MlflowClient, run_id: str, data: DatasetInfo) -> None:
    """Make a data set an input of a run, with its splits as the context.

    MLflow keeps one data set for each name and digest of an experiment. So its profile has what is equal in all runs,
    and the sizes of the splits, which differ from run to run, are tags of the input.
    """
    from mlflow.entities import Dataset, DatasetInput, InputTag

    used = [split for split, rows in data.splits.items() if rows] or ["train"]
    tags = [InputTag("mlflow.data.context", ", ".join(used))]
    tags += [InputTag(f"{split}_rows", str(rows)) for split, rows in data.splits.items()]
    place = {"uri": masked(str(next(iter(data.places.values()))))} if data.places else {"tags": {"name": data.name}}
    kind = "local" if data.places else "code"
    dataset = Dataset(
        name=data.name,
        digest=data.data_id[:LONGEST_DIGEST],
        source_type=kind,
        source=json.dumps(place),
        profile=json.dumps(dict(data.facts)) if data.facts else None,
    )
    client.log_inputs(run_id, [DatasetInput(dataset, tags)])
