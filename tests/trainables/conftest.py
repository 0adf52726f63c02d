"""A made-up trainable as a plugin, and its runs in this process."""

from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir

from zerosweep.config.plugin_files import load_files
from zerosweep.config.read import Config, to_settings
from zerosweep.places import CONF
from zerosweep.runs.identity import identify
from zerosweep.runs.run import run

ODD = '''
import math
import time
from dataclasses import dataclass
from pathlib import Path

import zerosweep as zs
from local import START


@zs.trainable("odd", objective="val/f1", direction="maximize")
@dataclass
class Odd:
    """A loss that falls by a rate, and what may go wrong with it."""

    rate: float = zs.number(0.5, above=0)
    mode: str = "fine"
    steps: int = zs.number(8, at_least=1)
    pause: float = 0.0
    folder: str = zs.setting("here", zs.Purpose.PLACE)

    def data_id(self):
        return Path("no.csv").read_text() if self.mode == "no data" else "v3"

    def train(self, seed):
        try:
            for step in range(1, self.steps + 1):
                loss = START * math.exp(-self.rate * step) + 0.001 * seed
                if step == 3 and self.mode == "raises":
                    raise ZeroDivisionError("in step 3")
                if step == 3 and self.mode == "diverges":
                    loss = math.nan
                if self.mode == "empty":
                    return
                time.sleep(self.pause)
                yield {"train/loss": loss, "val/f1": 1 - loss / 2, "gap": loss**2}
        except GeneratorExit:
            if self.mode == "stubborn":
                yield {"train/loss": 0}
            raise
        finally:
            Path("ended.txt").write_text(self.mode)
        return {"weights/last.txt": str(loss)}
'''


@pytest.fixture(autouse=True)
def _without_plugins_at_the_end(no_plugins_left):
    pass


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """The working directory, with the plugin in it."""
    (tmp_path / "odd.py").write_text(ODD)
    (tmp_path / "local.py").write_text("START = 2\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def odd(folder):
    """Load the plugin, and return a function from overrides to settings with `task=odd`."""
    load_files("odd.py")

    def settings(*overrides):
        with initialize_config_dir(str(CONF), version_base="1.3"):
            return to_settings(compose("config", ["task=odd", *overrides]))

    return settings


@pytest.fixture
def trained(odd, store, experiment, folder):
    """Return a function that trains and records a run of `task=odd` with these overrides, without figures."""

    def train(*overrides, watch=None):
        places = [f"tracking.uri={store}", f"tracking.experiment={experiment}", "tracking.figures=false"]
        settings = odd(*places, *overrides)
        config = Config(settings, {"task": "odd"}, list(overrides), {}, folder / "logs", None)
        return run(config, identify(settings), watch=watch)

    return train
