"""What the system refuses is told in one line."""

import resource
import shlex
import shutil
import subprocess

import pytest
from tests.conftest import train_command

from zerosweep.config.mistakes import unwritable


def test_too_few_file_descriptors():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
    try:
        with pytest.raises(OSError, match="Too many open files") as caught:
            subprocess.run(["true"], capture_output=True, check=True)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert unwritable(caught.value) == "too many open files; allow more, as in ulimit -n 1024"


UNSHARE = ["unshare", "--mount", "--map-root-user"]


@pytest.mark.slow
def test_a_sweep_needs_no_shared_memory(environment, experiment, tmp_path):
    without = "mount -t tmpfs -o ro none /dev/shm"
    if not shutil.which("unshare") or subprocess.run([*UNSHARE, "sh", "-c", without], capture_output=True).returncode:
        pytest.skip("needs a mount namespace of its own")
    command = shlex.join(train_command("-m", "seed=1,2", "trainer.iterations=1", experiment=experiment))
    result = subprocess.run(
        [*UNSHARE, "sh", "-c", f"{without} && {command}"],
        env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert (result.returncode, result.stderr) == (0, "")
