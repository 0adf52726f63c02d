"""Training without a record."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from zerosweep import interruption
from zerosweep.api.call import doing
from zerosweep.blas import one_thread
from zerosweep.config.read import Config
from zerosweep.runs.assemble import assemble, validate
from zerosweep.runs.assemble import records as records_of
from zerosweep.training import records
from zerosweep.training.verdict import verdict

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class History(records.History):
    """All records of a training, in columns; see `zerosweep.training.records.History`."""

    @property
    def verdict(self) -> str:
        """The verdict of the training, such as "learned"."""
        return verdict(self)

    def plot(self, title: str = "") -> Figure:
        """Return the figure of the learning curves, which a notebook shows.

        Args:
            title: The title of the figure; "" for the verdict.
        """
        from zerosweep.figures.run import learning_curves

        diverged = self.diverged.step if self.diverged else None
        return learning_curves.draw(learning_curves.learning_curves(self), title or self.verdict, diverged=diverged)


def train(config: Config) -> History:
    """Train one run without recording it: no store, no files.

    Args:
        config: The configuration, as `compose` returns it.

    Raises:
        SettingError: The settings cannot be trained.

    >>> import io, zerosweep as zs
    >>> history = zs.train(zs.compose("optimizer=adam", trainer={"iterations": 20}))
    >>> len(history.losses), history.losses[-1] < history.losses[0]
    (20, True)
    >>> history.verdict
    'learned'
    >>> history.plot().savefig(io.BytesIO())
    """
    settings = config.settings
    with doing(config.overrides), one_thread():
        validate(settings)
        problem = assemble(settings)
        history = History.of(problem)
        with closing(records_of(settings, problem)) as training:
            for record in training:
                interruption.check()
                history.add(record)
    return history
