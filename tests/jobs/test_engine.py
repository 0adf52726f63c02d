"""The engine: jobs start in order, as workers become free, and again after a loss."""

import threading
import time
from collections import Counter, deque
from concurrent.futures import Future
from dataclasses import asdict, replace

import pytest

from zerosweep.jobs import attempts, engine
from zerosweep.jobs.engine import Engine
from zerosweep.jobs.job import Outcome, TimedOut, WorkerDied
from zerosweep.tracking.claims import CLAIM, claim
from zerosweep.tracking.runlog import RunInfo, RunLog
from zerosweep.tracking.store import experiment_id, open_store

DONE, BUSY, RAISED = Outcome("finished"), Outcome("busy"), Outcome("failed", line="ValueError: no")
DIED, LATE = WorkerDied("its worker process died"), TimedOut("took too long")


class Supply:
    """Supply that gives fixed jobs in order and records every event."""

    def __init__(self, jobs):
        self.left, self.events = deque(jobs), []

    def next(self):
        return self.left.popleft() if self.left else None

    def started(self, job):
        self.events.append(("started", job.number))

    def retried(self, job, why):
        self.events.append(("retried", job.number, why))

    def waiting(self, job):
        self.events.append(("waiting", job.number))

    def done(self, job, outcome):
        self.events.append(("done", job.number, outcome.status))
        self.last = outcome


class Scripted:
    """Executor whose jobs end at once.

    Args:
        script: The results of a job's attempts, by the job's number. The last result repeats.
        workers: Number of workers.
    """

    def __init__(self, script, workers=1):
        self.script, self.workers, self.attempts = script, workers, Counter()

    def submit(self, job):
        results = self.script.get(job.number, [DONE])
        result = results[min(self.attempts[job.number], len(results) - 1)]
        self.attempts[job.number] += 1
        future = Future()
        if isinstance(result, Exception):
            future.set_exception(result)
        else:
            future.set_result(result)
        return future

    def close(self):
        pass


class Threads:
    """Executor that does each job in a thread. `most` is the largest number of jobs that ran at the same time."""

    def __init__(self, do, workers):
        self.do, self.workers = do, workers
        self.now = self.most = 0
        self._lock = threading.Lock()

    def submit(self, job):
        future = Future()
        threading.Thread(target=self._work, args=[job, future], daemon=True).start()
        return future

    def _work(self, job, future):
        with self._lock:
            self.now += 1
            self.most = max(self.most, self.now)
        outcome = self.do(job)
        with self._lock:
            self.now -= 1
        future.set_result(outcome)


@pytest.fixture
def job(jobs):
    return jobs(["trainer.iterations=1"])[0]


@pytest.fixture
def many(job):
    return [replace(job, number=number) for number in range(6)]


@pytest.fixture(autouse=True)
def _soon(monkeypatch):
    monkeypatch.setattr(engine, "POLL_SECONDS", 0.01)


@pytest.mark.parametrize(
    ("retries", "loss", "attempts"),
    [
        (None, DIED, 2),
        (None, LATE, 2),
        (None, RAISED, 1),
        (0, DIED, 1),
        (0, LATE, 1),
        (0, RAISED, 1),
        (2, DIED, 3),
        (2, LATE, 3),
        (2, RAISED, 3),
    ],
)
def test_what_always_fails_is_tried_as_often_as_it_may(retries, loss, attempts, job):
    supply, executor = Supply([job]), Scripted({0: [loss]})
    Engine(supply, executor, retries).run()
    why = loss.line if loss is RAISED else str(loss)
    tries = [("started", 0), ("retried", 0, why)] * attempts
    assert supply.events == [*tries[:-1], ("done", 0, "failed")]
    assert supply.last.line == why


def test_a_retry_that_comes_through_is_no_failure(job):
    supply = Supply([job])
    Engine(supply, Scripted({0: [DIED, DONE]})).run()
    assert supply.events[-1] == ("done", 0, "finished")


def test_each_job_has_its_own_retries(many):
    supply = Supply(many)
    Engine(supply, Scripted({number: [DIED, DONE] for number in range(6)}, workers=2)).run()
    assert Counter(event[0] for event in supply.events) == {"started": 12, "retried": 6, "done": 6}


def test_a_failure_costs_its_own_job_alone(many):
    supply = Supply(many)
    Engine(supply, Scripted({2: [RAISED], 4: [DIED]})).run()
    ended = {event[1]: event[2] for event in supply.events if event[0] == "done"}
    assert ended == {0: "finished", 1: "finished", 2: "failed", 3: "finished", 4: "failed", 5: "finished"}


def test_jobs_start_in_their_order(many):
    supply = Supply(many)
    Engine(supply, Scripted({}, workers=2)).run()
    assert [event[1] for event in supply.events if event[0] == "started"] == list(range(6))


def test_short_jobs_run_beside_a_long_one(many):
    short = threading.Semaphore(0)

    def do(job):
        if job.number:
            short.release()
            return DONE
        in_time = all(short.acquire(timeout=20) for _ in range(5))
        return DONE if in_time else RAISED

    supply = Supply(many)
    executor = Threads(do, workers=2)
    Engine(supply, executor).run()
    assert ("done", 0, "finished") in supply.events, "the others waited for the first"
    assert executor.most == 2


def test_workers_that_come_are_used_and_those_that_go_are_not(many):
    together = threading.Barrier(3)

    class Growing(Threads):
        def submit(self, job):
            self.workers = {0: 1, 1: 3, 2: 3, 3: 3, 4: 1, 5: 1}[job.number]
            return super().submit(job)

    def do(job):
        if job.number in (1, 2, 3):
            together.wait(timeout=20)
        return DONE

    supply = Supply(many)
    executor = Growing(do, workers=1)
    Engine(supply, executor).run()
    assert executor.most == 3
    assert {event[:2] for event in supply.events if event[0] == "done"} == {("done", number) for number in range(6)}


def test_a_supply_may_make_up_its_mind_later(many):
    class Hesitant(Supply):
        def next(self):
            waits = len(self.left) < 6 and ("done", 0, "finished") not in self.events
            return None if waits else super().next()

    supply = Hesitant(many)
    Engine(supply, Scripted({}, workers=3)).run()
    assert Counter(event[0] for event in supply.events) == {"started": 6, "done": 6}


def test_a_job_that_is_done_elsewhere_holds_no_worker(many, monkeypatch):
    monkeypatch.setattr(attempts, "claimed_elsewhere", lambda *_: ("done", 5, "finished") not in supply.events)
    supply = Supply(many)
    Engine(supply, Scripted({0: [BUSY, Outcome("cached")]})).run()
    assert supply.events[:2] == [("started", 0), ("waiting", 0)]
    assert supply.events[-2:] == [("started", 0), ("done", 0, "cached")]


def test_a_job_may_be_taken_by_others_again_and_again(job, monkeypatch):
    asked = Counter()

    def claimed(uri, *_):
        asked.update([uri])
        return asked[uri] % 3 != 0  # free each third time

    monkeypatch.setattr(attempts, "claimed_elsewhere", claimed)
    supply = Supply([job])
    Engine(supply, Scripted({0: [BUSY, BUSY, Outcome("cached")]})).run()
    assert supply.events == [("started", 0), ("waiting", 0)] * 2 + [("started", 0), ("done", 0, "cached")]
    assert asked.total() == 6


def test_what_others_give_up_is_done_here(job, monkeypatch):
    monkeypatch.setattr(attempts, "claimed_elsewhere", lambda *_: False)
    supply = Supply([job])
    Engine(supply, Scripted({0: [BUSY, DIED, DONE]})).run()
    assert supply.events[-1] == ("done", 0, "finished")


@pytest.fixture
def left_open(store, experiment, job):
    """Return a function that begins a run of the job and leaves it open, like a worker that dies."""

    def begin(**more):
        client = open_store(store)
        tags = {"role": "run", **asdict(job.identity)} | more.pop("tags", {})
        return client.create_run(experiment_id(client, store, experiment), tags=tags, **more).info.run_id

    return begin


def test_the_run_of_a_lost_worker_is_closed_and_says_why(job, left_open, store):
    runs = []

    class Losing(Scripted):
        def submit(self, job):
            runs.append(left_open())
            return super().submit(job)

    supply = Supply([job])
    Engine(supply, Losing({0: [DIED, LATE]})).run()
    first, second = (open_store(store).get_run(run_id) for run_id in runs)
    assert (first.info.status, first.data.tags["error"]) == ("KILLED", "its worker process died")
    assert (second.info.status, second.data.tags["error"]) == ("KILLED", "took too long")
    assert supply.last.run_id == second.info.run_id


def test_a_failure_is_told_with_its_run(job, store, experiment):
    class Raising(Scripted):
        def submit(self, job):
            time.sleep(0.01)  # MLflow's clock counts milliseconds
            with pytest.raises(ValueError, match="no"), RunLog(info) as self.kept:
                raise ValueError("no")
            return super().submit(job)

    info = RunInfo(store, experiment, "a run", {}, {"role": "run", **asdict(job.identity)})
    supply, executor = Supply([job]), Raising({0: [RAISED]})
    Engine(supply, executor).run()
    assert supply.last.run_id == executor.kept.run_id


OUT_OF_SIGHT = {CLAIM: "0123456789abcdef:5"}
"""The tags of a run whose owner is on another machine."""


def test_of_runs_out_of_sight_only_that_of_our_own_worker_is_closed(job, left_open, store):
    runs = []

    class Losing(Scripted):
        def submit(self, job):
            time.sleep(0.01)  # MLflow's clock counts milliseconds
            runs.append(left_open(tags=OUT_OF_SIGHT))
            runs.append(left_open(tags=OUT_OF_SIGHT | dict(job.tags)))
            return super().submit(job)

    Engine(Supply([job]), Losing({0: [DIED]}), retries=0).run()
    theirs, ours = (open_store(store).get_run(run_id) for run_id in runs)
    assert theirs.info.status == "RUNNING"
    assert (ours.info.status, ours.data.tags["error"]) == ("KILLED", "its worker process died")


def test_a_run_of_an_earlier_sweep_is_not_blamed(job, left_open, store):
    earlier = left_open(start_time=1000)
    supply = Supply([job])
    with claim(store, job.config.settings.tracking.experiment, asdict(job.identity)):
        Engine(supply, Scripted({0: [DIED]})).run()
    assert supply.last.run_id == ""
    assert open_store(store).get_run(earlier).info.status == "RUNNING"
