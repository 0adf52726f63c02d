"""A convolutional network, from the command line to the recorded run and its repetition."""

import pytest

from zerosweep.tracking.store import open_store


@pytest.mark.slow
@pytest.mark.parametrize("bn", ["true", pytest.param("false", marks=pytest.mark.long)])
def test_a_cnn_learns_is_recorded_and_comes_out_the_same_again(bn, train, runs, store):
    settings = ["model=cnn", "model.channels=[8]", "optimizer=adam", "optimizer.lr=0.01", "trainer.epochs=3"]
    result = train(*settings, f"bn={bn}", "regularizer=dropout", "init=xavier_uniform")
    assert result.returncode == 0, result.stderr
    (run,) = runs()
    metrics = run.data.metrics
    assert run.data.tags["verdict"] == "learned"
    assert metrics["val/accuracy"] > 0.7
    assert 0 <= metrics["dead/hidden1"] <= 1
    assert metrics["activation_std/hidden1"] > 0
    assert metrics["update_ratio"] > 0
    assert (run.data.params["model"], run.data.params["model.channels"]) == ("cnn", "[8]")
    figures = {file.path for file in open_store(store).list_artifacts(run.info.run_id, "figures")}
    assert {"figures/filters.png", "figures/feature_maps.png", "figures/activation_histograms.png"} <= figures

    again = train(f"rerun={run.info.run_id}")
    assert again.stdout.splitlines()[-1].startswith("identical to "), again.stdout
