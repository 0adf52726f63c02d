"""The report and the views of MLflow's UI, as a browser shows them."""

import re
import socket
import sys
from pathlib import Path

import pytest
from tests.tracking.test_served import served, wait

from zerosweep.config.schemas import Objective, Report
from zerosweep.report.summary import Context, summarise
from zerosweep.tracking.record import UI_FILE, find, known_experiment
from zerosweep.tracking.store import open_store

pytestmark = pytest.mark.slow

PATIENCE = 120_000
"""Milliseconds to wait for the UI on a machine that does other things too."""


@pytest.fixture
def grid(keep, store, experiment):
    """The summary of a sweep of two optimizers, with and without batch normalization."""
    for optimizer in ("sgd", "adam"):
        for bn, top in (("true", 0.9), ("false", 0.6)):
            keep({"optimizer": optimizer, "bn": bn}, [0.1, top / 2, top])
    client = open_store(store)
    runs = find(client, [known_experiment(client, experiment)], "tags.role = 'run'")
    command = "python src/train.py -m optimizer=sgd,adam bn=true,false"
    return summarise(Context(store, experiment, f"mine-{experiment}", command, Objective(), Report()), runs)


@pytest.fixture
def opened(chromium):
    """Open a file as a page: `opened(path, width=400)`. It must ask for nothing else, and have no errors."""
    pages, heard = [], []

    def make(path, width=1280, **more):
        page = chromium.new_page(viewport={"width": width, "height": 900}, **more)
        page.on("console", lambda message: heard.append(message.text))
        page.on("pageerror", lambda error: heard.append(str(error)))
        page.on("request", lambda request: heard.append(request.url) if "://" in request.url[6:] else None)
        page.goto(Path(path).as_uri())
        pages.append(page)
        return page

    yield make
    for page in pages:
        page.close()
    assert [text for text in heard if not text.startswith(("file://", "data:"))] == []


def test_the_page_has_charts_and_violates_no_policy(grid, opened):
    page = opened(grid.location)
    page.locator("#explore").scroll_into_view_if_needed()
    page.wait_for_selector("#lines svg g[aria-label=line] path")
    assert page.locator("#parallel svg g[aria-label=line] path").count() == 4
    assert page.locator("#lines svg g[aria-label=line] path").count() == 4
    assert page.locator("#legend svg").count() == 1
    box = page.locator("#parallel svg").bounding_box()
    page.mouse.move(box["x"] + 62, box["y"] + box["height"] / 4)
    page.wait_for_function("document.querySelector('#parallel svg g[aria-label=tip] text')")
    assert "val/accuracy" in page.locator("#parallel svg g[aria-label=tip]").text_content()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [400, 1280])
def test_it_can_be_read_at_any_width_and_brightness(grid, opened, width, scheme):
    page = opened(grid.location, width, color_scheme=scheme)
    page.locator("#points").scroll_into_view_if_needed()  # the widest charts
    page.locator("#points svg").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    darkness = """element => {
        const style = getComputedStyle(element);
        const channels = (style.backgroundColor === "rgba(0, 0, 0, 0)" ? style.fill : style.backgroundColor).match(/[0-9.]+/g);
        return channels.slice(0, 3).reduce((sum, channel) => sum + +channel, 0) / 765;
    }"""
    background, text = (page.locator(place).first.evaluate(darkness) for place in ("body", ".figures svg text"))
    assert (background < 0.2) == (scheme == "dark")
    assert abs(background - text) > 0.5
    drawn, around = (page.locator(place).first.bounding_box() for place in (".figures svg", ".figures"))
    assert drawn["width"] >= 0.9 * around["width"]


def test_tables_are_sorted_and_filtered_by_keyboard(grid, opened):
    page = opened(grid.location)
    names = page.locator("#runs tbody tr:visible td:first-child")
    first = names.all_inner_texts()
    head = page.locator("#runs thead th", has_text="val/accuracy")
    head.locator("button").focus()
    page.keyboard.press("Enter")
    assert head.get_attribute("aria-sort") == "ascending"
    assert names.all_inner_texts() != first
    page.locator("#filter input").first.focus()
    page.keyboard.press("Space")
    assert names.count() == 0


def test_links_follow_the_address_of_the_ui(grid, opened):
    page = opened(grid.location)
    page.locator("#ui").fill("5055")
    page.keyboard.press("Enter")
    links = page.eval_on_selector_all("a[data-path]", "links => links.map(link => link.href)")
    assert links and all(link.startswith("http://127.0.0.1:5055/#/experiments/") for link in links)
    page.locator("#ui").fill("javascript:alert(1)")
    page.keyboard.press("Enter")
    assert page.eval_on_selector_all("a[data-path]", "links => links.map(link => link.href)") == links


def test_the_view_of_a_sweep_shows_its_columns_and_its_curves(grid, chromium, environment, experiment, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with served(f"exec {sys.executable} -m zerosweep ui --port {port}", tmp_path, environment) as server:
        log = tmp_path / "served.log"
        wait(port, server, log, path="health")
        links = dict(re.findall(r"^(.+): (http\S+)$", log.read_text(), re.MULTILINE))
        view = links[f"Optimizer × batch normalization · mine-{experiment}"]
        page = chromium.new_page(viewport={"width": 2200, "height": 1200})
        page.set_default_timeout(PATIENCE)
        page.goto(view)
        page.locator(".ag-header-cell[col-id='metrics.`val/accuracy`']").wait_for()
        page.wait_for_function("document.querySelectorAll('.ag-center-cols-container [role=row]').length === 4")
        shown = page.eval_on_selector_all(
            ".ag-header-container .ag-header-cell",
            "heads => heads.sort((a, b) => a.offsetLeft - b.offsetLeft).map(head => head.getAttribute('col-id'))",
        )
        assert shown[:4] == ["tags.`verdict`", "params.`optimizer`", "params.`bn`", "metrics.`val/accuracy`"]
        page.goto("about:blank")
        page.goto(f"{view}&compareRunsMode=CHART")
        page.wait_for_function("document.querySelectorAll('.js-plotly-plot .scatterlayer .trace').length >= 4")
        assert page.locator(".js-plotly-plot .barlayer .point, .js-plotly-plot .bars path").count() >= 4
        page.goto("about:blank")
        page.goto(links[f"all runs of {experiment}"])
        page.wait_for_function("document.querySelectorAll('.ag-center-cols-container [role=row]').length === 4")
        page.close()
    Path(environment["MLFLOW_TRACKING_URI"].removeprefix("sqlite:///")).with_name(
        UI_FILE
    ).unlink()  # other tests' links
