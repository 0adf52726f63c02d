"""The session of a sweep: how it ends, whatever stops it."""

import pytest

from zerosweep.jobs import session
from zerosweep.jobs.display import Display, Tally
from zerosweep.jobs.job import Outcome


class Stopped:
    closed = False

    def close(self):
        self.closed = True


def test_a_store_that_takes_no_more_does_not_hide_what_failed(jobs, monkeypatch, capsys):
    (job,) = jobs(["seed=3"])
    display = Display(Tally("val/accuracy", True), 4)
    calls, workers = [], Stopped()

    def full(*_):
        calls.append(workers.closed)
        if workers.closed:
            raise OSError(28, "No space left on device")
        return []

    monkeypatch.setattr(session, "close_orphans", full)
    with pytest.raises(OSError, match="No space"), session.session(job.config.settings, workers, display, lambda: 3):
        display.done(job, Outcome("failed", "", line="OSError: No space left on device"))
    assert calls == [False, True]
    said = capsys.readouterr()
    assert "1 failed\n" in said.err
    assert "1 failed; " in said.out
    assert "stopped with 3 left" in said.out
