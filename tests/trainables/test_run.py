"""A run of a trainable, in this process: what it records, however it ends."""

import math

import pytest

from zerosweep.errors import UserError
from zerosweep.tracking.record import content, curve, files
from zerosweep.tracking.store import open_store


@pytest.fixture
def recorded(store, runs):
    """Return a function that gives the only run, and one that reads a file of it."""

    def read():
        (run,) = runs()
        return run, lambda path: content(open_store(store), run.info.run_id, path).decode()

    return read


def test_a_run_lands_whole(trained, recorded, store):
    result = trained("task.rate=0.7", "seed=1")
    run, text = recorded()
    assert run.info.status == "FINISHED"
    assert {name: value for name, value in run.data.params.items() if name.startswith(("task", "seed"))} == {
        "task": "odd", "task.rate": "0.7", "task.mode": "fine", "task.steps": "8", "task.pause": "0.0",
        "task.folder": "here", "seed": "1",
    }  # fmt: skip
    assert not [name for name in run.data.params if name.partition(".")[0] in ("dataset", "optimizer", "trainer", "bn")]
    losses = [2 * math.exp(-0.7 * step) + 0.001 for step in range(1, 9)]
    client = open_store(store)
    assert curve(client, run.info.run_id, "train/loss") == (list(range(1, 9)), losses)
    assert curve(client, run.info.run_id, "gap") == (list(range(1, 9)), [loss**2 for loss in losses])
    assert run.data.metrics["time/steps"] == 8
    assert run.data.tags["verdict"] == "learned"
    assert run.data.tags["data_id"] == "v3"
    assert text("files/weights/last.txt") == str(losses[-1])
    assert result.objective == 1 - losses[-1] / 2
    assert result.line.startswith(f"learned: val/f1={result.objective:.4g} train/loss=")
    assert "weights.npz" not in list(files(client, run.info.run_id))


def test_a_loss_that_is_not_finite_is_a_verdict_and_closes_the_generator(trained, recorded, folder):
    result = trained("task.mode=diverges")
    run, _ = recorded()
    assert (run.info.status, run.data.tags["verdict"], run.data.tags["diverged_at"]) == ("FINISHED", "diverged", "3")
    assert math.isnan(result.objective)
    assert (folder / "ended.txt").read_text() == "diverges"


def test_an_error_fails_the_run_with_its_traceback(trained, recorded):
    with pytest.raises(ZeroDivisionError):
        trained("task.mode=raises")
    run, text = recorded()
    assert run.info.status == "FAILED"
    assert run.data.tags["error"] == "ZeroDivisionError: in step 3"
    assert 'raise ZeroDivisionError("in step 3")' in text("traceback.txt")
    assert run.data.metrics["train/loss"] == 2 * math.exp(-1.0)  # what it recorded before stays


def test_without_a_record_there_is_no_run(trained, runs):
    with pytest.raises(UserError, match="must yield at least one metric"):
        trained("task.mode=empty")
    assert runs() == []


def test_a_pruned_run_ends_in_its_finally(trained, recorded, folder):
    seen = []

    def watch(history):
        seen.append(history.steps)
        return "median" if history.steps == 3 else None

    assert trained(watch=watch).pruned
    run, _ = recorded()
    assert (run.info.status, run.data.tags["pruned"], run.data.metrics["time/steps"]) == ("FINISHED", "true", 3)
    assert run.data.tags["pruned_by"] == "median"
    assert seen == [1, 2, 3]
    assert (folder / "ended.txt").exists()


def test_a_run_is_not_pruned_at_its_last_step(trained, recorded):
    assert not trained("task.steps=2", watch=lambda history: "median" if history.steps == 2 else None).pruned
    run, text = recorded()
    assert "pruned" not in run.data.tags
    assert text("files/weights/last.txt")


def test_a_generator_that_goes_on_when_it_is_closed_fails(trained, recorded):
    with pytest.raises(RuntimeError, match="generator ignored GeneratorExit"):
        trained("task.mode=stubborn", watch=lambda _: "median")
    run, _ = recorded()
    assert run.info.status == "FAILED"


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_an_interrupted_run_is_killed_and_closes_the_generator(error, trained, recorded, folder):
    def watch(_):
        raise error

    with pytest.raises(error):
        trained(watch=watch)
    run, _ = recorded()
    assert run.info.status == "KILLED"
    assert (folder / "ended.txt").exists()


def test_an_objective_that_is_never_recorded_is_named_with_those_that_are(trained, recorded):
    result = trained("objective.metric=val/f2")
    assert math.isnan(result.objective)
    assert result.lacking == (
        "objective.metric=val/f2: is not measured in this run; must be one of train/loss, val/f1, gap; did you mean val/f1?"
    )
    assert recorded()[0].info.status == "FINISHED"
    assert trained().lacking is None


def test_data_that_are_not_there_are_one_line(odd, trained, runs):
    with pytest.raises(UserError, match=r"^Odd\.data_id: FileNotFoundError: .*no\.csv"):
        trained("task.mode='no data'")
    assert runs() == []
