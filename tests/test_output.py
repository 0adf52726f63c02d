"""Standard streams that are closed, full or unread do not disturb a program."""

import subprocess
import sys

import pytest
from tests.conftest import PROJECT, train_command
from tests.sweeps import finished

PROGRAM = """
import logging, os, sys
from zerosweep import output

output.secure()
print("words " * 10_000, flush=True)
print("more words", file=sys.stderr)
logging.basicConfig(stream=sys.stdout)
logging.warning("a warning")
sys.stdin.read()
with open(sys.argv[1], "w") as file:
    file.write("done")
    assert file.fileno() > 2
subprocess_sees = os.system("echo words; echo words >&2; read word")
"""

STREAMS = {
    "all closed": "{command} >&- 2>&- <&-",
    "stdout closed": "{command} >&-",
    "stdin closed": "{command} <&-",
    "stderr closed": "{command} 2>&-",
    "stdout full": "{command} >/dev/full",
    "both full": "{command} >/dev/full 2>&1",
    "nobody reads": "{{ {command}; echo $? >code; }} | true",
    "one line is read": "{{ {command}; echo $? >code; }} 2>&1 | head -c 1",
}


def in_shell(command, streams, folder, **more):
    """Run the command with these streams. Return its exit code and its stderr."""
    script = STREAMS[streams].format(command=command)
    done = subprocess.run(["sh", "-c", script], cwd=folder, capture_output=True, text=True, timeout=300, **more)
    piped = folder / "code"
    return int(piped.read_text()) if piped.exists() else done.returncode, done.stderr


@pytest.mark.parametrize("streams", STREAMS)
def test_a_program_goes_on_whatever_becomes_of_its_streams(streams, tmp_path):
    (tmp_path / "program.py").write_text(PROGRAM)
    command = f"PYTHONPATH='{PROJECT}/src' '{sys.executable}' program.py written"
    code, errors = in_shell(command, streams, tmp_path)
    assert code == 0, errors
    assert "Traceback" not in errors
    assert (tmp_path / "written").read_text() == "done"


def test_what_can_be_written_is_and_a_character_that_cannot_is_a_number(tmp_path):
    program = "import sys; from zerosweep import output; output.secure(); print('é…'); print('err', file=sys.stderr)"
    environment = {"PYTHONPATH": str(PROJECT / "src"), "PYTHONIOENCODING": "latin-1"}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True)
    assert (done.stdout, done.stderr) == ("é\\u2026\n".encode("latin-1"), b"err\n")


@pytest.mark.parametrize("streams", ["stderr closed", "nobody reads", "both full"])
def test_a_mistake_keeps_its_exit_code(streams, tmp_path, environment, experiment):
    command = " ".join(train_command("optimizer=adm", experiment=experiment))
    code, errors = in_shell(command, streams, tmp_path, env=environment)
    assert code == 2
    assert "Traceback" not in errors


def test_help_is_quiet_for_whoever_reads_a_part_of_it(tmp_path, environment, experiment):
    command = " ".join(train_command("--help", experiment=experiment))
    assert in_shell(f"{command} 2>errors", "one line is read", tmp_path, env=environment) == (0, "")
    assert not (tmp_path / "errors").exists() or not (tmp_path / "errors").read_text()


@pytest.mark.slow
@pytest.mark.parametrize(
    "streams", ["all closed", *(pytest.param(each, marks=pytest.mark.long) for each in ("stdout full", "nobody reads"))]
)
def test_a_sweep_goes_on_to_its_end_whoever_reads(streams, tmp_path, environment, experiment, runs):
    small = ("trainer.iterations=2", "tracking.figures=false", "report.figure=none")
    command = " ".join(train_command("-m", "seed=1,2", *small, experiment=experiment))
    code, errors = in_shell(command, streams, tmp_path, env=environment)
    assert (code, errors) == (0, "")
    assert len(finished(runs())) == 2
    assert [run.info.status for run in runs("summary")] == ["FINISHED"]
