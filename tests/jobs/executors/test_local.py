"""Worker processes on this machine: reused, replaced, stopped."""

import ctypes
import os
import random
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import psutil
import pytest
from tests.conftest import PROJECT
from tests.sweeps import descendants, end, gone, wait_for

from zerosweep.jobs.executors import processes
from zerosweep.jobs.executors.local import LocalExecutor, Workers
from zerosweep.jobs.job import Job, Outcome, TimedOut, WorkerDied
from zerosweep.jobs.worker import ended_by_sigterm


@dataclass(frozen=True)
class Named:
    """The part of a configuration that a stand-in reads."""

    name: str


def act(job):
    """Stand-in for a run in the workers; the job's label says what it does."""
    word, _, rest = job.label.partition(" ")
    with ended_by_sigterm():
        match word:
            case "sleep":
                Path(rest).write_text(str(os.getpid()))
                time.sleep(600)
            case "wait":
                begun, end = map(Path, rest.split())
                begun.touch()
                while not end.exists():
                    time.sleep(0.01)
            case "exit":
                os._exit(int(rest))
            case "crash":
                ctypes.string_at(0)
    return Outcome("finished", line=str(os.getpid()))


@pytest.fixture
def executor():
    """Return a function that makes an executor whose workers call `act`."""
    made = []

    def make(**settings):
        made.append(LocalExecutor(Workers(**settings), act))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def sleeping(tmp_path):
    """Return a function that starts a sleeping job on an executor, and returns its future and its worker."""

    def begin(executor, name="asleep"):
        file = tmp_path / name
        future = executor.submit(job(f"sleep {file}"))
        return future, psutil.Process(int(wait_for(lambda: file.exists() and file.read_text())))

    return begin


def job(label="pid"):
    return Job(0, Named(label), None, 0)


def pid(future):
    return int(future.result(120).line)


def test_a_worker_takes_one_job_after_another(executor):
    one = executor(workers=1)
    assert len({pid(one.submit(job())) for _ in range(20)}) == 1


@pytest.mark.slow
def test_a_worker_whose_job_was_lost_is_replaced(executor, sleeping):
    one = executor(workers=1)
    future, worker = sleeping(one)
    worker.kill()
    with pytest.raises(WorkerDied, match=r"its worker process died \(signal SIGKILL\)"):
        future.result(120)
    assert pid(one.submit(job())) != worker.pid


@pytest.mark.slow
def test_the_loss_of_a_worker_costs_the_others_nothing(executor, sleeping):
    two = executor(workers=2)
    first, worker = sleeping(two)
    other = pid(two.submit(job()))
    worker.kill()
    assert pid(two.submit(job())) == other
    with pytest.raises(WorkerDied):
        first.result(120)
    assert pid(two.submit(job())) == other


@pytest.mark.slow
@pytest.mark.parametrize(("label", "says"), [("exit 3", "exit code 3"), ("crash", "signal SIGSEGV")])
def test_a_worker_that_ends_by_itself_is_a_loss_too(label, says, executor):
    with pytest.raises(WorkerDied, match=says):
        executor(workers=1).submit(job(label)).result(120)


@pytest.mark.slow
def test_a_worker_that_dies_with_nothing_to_do_costs_nothing(executor):
    one = executor(workers=1)
    worker = psutil.Process(pid(one.submit(job())))
    worker.kill()
    wait_for(lambda: not worker.is_running() or worker.status() == psutil.STATUS_ZOMBIE)
    assert pid(one.submit(job())) != worker.pid


@pytest.mark.long
@pytest.mark.slow
def test_a_worker_that_has_been_dead_for_a_while_costs_nothing(executor):
    one = executor(workers=1)
    worker = psutil.Process(pid(one.submit(job())))
    worker.kill()
    time.sleep(1)  # until its pool knows
    assert pid(one.submit(job())) != worker.pid


@pytest.mark.slow
def test_a_job_that_takes_too_long_is_stopped(executor, sleeping):
    one = executor(workers=1, timeout=0.5)
    future, worker = sleeping(one)
    with pytest.raises(TimedOut, match=r"longer than hydra.launcher.timeout=0.5 seconds"):
        future.result(120)
    assert gone([worker])
    assert pid(one.submit(job())) != worker.pid


@pytest.mark.slow
def test_time_in_which_a_worker_waits_for_work_does_not_count(executor):
    one = executor(workers=1, timeout=0.5)
    first = pid(one.submit(job()))
    time.sleep(1)
    assert pid(one.submit(job())) == first


@pytest.mark.slow
def test_closing_stops_workers_busy_and_idle(executor, sleeping):
    three = executor(workers=3)
    idle = psutil.Process(pid(three.submit(job())))
    (_, busy), (_, also_busy) = sleeping(three, "one"), sleeping(three, "two")
    three.close()
    assert gone([idle, busy, also_busy], seconds=1)


@pytest.mark.long
@pytest.mark.slow
def test_closing_again_does_no_harm(executor, sleeping):
    one = executor(workers=1)
    sleeping(one)
    one.close()
    one.close()


@pytest.mark.slow
def test_a_worker_ends_by_sigterm_and_not_by_ctrl_c(executor, sleeping):
    one = executor(workers=1)
    future, worker = sleeping(one)
    worker.send_signal(signal.SIGINT)
    time.sleep(0.3)
    assert worker.is_running() and not future.done()
    worker.terminate()
    with pytest.raises(WorkerDied):
        future.result(120)


@pytest.mark.slow
def test_without_the_fork_server_jobs_come_through(executor):
    one = executor(workers=1)
    psutil.Process(pid(one.submit(job()))).parent().kill()
    assert wait_for(lambda: comes_through(one), seconds=30)
    assert wait_for(lambda: comes_through(one), seconds=30)


@pytest.mark.slow
def test_closing_ends_a_worker_that_has_lost_its_fork_server(executor, sleeping):
    one = executor(workers=1)
    future, worker = sleeping(one)
    worker.parent().kill()
    one.close()
    assert gone([worker])
    with pytest.raises(WorkerDied):
        future.result(120)


@pytest.mark.slow
def test_the_fork_server_takes_no_job_along(executor, tmp_path):
    one = executor(workers=1)
    worker = psutil.Process(pid(one.submit(job())))
    begun, end = tmp_path / "begun", tmp_path / "end"
    future = one.submit(job(f"wait {begun} {end}"))
    wait_for(begun.exists)
    worker.parent().kill()
    end.touch()
    assert pid(future) == worker.pid


def comes_through(executor):
    """Return the process id of the worker of a new job, or None if the job lost its worker."""
    try:
        return pid(executor.submit(job()))
    except WorkerDied:
        return None


PARENT = """
import time
from zerosweep.jobs.executors import local
from zerosweep.jobs.executors.settings import Workers

if __name__ == "__main__":
    executor = local.LocalExecutor(local.Workers(workers=2), time.sleep)
    long, short = executor.submit(600), executor.submit(0)
    short.result()
    print("one is idle, one is busy", flush=True)
    long.result()
"""


@pytest.mark.slow
def test_workers_end_with_their_parent(tmp_path):
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    parent = subprocess.Popen(
        [sys.executable, str(script)], env=os.environ | {"PYTHONPATH": str(PROJECT / "src")},
        stdout=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    try:
        assert parent.stdout.readline()
        children = descendants(parent)
        assert len(children) == 4  # two workers, the fork server, and the tracker of its semaphores
        parent.kill()
        assert gone(children)
    finally:
        end(parent)


@pytest.fixture
def runs_of_its_own(monkeypatch):
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    one = LocalExecutor(Workers(workers=1))
    yield one
    one.close()


@pytest.mark.slow
def test_a_run_says_nothing_but_in_its_log(jobs, runs_of_its_own, tmp_path, capfd):
    (trained,) = jobs(["trainer.iterations=2", "tracking.figures=false"])
    outcome = runs_of_its_own.submit(trained).result(120)
    assert outcome.status == "finished"
    assert outcome.line in (tmp_path / "logs" / "0" / "run.log").read_text()
    assert capfd.readouterr() == ("", "")


@pytest.mark.slow
def test_a_run_that_raises_is_an_outcome_and_its_traceback_is_in_the_log(jobs, runs_of_its_own, tmp_path, capfd):
    (job,) = jobs(["trainer.iterations=2"])
    of_other_sources = replace(job, identity=replace(job.identity, code_id="0"))
    outcome = runs_of_its_own.submit(of_other_sources).result(120)
    assert (outcome.status, outcome.line) == (
        "failed",
        "the sources here are not those that the sweep was planned with; start it again",
    )
    assert "Traceback" in (tmp_path / "logs" / "0" / "run.log").read_text()
    assert capfd.readouterr() == ("", "")


@pytest.mark.slow
def test_a_worker_refuses_other_data_than_the_sweep_was_planned_with(jobs, runs_of_its_own, runs):
    (job,) = jobs(["trainer.iterations=2"])
    with_other_data = replace(job, identity=replace(job.identity, data_id="0"))
    outcome = runs_of_its_own.submit(with_other_data).result(120)
    assert (outcome.status, outcome.line) == (
        "failed",
        "the data here are not those that the sweep was planned with; start it again",
    )
    assert runs() == []


@pytest.mark.slow
def test_a_worker_that_is_killed_as_it_gets_a_job_is_replaced(executor):
    one = executor(workers=1)
    for moment in range(12):
        worker = psutil.Process(pid(one.submit(job())))
        killing = threading.Timer(moment / 4000, worker.kill)
        killing.start()
        time.sleep(random.Random(moment).random() / 300)
        future = one.submit(job())
        killing.join()
        with suppress(WorkerDied):  # where it had taken the job
            assert future.result(120)


FEW = """
import os, resource
from acting import act
from zerosweep.jobs.executors import local

if __name__ == "__main__":
    executor = local.LocalExecutor(local.Workers(workers=30), act)
    executor.submit(0).result()
    used = len(os.listdir("/proc/self/fd"))
    resource.setrlimit(resource.RLIMIT_NOFILE, (used + 20, used + 20))
    futures = [executor.submit(number) for number in range(30)]
    workers = {future.result() for future in futures}
    print(1 < len(workers) <= executor.workers < 30)
    executor.close()
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="counts file descriptors in /proc")
def test_with_too_few_file_descriptors_there_are_fewer_workers_and_no_job_is_lost(tmp_path):
    acting = "import os, time\n\ndef act(job):\n    time.sleep(0.2)\n    return os.getpid()\n"
    (tmp_path / "acting.py").write_text(acting)  # workers do not import the main module
    assert script(FEW, tmp_path) == "True\n"


SEMAPHORES = """
import os
from multiprocessing import resource_tracker
from zerosweep.jobs.executors import local

registered = []
resource_tracker.register = resource_tracker._resource_tracker.register = lambda *what: registered.append(what)
if __name__ == "__main__":
    executor = local.LocalExecutor(local.Workers(workers=2), str)
    print([future.result() for future in [executor.submit(1), executor.submit(2)]], registered)
    executor.close()
"""


@pytest.mark.long
@pytest.mark.slow
def test_no_semaphore_is_made_that_a_killed_process_would_leave(tmp_path):
    assert script(SEMAPHORES, tmp_path) == "['1', '2'] []\n"


@pytest.mark.slow
@pytest.mark.skipif(processes.METHOD != "forkserver", reason="this platform has no fork server")
def test_the_private_names_of_the_fork_server_are_there_and_end_it(executor):
    processes.prepare()
    server = processes._server
    process = psutil.Process(server._forkserver_pid)
    processes.stop()
    assert gone([process])
    assert server._forkserver_pid is None
    processes.stop()  # does no harm where there is none
    assert pid(executor(workers=1).submit(job())) != process.pid
    assert server._forkserver_pid not in (None, process.pid)


INTERRUPTED = """
import os, signal, threading, time
from zerosweep import interruption
from zerosweep.jobs.executors import processes

for moment in range(20):
    interruption._asked = None
    interruption.install()
    processes.prepare()
    ctrl_c = threading.Timer(moment / 5000, os.kill, [os.getpid(), signal.SIGINT])
    try:
        ctrl_c.start()
        processes.stop()
        ctrl_c.join()
        time.sleep(0.1)
    except KeyboardInterrupt:
        processes.stop()
print("stopped")
"""


def test_a_fork_server_whose_end_is_interrupted_can_be_ended_again(tmp_path):
    assert script(INTERRUPTED, tmp_path) == "stopped\n"


def script(text, folder):
    """Run the program and return its output, stdout and stderr together."""
    (folder / "script.py").write_text(text)
    environment = os.environ | {"PYTHONPATH": str(PROJECT / "src")}
    command = [sys.executable, str(folder / "script.py")]
    return subprocess.run(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300, check=False
    ).stdout
