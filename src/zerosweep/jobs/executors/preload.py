"""What every worker needs and takes long to import: a fork server imports it once, and the workers are copies of it."""

import sys
from types import TracebackType

from zerosweep.importing import exempt_from_collection, without_backend

without_backend()
with exempt_from_collection():
    from zerosweep.figures.run import registry  # noqa: F401
    from zerosweep.jobs import worker  # noqa: F401
    from zerosweep.runs.sources import code_id
    from zerosweep.tracking.provenance import provenance
    from zerosweep.tracking.store import import_mlflow

    import_mlflow(deeply=True)
code_id(), provenance()  # of now, when the sources are read; both are remembered


def _report(kind: type[BaseException], error: BaseException, where: TracebackType | None) -> None:
    """Leave it to the parent to notice, and to say, that this process could not go on: most often because the parent is gone."""
    if not issubclass(kind, EOFError | OSError | MemoryError):
        sys.__excepthook__(kind, error, where)


sys.excepthook = _report
