"""Views of MLflow's UI, in a real store."""

import base64
import json
import zlib

from zerosweep.tracking import views
from zerosweep.tracking.store import open_experiment
from zerosweep.tracking.views import TAG, key_of, remove_views, save_view, saved_views, view_address

STATE = {"searchFilter": "tags.role = 'run'", "orderByKey": "metrics.`val/accuracy`"}


def test_a_view_is_a_tag_that_the_ui_reads(store, experiment):
    opened = open_experiment(store, experiment)
    save_view(opened.client, opened.id, key_of("mine"), "my sweep", STATE)
    tag = opened.client.get_experiment(opened.id).tags[f"{TAG}{key_of('mine')}"]
    written = json.loads(tag)
    coding, _, packed = written["state"].partition(";")
    assert (written["name"], coding) == ("my sweep", "deflate")
    assert json.loads(zlib.decompress(base64.b64decode(packed))) == STATE
    assert len(tag) < 5000
    (view,) = saved_views(opened.client, opened.id)
    assert (view.name, view.key) == ("my sweep", key_of("mine"))
    address = view_address(store, opened.id, view.key)
    assert address.endswith(
        f"/#/experiments/{opened.id}/runs?workflowType=machine_learning&viewStateShareKey={view.key}"
    )


def test_saving_again_replaces_a_view(store, experiment):
    opened = open_experiment(store, experiment)
    for name in ("old", "new"):
        save_view(opened.client, opened.id, key_of("mine"), name, STATE)
    assert [view.name for view in saved_views(opened.client, opened.id)] == ["new"]


def test_views_of_sweeps_that_are_gone_are_removed_and_a_persons_own_are_not(store, experiment):
    opened = open_experiment(store, experiment)
    opened.client.set_experiment_tag(opened.id, f"{TAG}0123abcd", "{}")
    for sweep in ("kept", "gone"):
        save_view(opened.client, opened.id, key_of(sweep), sweep, STATE)
    remove_views(opened.client, opened.id, ["kept"])
    assert [view.name for view in saved_views(opened.client, opened.id)] == ["kept"]
    assert f"{TAG}0123abcd" in opened.client.get_experiment(opened.id).tags


def test_the_oldest_views_are_removed_above_the_limit(store, experiment, monkeypatch):
    monkeypatch.setattr(views, "MOST", 2)
    opened = open_experiment(store, experiment)
    for second, name in enumerate("abc"):
        monkeypatch.setattr(views.time, "time", lambda second=second: second)
        save_view(opened.client, opened.id, key_of(name), name, STATE)
    remove_views(opened.client, opened.id, "abc")
    assert [view.name for view in saved_views(opened.client, opened.id)] == ["c", "b"]
