"""Masking of secrets in text. All text that is written or printed is masked first, since records may be shared.

A secret is a credential in a URI: a password, the user of an http(s) URI, which may be a token, or the value of a query
such as `?token=…`; or the value of an environment variable such as MLFLOW_TRACKING_PASSWORD. The program itself uses
the true values; only text that leaves the process is masked.
"""

from __future__ import annotations

import logging
import re
import sys
import threading
import traceback
from types import TracebackType
from typing import Any
from urllib.parse import unquote, urlsplit

MASK = "***"
"""The text that replaces each secret."""

PASSWORD = re.compile(r"(\b[a-zA-Z][\w+.-]*\\?://[^\s/:@\\]*\\?:)(?!\d+[/\s])\S*@")
"""Matches a password up to the last @ before a space: unless percent-encoded, it may contain any other character.

Hydra sometimes escapes a colon as \\:, so that is matched too."""

USER = re.compile(r"(\bhttps?\\?://)(?!\*\*\*@)[^\s/@]+@")

QUERY = re.compile(
    r"([?&;][\w.-]*(?:pass|password|passwd|pwd|secret|token|key|sig|signature|auth|credentials?)=)[^\s&;#'\"\\<>]+",
    re.IGNORECASE,
)

VARIABLE = re.compile(
    r"((?<![A-Za-z0-9_])[A-Z0-9_]*(?:PASSWORD|PASSWD|TOKEN|SECRET|KEY|CREDENTIALS?)[A-Z0-9_]*(?:=|: ?)['\"]?)[^\s,}'\"]+"
)
"""Matches the value of an environment variable with such a name, in an override or in YAML."""


def masked(text: str, uri: str = "") -> str:
    """Return the text with every secret in its URIs and environment variables replaced by `***`.

    Args:
        text: Any text.
        uri: A URI whose password is masked outside of URIs too. Database drivers repeat a password in their error
            messages.
    """
    if uri and (password := _password(uri)):
        for spelling in {password, unquote(password)}:
            text = text.replace(spelling, MASK)
    if "://" in text:
        text = USER.sub(rf"\1{MASK}@", PASSWORD.sub(rf"\1{MASK}@", text))
    return VARIABLE.sub(rf"\1{MASK}", QUERY.sub(rf"\1{MASK}", text))


def _password(uri: str) -> str | None:
    try:
        return urlsplit(uri).password
    except ValueError:  # unbalanced brackets
        return None


def without_user(uri: str) -> str:
    """Return the URI without user and password, as a link for a browser."""
    return re.sub(r"(://)[^/]*@", r"\1", uri)


def mask_output() -> None:
    """Mask all log records of this process, and the traceback of any exception that ends it or one of its threads."""
    if logging.getLogRecordFactory() is not _record:
        logging.setLogRecordFactory(_record)
        sys.excepthook = _print_exception
        threading.excepthook = lambda hook: _print_exception(hook.exc_type, hook.exc_value, hook.exc_traceback)


_plain_record = logging.getLogRecordFactory()


def _record(*args: Any, **kwargs: Any) -> logging.LogRecord:
    record = _plain_record(*args, **kwargs)
    record.msg, record.args = masked(record.getMessage()), ()
    if record.exc_info and record.exc_info[0] is not None:
        record.exc_text = formatted(*record.exc_info)  # formatters use this text instead of formatting `exc_info`
    return record


def _print_exception(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None, /) -> None:
    if sys.stderr is not None and not issubclass(kind, SystemExit):
        sys.stderr.write(formatted(kind, error, trace))


def formatted(kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> str:
    """Return a traceback in Python's own format, with secrets masked."""
    return masked("".join(traceback.format_exception(kind, error, trace)))
