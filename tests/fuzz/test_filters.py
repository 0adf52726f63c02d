"""Filters and settings of comparisons give a report or are refused in a few lines."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st
from tests.fuzz import grammar
from tests.fuzz.harness import confirmed, judged, noted, pressed

from zerosweep.tracking.runlog import RunInfo, RunLog
from zerosweep.training.records import Evaluation

RIGHT = [
    'params.bn = "true"', "metrics.`val/accuracy` > 0.9", 'tags.sweep = "a"', 'attributes.status = "FINISHED"', "", 'params.optimizer != "sgd"',
    "attributes.run_id IN ('a', 'b')", "params.`optimizer.lr` LIKE '0.%'", "metrics.m >= 1e-3", "start_time > 0", 'run_name ILIKE "%a%"', "tags.`mlflow.user` = 'x'",
]  # fmt: skip

PIECES = ["and", "or", "not", "(", ")", "'", '"', "`", "=", "==", "!=", "<", "%", ";", "--", "params.", "metrics.", "tags.", "attributes.", "datasets.name", "1", "-1e400",
          "nan", "inf", "null", "IS NULL", "IN", "LIKE", "\\", "\n", "é", "🜚", "DROP TABLE runs", "' OR 1=1", "x" * 2000, "params.a=b", "a=b", "-x", "report.y"]  # fmt: skip


@st.composite
def filters(draw):
    words = draw(st.lists(st.sampled_from(RIGHT), min_size=1, max_size=2))
    text = " and ".join(words)
    for _ in range(draw(st.integers(0, 2))):
        at = draw(st.integers(0, len(text)))
        piece = draw(st.sampled_from(PIECES))
        text = draw(
            st.sampled_from([text[:at] + piece + text[at:], text[:at] + text[at + 1 :], f"{text} {piece}", text[:at]])
        )
    return text


SETTINGS = grammar.setting([name for name in grammar.NAMES if name.startswith(("report.", "objective."))])


@pytest.fixture(scope="module")
def of_runs(store):
    """Record an experiment with some runs, and return the override that selects it."""
    for number, (bn, top) in enumerate((("true", 0.95), ("false", 0.5), ("true", 0.7))):
        params = {"bn": bn, "seed": str(number), "optimizer": "adam", "optimizer.lr": "0.1"}
        with RunLog(
            RunInfo(store, "filtered", f"bn={bn}", params, {"role": "run", "verdict": "learned", "sweep": "a"})
        ) as log:
            for step in range(3):
                log.record(Evaluation(step, {"val/accuracy": top * step / 2, "m": 1.0}))
    return "tracking.experiment=filtered"


@pytest.mark.parametrize(
    "examples", [pytest.param(8, id="some"), pytest.param(60, id="many", marks=[pytest.mark.slow, pytest.mark.long])]
)
def test_any_filter_is_answered_or_refused(examples, program, counted, of_runs):
    def check(one, findings):
        text, words = one
        arguments = [text, *words, "report.figure=none", of_runs]
        findings.add(judged(came := noted(findings, program("compare", arguments))), arguments, came)

    inputs = st.tuples(filters(), st.lists(SETTINGS.filter(lambda word: "figure" not in word), max_size=1))
    counted(confirmed(pressed(inputs, check, examples), program, "compare"))
