"""The slow imports that every worker needs. The fork server does them once, and workers are copies of the server."""

import sys
from types import TracebackType

from zerosweep import startup
from zerosweep.importing import exempt_from_collection

startup.begin_worker()
with exempt_from_collection():
    from zerosweep.config.schemas import register
    from zerosweep.jobs import worker  # noqa: F401
    from zerosweep.runs.sources import code_id
    from zerosweep.tracking.provenance import provenance
    from zerosweep.tracking.store import import_mlflow

    import_mlflow(deeply=True)
register()
code_id(), provenance()  # computed and cached now, so that they describe the sources that were just imported


def _report(kind: type[BaseException], error: BaseException, where: TracebackType | None) -> None:
    """Print an exception unless it means that the parent is gone or resources are used up: the parent reports those."""
    if not issubclass(kind, EOFError | OSError | MemoryError):
        sys.__excepthook__(kind, error, where)


sys.excepthook = _report
