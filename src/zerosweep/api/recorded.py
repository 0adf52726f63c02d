"""A recorded run, with all that its record has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zerosweep.api.call import reading
from zerosweep.blas import one_thread
from zerosweep.config.keywords import value_of
from zerosweep.config.read import from_yaml, rebuilt
from zerosweep.config.schemas import Settings
from zerosweep.errors import UserError
from zerosweep.metrics import LINES
from zerosweep.nn.network import Network
from zerosweep.predictor import Predictor
from zerosweep.runs.predictor import recorded_predictor
from zerosweep.runs.run import DIAGNOSIS_PAGE
from zerosweep.tracking.curves import curves_of
from zerosweep.tracking.record import Recorded, by_id, content, files
from zerosweep.tracking.store import open_store, store_uri
from zerosweep.training.records import Evaluation, History

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from numpy.typing import NDArray
    from pandas import DataFrame

FIGURES = "figures/"
"""Folder of the figures among the artifacts."""


class Page(str):
    """Markdown, which a notebook shows as a page."""

    def _repr_markdown_(self) -> str:
        return str(self)


@dataclass(frozen=True)
class Picture:
    """A picture, which a notebook shows.

    Attributes:
        name: The name of the figure.
        png: The content of the PNG file.
    """

    name: str
    png: bytes

    def save(self, path: str | Path) -> None:
        """Write the picture to a PNG file."""
        Path(path).write_bytes(self.png)

    def _repr_png_(self) -> bytes:
        return self.png

    def __repr__(self) -> str:
        return f"Picture({self.name!r}, {len(self.png)} bytes)"


class Pictures(Mapping[str, Picture]):
    """Pictures of a run by name, each of which is read from the store when it is asked for."""

    def __init__(self, run: Run):
        self._run = run
        self._paths = {Path(path).stem: path for path in run.artifacts if path.startswith(FIGURES)}

    def __getitem__(self, name: str) -> Picture:
        return Picture(name, self._run.read(self._paths[name]))

    def __iter__(self) -> Iterator[str]:
        return iter(self._paths)

    def __len__(self) -> int:
        return len(self._paths)

    def __repr__(self) -> str:
        return f"<pictures: {', '.join(self) or 'none'}>"


class Run:
    """A run in the record. What it has in the store is read when it is asked for.

    Args:
        recorded: The run as the store describes it.
        uri: The URI of the store.
    """

    def __init__(self, recorded: Recorded, uri: str):
        self._recorded, self._uri = recorded, uri

    @classmethod
    def of(cls, run_id: str, uri: str | None = None) -> Run:
        """Return the recorded run with this id.

        Args:
            run_id: The id, such as one from the column `run_id` of `zs.runs()`.
            uri: The URI of the store; None for $MLFLOW_TRACKING_URI, or else mlruns/.

        Raises:
            UserError: The store has no such run.
        """
        with reading():
            uri = store_uri(uri)
            found = by_id(open_store(uri), run_id)
        if found is None:
            raise UserError(f"{run_id}: is no run of this store; must be a run id, as the column run_id of zs.runs()")
        return cls(found, uri)

    @property
    def run_id(self) -> str:
        """The run's id in MLflow."""
        return self._recorded.run_id

    @property
    def name(self) -> str:
        """The run's name: its overrides, unless `tracking.run_name` was set."""
        return self._recorded.name

    @property
    def status(self) -> str:
        """RUNNING, FINISHED, FAILED or KILLED."""
        return self._recorded.status

    @property
    def verdict(self) -> str:
        """learned, stuck, dying, diverged, ...; "" for a run without a verdict, as one that failed."""
        return self._recorded.verdict

    @property
    def params(self) -> dict[str, Any]:
        """Every setting by dotted name, and the chosen option of each config group by the name of the group."""
        return {name: value_of(text) for name, text in self._recorded.params.items()}

    @property
    def metrics(self) -> dict[str, float]:
        """The last value of each metric."""
        return dict(self._recorded.metrics)

    @property
    def tags(self) -> dict[str, str]:
        """The run's tags, without those of MLflow itself."""
        return dict(self._recorded.tags)

    @cached_property
    def settings(self) -> Settings:
        """The settings that the run was made with, as recipes: `run.settings.optimizer.lr`."""
        config, schemas = (from_yaml(self.read(f"config/{name}.yaml").decode()) for name in ("config", "schemas"))
        return rebuilt(config, schemas)

    @cached_property
    def curves(self) -> DataFrame:
        """A row for each step and a column for each metric; NaN where a metric was not measured at a step."""
        from pandas import DataFrame

        with reading():
            points = curves_of(open_store(self._uri), self._uri, [self.run_id], sorted(self._recorded.metrics))
        frame = DataFrame(points, columns=["run_id", "metric", "step", "value"])
        return frame.pivot_table("value", "step", "metric", aggfunc="last", sort=True).rename_axis(columns=None)

    @cached_property
    def artifacts(self) -> list[str]:
        """The paths of all files that the run has saved; `read` returns the content of one."""
        with reading():
            return sorted(files(open_store(self._uri), self.run_id))

    def read(self, path: str) -> bytes:
        """Return the content of one of the `artifacts`.

        Raises:
            UserError: The run has no such file.
        """
        if path not in self.artifacts:
            raise UserError(f"{path}: the run {self.run_id} has no such file; it has {', '.join(self.artifacts)}")
        with reading():
            return content(open_store(self._uri), self.run_id, path)

    @property
    def figures(self) -> Mapping[str, Picture]:
        """The figures that the run has drawn, by name, as pictures that a notebook shows."""
        return Pictures(self)

    @cached_property
    def diagnosis(self) -> Page | None:
        """The page about what went wrong, and what to try; None for a run that learned."""
        return Page(self.read(DIAGNOSIS_PAGE).decode()) if DIAGNOSIS_PAGE in self.artifacts else None

    @cached_property
    def predictor(self) -> Predictor:
        """The trained network with the preprocessing of its data, loaded from the record.

        Raises:
            UserError: The run has saved no network, as one of a surface or one that failed.
        """
        with reading():
            return recorded_predictor(self._uri, self.run_id)

    @property
    def network(self) -> Network:
        """The trained network."""
        return self.predictor.network

    def predict(self, inputs: Any) -> NDArray[Any]:
        """Return the class of each input, shape (n,).

        Args:
            inputs: Rows or images as they are in the data, before any scaling, in any shape that `predictor` accepts.

        Raises:
            UserError: The inputs have another shape or other values than the data.
        """
        with one_thread():
            return self.predictor.predict(inputs)

    def probabilities(self, inputs: Any) -> NDArray[Any]:
        """Return the probability of each class for each input, shape (n, classes); the inputs are those of `predict`.

        Raises:
            UserError: As for `predict`, or the network was trained with a loss without a softmax.
        """
        with one_thread():
            return self.predictor.probabilities(inputs)

    def plot(self, title: str = "") -> Figure:
        """Return the figure of the learning curves, which a notebook shows.

        Args:
            title: The title of the figure; "" for the run's name and verdict.
        """
        from zerosweep.figures.run import learning_curves

        curves = learning_curves.learning_curves(self._history())
        title = title or f"{self.name}: {self.verdict or self.status}"
        diverged = self.metrics.get("diverged_at")
        return learning_curves.draw(
            curves,
            title,
            per_epoch=self._recorded.per_epoch,
            diverged=None if diverged is None else int(diverged),
        )

    def _history(self) -> History:
        """Return the history that the curves were recorded from."""
        history, losses = History(), "train/loss"
        for step, row in self.curves.iterrows():
            measured = {str(name): float(value) for name, value in row.dropna().items()}
            if losses in measured:
                history.losses.append(measured.pop(losses))
            if measured:
                history.evaluations.append(Evaluation(int(str(step)), measured))
        return history

    def __repr__(self) -> str:
        shown = " ".join(f"{name}={self.metrics[name]:.4g}" for name in LINES if name in self.metrics)
        return f"<run {self.name!r} {self.verdict or self.status}: {shown or 'no metrics'}, {self.run_id}>"
