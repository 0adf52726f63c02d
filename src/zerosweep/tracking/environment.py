"""Environment variables of MLflow that its own client follows, and that this program follows too."""

from __future__ import annotations

import os
from functools import cache
from importlib.util import find_spec

from zerosweep.errors import SettingError, UserError

NAME, ID, SYSTEM_METRICS = "MLFLOW_EXPERIMENT_NAME", "MLFLOW_EXPERIMENT_ID", "MLFLOW_ENABLE_SYSTEM_METRICS_LOGGING"

DEFAULT = "zerosweep"
"""Name of the experiment where neither a setting nor the environment names one."""

WORDS = {"true": True, "1": True, "false": False, "0": False, "": False}
"""The values of a switch, in any case."""


def default_experiment(uri: str | None) -> str:
    """Return the name of the experiment where no setting names one.

    It is $MLFLOW_EXPERIMENT_NAME, else that of the experiment with the id $MLFLOW_EXPERIMENT_ID, else `DEFAULT`.

    Args:
        uri: The value of `tracking.uri`. The store is opened only to look up an id.

    Raises:
        UserError: The store has no experiment with this id, or it has another name than the environment says.
    """
    name, identifier = os.environ.get(NAME), os.environ.get(ID)
    if not identifier:
        return name or DEFAULT
    from zerosweep.tracking.store import store_uri  # only now: every command imports this module

    found = _name_of(store_uri(uri), identifier)
    if name and name != found:
        raise UserError(f"{ID}={identifier}: is the experiment {found}, but {NAME} is {name}; unset one of them")
    return found


@cache
def _name_of(uri: str, identifier: str) -> str:
    """Return the name of the experiment with this id."""
    from zerosweep.tracking.store import import_mlflow, open_store

    import_mlflow()
    from mlflow.exceptions import MlflowException

    try:
        return str(open_store(uri).get_experiment(identifier).name)
    except MlflowException as error:
        if error.error_code not in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
            raise
        raise SettingError(ID, identifier, "must be the id of an experiment in this store") from None


def system_metrics_wanted() -> bool:
    """Return whether $MLFLOW_ENABLE_SYSTEM_METRICS_LOGGING asks for the load of the machine as metrics of each run.

    Raises:
        SettingError: It is neither true nor false, or psutil is missing, with which MLflow measures them.
    """
    value = os.environ.get(SYSTEM_METRICS, "")
    if value.lower() not in WORDS:
        raise SettingError(SYSTEM_METRICS, value, "must be true or false")
    wanted = WORDS[value.lower()]
    if wanted and find_spec("psutil") is None:
        raise SettingError(SYSTEM_METRICS, value, "needs psutil, which is not installed: pip install psutil")
    return wanted
