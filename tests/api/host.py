"""A program that uses the package, as somebody else's: it prints what a call has changed in its process.

`python host.py import` looks at the import alone; `python host.py run` and `... sweep` at calls.
"""

import gc
import logging
import multiprocessing
import os
import random
import signal
import sys
import tempfile
import threading
import warnings
from multiprocessing import forkserver
from pathlib import Path


def general():
    """What a process has without any package."""
    known = logging.Logger.manager.loggerDict
    loggers = {name: each for name, each in known.items() if isinstance(each, logging.Logger)}
    umask = os.umask(0)
    os.umask(umask)
    return {
        "environment": dict(os.environ),
        "signal handlers": {number: signal.getsignal(number) for number in signal.valid_signals()},
        "blocked signals": signal.pthread_sigmask(signal.SIG_BLOCK, []),
        "root logger": (logging.root.level, list(logging.root.handlers)),
        "record factory": logging.getLogRecordFactory(),
        "logging disabled": logging.root.manager.disable,
        "loggers": {name: (each.level, list(each.handlers), each.disabled) for name, each in loggers.items()},
        "garbage collector": (gc.isenabled(), gc.get_threshold(), gc.get_freeze_count()),
        "warnings": list(warnings.filters),
        "temporary folder": tempfile.tempdir,
        "path": list(sys.path),
        "start method": multiprocessing.get_start_method(allow_none=True),
        "fork server": dict(vars(forkserver._forkserver)),
        "hooks": (sys.excepthook, threading.excepthook, sys.displayhook),
        "umask": umask,
        "folder": Path.cwd(),
        "streams": (sys.stdin, sys.stdout, sys.stderr),
        "random numbers": random.getstate(),
        "main module": sys.modules["__main__"],
        "arguments": list(sys.argv),
    }


def of_packages():
    """What a process has with the packages that ours uses, and that a host may use too."""
    import matplotlib
    import numpy as np
    import omegaconf
    import threadpoolctl
    import tqdm
    from hydra._internal.config_loader_impl import ConfigLoaderImpl
    from hydra.core.global_hydra import GlobalHydra
    from hydra.core.hydra_config import HydraConfig
    from hydra.core.utils import JobRuntime
    from hydra.version import VersionBase
    from omegaconf.basecontainer import BaseContainer

    return {
        "BLAS threads": [library["num_threads"] for library in threadpoolctl.threadpool_info()],
        "NumPy's errors": np.geterr(),
        "NumPy's random numbers": np.random.get_state()[1].tolist(),  # noqa: NPY002
        "Matplotlib's backend": matplotlib.get_backend(auto_select=False),
        "Matplotlib": {name: value for name, value in dict.items(matplotlib.rcParams) if name != "backend"},
        "Hydra's state": (
            GlobalHydra.instance().hydra,
            HydraConfig.instance().cfg,
            VersionBase.instance().version_base,
        ),
        "Hydra's job": dict(JobRuntime.instance().conf),
        "Hydra's loader": ConfigLoaderImpl.load_configuration,
        "resolvers": dict(BaseContainer._resolvers),
        "to_yaml": omegaconf.OmegaConf.to_yaml,
        "tqdm": getattr(tqdm.tqdm, "_lock", None),
    }


def act(what):
    import zerosweep as zs

    quick = {"trainer": {"iterations": 5}, "tracking": {"experiment": sys.argv[2]}}
    if what == "run":
        zs.run(quick).plot()
    elif what == "sweep":
        zs.sweep(quick, seed=range(2), progress=False).plot()
    elif what == "search":
        zs.search({"optimizer.lr": zs.log(0.01, 1)}, quick, n_trials=2, progress=False).plot()


def host():
    """Set up the process as a host may have done."""
    import hydra
    import matplotlib.figure
    import mlflow
    import mlflow.store.tracking.sqlalchemy_store
    import omegaconf
    import optuna
    import pandas
    import scipy.stats
    import sklearn.datasets
    import threadpoolctl
    import tqdm

    used = (hydra, matplotlib.figure, mlflow, optuna, pandas, scipy.stats, sklearn.datasets)
    signal.signal(signal.SIGTERM, lambda *_: None)
    logging.basicConfig(level=logging.DEBUG, filename=os.devnull)
    logging.getLogger("mlflow").setLevel(logging.DEBUG)
    logging.getLogger("optuna").setLevel(logging.DEBUG)
    threadpoolctl.threadpool_limits(2)
    warnings.simplefilter("error", RuntimeWarning)
    omegaconf.OmegaConf.register_new_resolver("project", lambda: "the host's")
    forkserver.set_forkserver_preload(["json"])
    tqdm.tqdm.get_lock()
    tempfile.gettempdir()  # which is remembered at its first use
    return used


if __name__ == "__main__":
    if sys.argv[1] == "import":
        before = general()
        import zerosweep
        import zerosweep as zs

        assert sorted(zerosweep.__all__) == sorted(name for name in zerosweep.__all__ if name in dir(zs))
        print("numpy" in sys.modules)  # noqa: T201
        after = general()
    else:
        host()
        act("import")
        before = general() | of_packages()
        act(sys.argv[1])
        after = general() | of_packages()
        after["loggers"] = {name: each for name, each in after["loggers"].items() if name in before["loggers"]}
    print([(name, before[name], after[name]) for name in before if before[name] != after[name]])  # noqa: T201
