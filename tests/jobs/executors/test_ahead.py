"""The server of the workers starts ahead for a sweep on this machine, and for no other command."""

import pytest

from zerosweep.jobs.executors import processes


@pytest.mark.parametrize(
    ("line", "ahead"),
    [
        ("-m seed=1,2", True),
        ("--multirun seed=1,2", True),
        ("sweeps=optimizers hydra.launcher.workers=3", True),
        ("optimizer=adam", False),
        ("-m seed=1,2 plan=true", False),
        ("-m seed=1,2 hydra/launcher=dask", False),
        ("-m seed=1,2 --cfg job", False),
        ("-m seed=1,2 -c job", False),
        ("sweeps=optimizers --help", False),
        ("-m seed=1,2 +hydra.job.env_set.MNIST_DIR=data", False),
        ("", False),
    ],
)
def test_the_server_starts_ahead_for_a_sweep_on_this_machine(monkeypatch, line, ahead):
    started = []
    monkeypatch.setattr(processes, "prepare", lambda: started.append("server"))
    monkeypatch.setattr(processes.atexit, "register", started.append)
    processes.prepare_ahead(line.split())
    assert started == (["server", processes.stop] if ahead else [])
