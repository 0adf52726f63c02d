"""Masking of secrets: the text that is masked, and the text that is left as it is."""

import pytest

from zerosweep.errors import SettingError, UserError, last_line
from zerosweep.masking import masked, without_user

MASKED = {
    "postgresql://me:hunter2@host/db": "postgresql://me:***@host/db",
    "postgresql+psycopg://me:hunter2@host:5432/db": "postgresql+psycopg://me:***@host:5432/db",
    "mysql://me:hun@ter2@host/db": "mysql://me:***@host/db",
    "postgresql://me:hun/ter2@host/db": "postgresql://me:***@host/db",
    "postgresql://me:'hun\"ter2@host/db": "postgresql://me:***@host/db",
    "postgresql://:hunter2@host/db": "postgresql://:***@host/db",
    r"postgresql\://me\:hunter2@host/db": r"postgresql\://me\:***@host/db",
    r"http\://me\:hunter2@host": r"http\://***@host",
    "http://me:hunter2@host:5000": "http://***@host:5000",
    "https://hunter2@host": "https://***@host",
    "postgresql:///db?user=me&password=hunter2&sslmode=require": "postgresql:///db?user=me&password=***&sslmode=require",
    "http://host/?token=hunter2#x": "http://host/?token=***#x",
    "http://host/?x=1&amp;api_key=hunter2&quot;": "http://host/?x=1&amp;api_key=***&quot;",
    "'tracking.uri=postgresql://me:hunter2@host/db' bn=true": "'tracking.uri=postgresql://me:***@host/db' bn=true",
    "+hydra.job.env_set.MLFLOW_TRACKING_PASSWORD=hunter2 bn=true": "+hydra.job.env_set.MLFLOW_TRACKING_PASSWORD=*** bn=true",
    "'+hydra.job.env_set={AWS_SECRET_ACCESS_KEY:hunter2,A:1}'": "'+hydra.job.env_set={AWS_SECRET_ACCESS_KEY:***,A:1}'",
    "      PGPASSWORD: 'hunter2'": "      PGPASSWORD: '***'",
}

LEFT = (
    "give the password, or leave it out and set PGPASSWORD",
    "monkey=1 hydra.job.config.override_dirname.exclude_keys=[seed]",
    "http://127.0.0.1:5000/#/experiments/1/runs/2?workflowType=machine_learning",
    "http://host:5000/a@b",
    "postgresql://me@host/db",
    "sqlite:////tmp/a:b@c/mlflow.db",
    "dataset.path=/data/a:b@c/train.csv",
    "tcp://10.0.0.1:8786",
    "init=normal; did you mean optimizer.lr=0.1&init.sigma=1?",
    "journal:/tmp/study.log",
    "schema_optimizer_adam@_here_",
)


@pytest.mark.parametrize("text", MASKED)
def test_secrets_of_a_uri_are_masked(text):
    assert masked(text) == MASKED[text]
    assert masked(masked(text)) == MASKED[text]
    assert masked(f"a {text}\nb {text}") == f"a {MASKED[text]}\nb {MASKED[text]}"


@pytest.mark.parametrize("text", LEFT)
def test_all_else_is_left_as_it_is(text):
    assert masked(text) == text


def test_a_password_is_masked_by_itself_in_the_words_of_what_refused_its_uri():
    said = "invalid address 'me:hunter 2@host'"
    assert masked(said, "tcp://me:hunter%202@host") == "invalid address 'me:***@host'"
    assert masked("bad [::1", "http://[::1") == "bad [::1"


def test_a_link_has_no_user():
    assert without_user("http://me:hunter2@host:5000/path") == "http://host:5000/path"
    assert without_user("http://host:5000/a@b") == "http://host:5000/a@b"


def test_errors_are_masked_where_they_are_made():
    uri = "postgresql://me:hunter2@host/db"
    assert "hunter2" not in str(UserError(f"{uri}: no")) + str(SettingError("uri", uri, "no").within("tracking"))
    assert last_line(OSError(uri)) == "OSError: postgresql://me:***@host/db"


def test_logs_and_last_words_are_masked(tmp_path):
    import subprocess
    import sys

    program = """
import logging, threading
from zerosweep.masking import mask_output
mask_output()
logging.basicConfig()
uri = "postgresql://me:hunter2@host/db"
logging.warning("at %s, 100 %%", uri)
try:
    raise OSError(uri)
except OSError:
    logging.exception("lost")
def thread():
    raise OSError(f"{uri} in a thread")
(one := threading.Thread(target=thread)).start()
one.join()
raise OSError(uri)
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert "hunter2" not in ended.stderr.replace('"postgresql://me:hunter2@host/db"', "")
    assert "WARNING:root:at postgresql://me:***@host/db, 100 %\n" in ended.stderr
    assert ended.stderr.count("OSError: postgresql://me:***@host/db") == 3
    imported = "import logging, zerosweep.masking; print(logging.getLogRecordFactory() is logging.LogRecord)"
    assert (
        subprocess.run([sys.executable, "-c", imported], capture_output=True, text=True, check=True).stdout == "True\n"
    )
