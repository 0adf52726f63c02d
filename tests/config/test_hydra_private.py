"""What the project needs of Hydra's private parts, which another version may change."""

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.utils import JobReturn, JobStatus
from omegaconf import OmegaConf
from tests.conftest import PROJECT

from zerosweep.config import hydra_private


def parsed(*lines):
    return OverridesParser.create().parse_overrides(list(lines))


def test_the_pinned_version_is_the_one_that_was_checked():
    assert f"hydra-core=={hydra_private.CHECKED_WITH}" in (PROJECT / "constraints.txt").read_text().splitlines()


def test_combinations_vary_the_last_override_fastest():
    jobs = hydra_private.combinations(parsed("a=1,2", "b=x,y"))
    assert jobs == [["a=1", "b=x"], ["a=1", "b=y"], ["a=2", "b=x"], ["a=2", "b=y"]]


def test_overrides_are_set_in_place():
    cfg = OmegaConf.create({"a": {"b": 1}, "c": 2})
    hydra_private.apply_overrides(parsed("a.b=3"), cfg)
    assert cfg == {"a": {"b": 3}, "c": 2}


def test_a_folder_is_named_after_the_overrides_that_are_not_excluded():
    settings = OmegaConf.create({"kv_sep": "=", "item_sep": ",", "exclude_keys": ["seed"]})
    assert hydra_private.override_dirname(parsed("b=2", "a=1", "seed=3"), settings) == "a=1,b=2"


def test_the_exception_of_a_job_can_be_read_without_raising_it():
    job = JobReturn()
    job.status, job.return_value = JobStatus.FAILED, ValueError("lost")
    assert str(hydra_private.returned(job)) == "lost"
    with pytest.raises(ValueError, match="lost"):
        _ = job.return_value


def test_the_argument_parser_knows_hydras_flags():
    assert hydra_private.argument_parser().parse_args(["-m", "--cfg", "job", "a=1"]).overrides == ["a=1"]
