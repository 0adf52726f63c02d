"""The page, as a browser reads it."""

from __future__ import annotations

import base64
import hashlib
import json
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markupsafe import Markup

from zerosweep.config.schemas import Objective
from zerosweep.masking import masked
from zerosweep.report.description import WHOLE, best_line, markdown
from zerosweep.report.exploration import exploration
from zerosweep.report.page import page
from zerosweep.report.pictures import Picture
from zerosweep.report.results import analyse
from zerosweep.tracking.record import Recorded

DRAWING = '<svg viewBox="0 0 9 9" role="img" aria-label="A curve that rises."><path d="M0 9L9 0"/></svg>'

VOID = {"meta", "img", "br", "link", "input"}


class Browser(HTMLParser):
    """A parsed page, in which every element must be closed in order.

    Attributes:
        tags: The name and the attributes of each element.
        texts: The texts of all elements with one name.
        open: The elements that are open while the page is parsed.
    """

    def __init__(self, html: str):
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.texts: dict[str, list[str]] = {}
        self.open: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)
            self.texts.setdefault(tag, []).append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open:
            self.texts[self.open[-1]][-1] += data

    def all(self, tag: str, attribute: str) -> list[str]:
        return [attributes[attribute] for name, attributes in self.tags if name == tag and attribute in attributes]


def link(run: Recorded) -> str:
    return f"http://127.0.0.1:5000/#/experiments/1/runs/{run.run_id}"


def shown(runs, figures=(), title="a sweep", command="python src/train.py -m bn=true,false", **more):
    results = analyse(runs, Objective(), **more)
    data = exploration(results, lambda run_id, metric: ([0, 9], [0.1, 0.9]))
    return page(title, "sweep-1f2e3d4c", command, results, figures, link, data, ui="http://127.0.0.1:5000")


@pytest.fixture
def runs(run):
    """Two optimizers, two seeds; one run that diverged and one that failed."""
    return [
        run({"optimizer": "sgd", "seed": "0"}, 0.5),
        run({"optimizer": "sgd", "seed": "1"}, 0.125, verdict="diverged", diverged_at="77"),
        run({"optimizer": "adam", "seed": "0"}, 0.75),
        run({"optimizer": "adam", "seed": "1"}, status="FAILED", error="ValueError: that was wrong"),
    ]


def test_it_needs_no_other_file(runs):
    html = shown(runs, [Picture("curves", b"", Markup(DRAWING), "Learning curves", 500)])
    seen = Browser(html)
    assert "Learning curves" in seen.texts["h3"]
    assert seen.all("svg", "aria-label") == ["A curve that rises."]
    assert seen.all("link", "href") == seen.all("script", "src") == seen.all("img", "src") == []
    assert set(seen.all("a", "href")) == {link(run) for run in runs}
    assert "@import" not in html


def test_the_policy_allows_its_own_scripts_and_nothing_else(runs):
    seen = Browser(shown(runs))
    (policy,) = [tag["content"] for _, tag in seen.tags if tag.get("http-equiv") == "Content-Security-Policy"]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == rules["base-uri"] == rules["form-action"] == "'none'"
    scripts = [
        text for text in seen.texts["script"] if not text.startswith("{")
    ]  # without the data, which are no script
    digests = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in scripts]
    assert rules["script-src"].split() == [f"'sha256-{digest}'" for digest in digests]
    assert not [attribute for _, tag in seen.tags for attribute in tag if attribute.startswith("on")]


def test_it_is_small_enough_to_mail(runs):
    assert len(shown(runs)) < 600_000


def test_tables_are_sorted_by_buttons(runs):
    seen = Browser(shown(runs))
    assert seen.all("th", "scope") and set(seen.all("th", "scope")) == {"col"}
    assert seen.all("th", "aria-sort") == ["descending"]  # the objective, the best first
    assert len(seen.texts["button"]) == len(seen.texts["th"]) - 4  # all but the failures


def test_links_can_follow_the_port_of_the_ui(runs):
    seen = Browser(shown(runs))
    assert {f"http://127.0.0.1:5000{path}" for path in seen.all("a", "data-path")} == {link(run) for run in runs}
    assert [tag["value"] for name, tag in seen.tags if name == "input" and tag.get("id") == "ui"] == [
        "http://127.0.0.1:5000"
    ]


def test_what_stands_in_it(runs):
    html = shown(runs, cached=frozenset({runs[0].run_id}), failed={"optimizer=adam bn=true": "its worker died"})
    seen = Browser(html)
    assert seen.texts["title"] == seen.texts["h1"] == ["a sweep"]
    assert "python src/train.py -m bn=true,false" in seen.texts["code"]
    for said in (
        "0.75",
        "77",
        "val/accuracy",
        "ValueError: that was wrong",
        "its worker died",
        "optimizer=adam bn=true",
    ):
        assert said in html
    badges = [tag["class"] for name, tag in seen.tags if name == "span" and "badge" in tag.get("class", "")]
    assert {"badge learned", "badge diverged", "badge failed"} <= set(badges)
    assert [tag["id"] for name, tag in seen.tags if name == "table"] == [
        "ranking",
        "failures",
        "runs",
        "repeats",
        "differences",
    ]
    assert "of them from the record" in html


def test_the_best_run_is_first_and_marked(runs):
    rows = shown(runs).partition('id="runs"')[2].split("<tr")
    assert [row.startswith(' class="best"') for row in rows].index(True) == 2  # after the text before, and the head
    assert runs[2].run_id in rows[2]


@pytest.mark.parametrize("count", [0, 1, 3, 100])
def test_any_number_of_runs(run, count):
    runs = [run({"init.scale": f"0.{i}"}, i / 100) for i in range(count)]
    seen = Browser(shown(runs))
    assert sum(tag.get("title") == run.run_id for run in runs for _, tag in seen.tags) >= count


def test_without_any_run_there_are_the_failures():
    seen = Browser(shown([], failed={"a": "b"}))
    assert [tag["id"] for name, tag in seen.tags if name == "table"] == ["failures"]
    assert any("No run has a value of the objective" in text for text in seen.texts["p"])


EVIL = "<script>alert('x')</script>\"'&<img src=http://evil.example/x>"


def test_names_are_text_and_never_markup(run):
    runs = [
        run({"model": EVIL, "seed": "0"}, 0.5, verdict=EVIL),
        run({"model": "b", "seed": "1"}, status="FAILED", error=EVIL),
    ]
    seen = Browser(shown(runs, title=EVIL, command=EVIL, failed={EVIL: EVIL}))
    assert seen.texts["h1"] == seen.texts["title"] == [EVIL]
    assert len(seen.texts["script"]) == 5
    assert json.loads(seen.texts["script"][0])["columns"][0]["name"] == "model"
    assert seen.all("img", "src") == []


def test_passwords_stay_at_home():
    command = "python src/train.py -m tracking.uri=postgresql://me:secret@host/db bn=true,false"
    assert masked(command) == command.replace("secret", "***")
    assert masked("python src/train.py tracking.uri=http://host:5000") == (
        "python src/train.py tracking.uri=http://host:5000"
    )
    assert "secret" not in shown([], command=command) + markdown(command, analyse([], Objective()))


def test_the_best_run_in_a_line(runs):
    found = analyse(runs, Objective())
    assert best_line(found) == f"best: val/accuracy=0.75 with adam, run {runs[2].run_id}"
    assert best_line(analyse([], Objective())) == "best: none, as no run has val/accuracy"


def test_the_description(runs):
    text = markdown("python src/train.py", analyse(runs, Objective()))
    assert "4 runs: 3 finished, 1 failed" in text
    assert f"| adam | 0 | 0.75 | learned | {runs[2].run_id[:8]} |" in text
    assert "ValueError: that was wrong" in text


@settings(max_examples=30)
@given(st.text(max_size=300), st.text(max_size=300), st.sampled_from([1, 100]))
def test_any_text_fits_the_description(command, name, times):
    command, name = command * times, name * times
    runs = [
        Recorded(
            str(i), "1", name, status, i, 1.0, {"model": name * i, "seed": "0"}, {"val/accuracy": 0.5}, {"error": name}
        )
        for i, status in enumerate(["FINISHED", "FAILED", "FINISHED"])
    ]
    assert len(markdown(command, analyse(runs, Objective()))) <= WHOLE
    Browser(shown(runs, title=name, command=command))


def test_an_infeasible_run_says_which_constraint_it_violates(run):
    html = shown([run({"bn": "true"}, 0.9, infeasible="time/seconds <= 60"), run({"bn": "false"}, 0.5)])
    assert 'title="violates time/seconds &lt;= 60">infeasible</span>' in html
    assert "A run that is infeasible has no objective" in html
    assert "infeasible" not in shown([run({"bn": "true"}, 0.9)]).split("</style>")[1]
