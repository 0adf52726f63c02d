"""What no machine can hold, or nobody can wait for, is refused before it is made."""

import subprocess
import sys

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser
from tests.conftest import check_refused, train_command

from zerosweep.config.grid import count
from zerosweep.errors import SettingError
from zerosweep.nn.cnn import CNN
from zerosweep.nn.mlp import MLP
from zerosweep.runs.memory import network_size

REFUSED = {
    "a grid": (["-m", "seed=range(1000000000)"], "seed=range(1000000000): makes a sweep of 1000000000 runs", "100000"),
    "a grid of two settings": (
        ["-m", "seed=range(1000)", "trainer.batch_size=range(1,500)"],
        "seed=range(1000): makes a sweep of 499000 runs",
        "",
    ),
    "a range of fractions in a search": (
        ["-m", "hydra/sweeper=optuna", "optimizer.lr=range(0.1,1e12,0.1)"],
        "optimizer.lr=range(0.1,1e12,0.1): has 9999999999999 numbers",
        "use interval",
    ),
    "a range without an end": (["-m", "optimizer.lr=range(0.1,inf)"], "optimizer.lr=range(0.1,inf): needs finite", ""),
    "a mini-batch": (
        ["trainer.batch_size=1000000000000", "trainer.sampling=with_replacement"],
        "trainer.batch_size=1000000000000: the run takes about ",
        "bytes of memory",
    ),
    "a layer": (["model.hidden=[100000000]"], "model.hidden=[100000000]: the run takes about ", "are available"),
    "a layer in a sweep": (["-m", "model.hidden=[5],[100000000]"], "model.hidden=[100000000]: the run takes", ""),
    "filters": (["model=cnn", "model.channels=[100000000]"], "model.channels=[100000000]: the run takes", ""),
    "iterations": (["trainer.iterations=99999999999999999"], "trainer.iterations=99999999999999999: the run takes", ""),
}


@pytest.mark.parametrize("size", REFUSED)
def test_too_large_is_one_line_and_no_run(size, train, runs):
    arguments, begins, says = REFUSED[size]
    check_refused(train(*arguments), begins, says)
    assert runs() == []


def test_a_limit_of_the_shell_is_the_memory_there_is(environment, experiment, tmp_path):
    shell = f'ulimit -v 3000000; exec "{sys.executable}" "$@"'
    command = ["bash", "-c", shell, *train_command("model.hidden=[2000000]", experiment=experiment)]
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
    check_refused(done, "model.hidden=[2000000]: the run takes about", f"{3000000 * 1024} are available")


@pytest.mark.parametrize(
    "override",
    ["s=range(5)", "s=range(7,1,-2)", "s=range(1,1)", "s=range(0.5,2)", "s=range(2,0.5,-0.4)", "s=a,b", "s=choice(1)"],
)
def test_values_are_counted_without_making_them(override):
    one = OverridesParser.create().parse_override(override)
    assert count(one) == len(list(one.sweep_iterator()))


def test_a_range_that_stands_still_is_refused():
    with pytest.raises(SettingError, match="a step other than 0"):
        count(OverridesParser.create().parse_override("s=range(1,2,0)"))


@pytest.mark.parametrize("model", [MLP(hidden=[7, 5]), CNN(channels=[3], kernel=3)])
def test_the_parameters_of_a_network_are_counted_as_it_has_them(model):
    from zerosweep.nn.network import Network

    layers = model.layers(10, True, 0.1)
    assert network_size(layers, (3, 8, 7)).parameters == Network(layers, (3, 8, 7)).theta.size


@pytest.mark.slow
def test_a_search_over_a_long_range_makes_no_list_of_it(train):
    result = train("-m", "hydra/sweeper=optuna", "seed=range(1000000000)", "task=surface", "hydra.sweeper.n_trials=1",
                   "trainer.iterations=1", "tracking.figures=false")  # fmt: skip
    assert result.returncode == 0, result.stderr
