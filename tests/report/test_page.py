"""The page, as a browser reads it."""

from __future__ import annotations

import base64
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zerosweep.config.schemas import Objective
from zerosweep.masking import masked
from zerosweep.report.description import WHOLE, best_line, markdown
from zerosweep.report.page import page
from zerosweep.report.results import analyse
from zerosweep.tracking.record import Recorded

PNG = b"\x89PNG\r\n\x1a\nnot really"

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


def shown(runs, figures=None, title="a sweep", command="python src/train.py -m bn=true,false", **more):
    return page(title, command, analyse(runs, Objective(), **more), figures or {}, link)


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
    html = shown(runs, {"curves": PNG, "heat_map": PNG})
    seen = Browser(html)
    assert seen.all("img", "src") == [f"data:image/png;base64,{base64.b64encode(PNG).decode()}"] * 2
    assert seen.all("img", "alt") == ["curves", "heat map"]
    assert seen.all("link", "href") == seen.all("script", "src") == []
    assert {address.rpartition("/")[0] for address in seen.all("a", "href")} == {link(runs[0]).rpartition("/")[0]}
    assert set(seen.all("a", "href")) == {link(run) for run in runs}
    assert "url(" not in html
    assert "@import" not in html


def test_what_stands_in_it(runs):
    html = shown(runs, cached=frozenset({runs[0].run_id}), failed={"optimizer=adam bn=true": "its worker died"})
    seen = Browser(html)
    assert seen.texts["title"] == seen.texts["h1"] == ["a sweep"]
    assert seen.texts["code"][0] == "python src/train.py -m bn=true,false"
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
    assert [tag["id"] for name, tag in seen.tags if name == "table"] == ["runs", "repeats", "differences", "failures"]
    assert "of them from the record" in html


def test_the_best_run_is_first_and_marked(runs):
    rows = shown(runs).split("<tr")
    assert [row.startswith(' class="best"') for row in rows].index(True) == 2  # after the text before, and the head
    assert runs[2].run_id[:8] in rows[2]


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
    assert len(seen.texts["script"]) == 1
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
