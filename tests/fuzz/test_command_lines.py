"""Right, nearly right and wrong command lines either have their effect or are refused in a few lines."""

from __future__ import annotations

import re

import pytest
from hypothesis import strategies as st
from tests.fuzz import grammar
from tests.fuzz.effects import without_effect
from tests.fuzz.harness import confirmed, judged, noted, pressed

from zerosweep.tracking.store import open_store

PLACES = ["hydra.run.dir=logs", "hydra.sweep.dir=logs/sweep"]

SHORT = ["trainer.iterations=1", "tracking.figures=false"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "examples", [pytest.param(8, id="some"), pytest.param(50, id="many", marks=[pytest.mark.slow, pytest.mark.long])]
)
def test_a_run_is_planned_as_typed_or_refused(examples, program, counted):
    def check(words, findings):
        arguments = [*PLACES, *SHORT, *words, "plan=true"]
        came = noted(findings, program("train", arguments, trained=True))
        finding = judged(came)
        if finding is None and came["code"] == 0 and came["jobs"] and (name := without_effect(words, came["jobs"])):
            finding = f"no effect: {name}"
        findings.add(finding, arguments, came)

    counted(confirmed(pressed(grammar.command_line(), check, examples), program, "train"))


@pytest.mark.parametrize(
    "examples", [pytest.param(8, id="some"), pytest.param(50, id="many", marks=[pytest.mark.slow, pytest.mark.long])]
)
def test_a_sweep_is_planned_or_refused(examples, program, counted):
    def check(words, findings):
        arguments = [*PLACES, *words, "plan=true"]
        findings.add(judged(came := noted(findings, program("train", arguments))), arguments, came)

    counted(confirmed(pressed(grammar.many_runs(), check, examples), program, "train"))


@pytest.mark.parametrize(
    "examples", [pytest.param(30, id="some"), pytest.param(400, id="many", marks=[pytest.mark.slow, pytest.mark.long])]
)
def test_a_job_of_a_sweep_is_what_was_typed_or_refused(examples, program, counted):
    def check(words, findings):
        arguments = [*SHORT, *words]
        came = noted(findings, program("job", arguments, trained=True))
        finding = judged(came)
        if finding is None and came["code"] == 0 and (name := without_effect(words, came["jobs"])):
            finding = f"no effect: {name}"
        findings.add(finding, arguments, came)

    def again(arguments):
        return program.alone("train", [*PLACES, *arguments])

    jobs = grammar.with_one_misspelt(grammar.right_or_nearly(3), 9)
    counted(confirmed(pressed(jobs, check, examples), program, "train", again))


@pytest.mark.parametrize(
    "examples",
    [
        pytest.param(3, id="some", marks=pytest.mark.slow),
        pytest.param(24, id="many", marks=[pytest.mark.slow, pytest.mark.long]),
    ],
)
def test_a_run_is_recorded_as_typed_or_leaves_nothing(examples, program, counted, store, experiment):
    def check(words, findings):
        arguments = [*PLACES, *SHORT, *words, f"tracking.experiment={experiment}"]
        before = set(recorded())
        came = noted(findings, program("train", arguments))
        findings.add(judged(came), arguments, came)
        new = [run for run_id, run in recorded().items() if run_id not in before]
        said = re.findall(r"run (\w{32})$", came["stdout"], re.MULTILINE)
        finding = None
        if [run.info.status for run in new] != ["FINISHED"] * len(said):
            finding = f"{len(said)} runs told, {[run.info.status for run in new]} recorded"
        elif new and (name := without_effect(words, [new[0].data.params])):
            finding = f"not recorded as typed: {name}"
        findings.add(finding, arguments, came)

    def recorded():
        client = open_store(store)
        known = client.get_experiment_by_name(experiment)
        return {run.info.run_id: run for run in client.search_runs([known.experiment_id])} if known else {}

    plain = grammar.command_line().filter(lambda words: not any(word.startswith("-") for word in words))
    counted(pressed(plain, check, examples))


@pytest.fixture(scope="module")
def one_run(program):
    came = program("train", [*PLACES, *SHORT, "tracking.experiment=to-do-again", "model.hidden=[3]"])
    return re.search(r"run (\w{32})$", came["stdout"], re.MULTILINE)[1]


@pytest.mark.parametrize(
    "examples",
    [
        pytest.param(3, id="some", marks=pytest.mark.slow),
        pytest.param(50, id="many", marks=[pytest.mark.slow, pytest.mark.long]),
    ],
)
def test_any_run_id_is_done_again_or_refused(examples, program, counted, one_run):
    wrong = st.one_of(
        st.text(max_size=40), st.sampled_from(grammar.TEXT + grammar.SWEEPS + grammar.LISTS),
        st.builds(lambda at, sign: one_run[:at] + sign + one_run[at + 1 :], st.integers(0, 31), st.sampled_from("0gG -'\"/.%_")),
        st.integers(0, 40).map(lambda length: (one_run * 2)[:length]),
    )  # fmt: skip
    ids = st.one_of(wrong, st.just(one_run)).filter(lambda text: "\0" not in text)
    beside = st.one_of(st.just([]), grammar.right_or_nearly(1), st.just(["-m"]))

    def check(one, findings):
        (run_id, words) = one
        arguments = [*PLACES, *words, f"rerun={run_id}"]
        came = noted(findings, program("train", arguments))
        finding = judged(came)
        if came["code"] == 0 and "--" not in "".join(words) and run_id == one_run and "identical" not in came["stdout"]:
            finding = "not done again"
        findings.add(finding, arguments, came)

    counted(confirmed(pressed(st.tuples(ids, beside), check, examples), program, "train"))
