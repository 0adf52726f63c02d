"""Secrets in text: whatever is written or printed passes through here first, since a record may be passed on.

A secret is what a URI carries to be let in: a password, the user of an http(s) URI, which may be a token, and the values of
queries such as `?token=…`. Programs go on with the true value; only text that leaves the process is masked.
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
"""Stands in place of each secret."""

PASSWORD = re.compile(r"(\b[a-zA-Z][\w+.-]*\\?://[^\s/:@\\]*\\?:)(?!\d+[/\s])\S*@")
"""Up to the last @ before a space: a password that is not percent-encoded may have any other sign in it. Hydra writes a colon
as \\: now and then."""

USER = re.compile(r"(\bhttps?\\?://)(?!\*\*\*@)[^\s/@]+@")

QUERY = re.compile(
    r"([?&;][\w.-]*(?:pass|password|passwd|pwd|secret|token|key|sig|signature|auth|credentials?)=)[^\s&;#'\"\\<>]+",
    re.IGNORECASE,
)


def masked(text: str, uri: str = "") -> str:
    """Return the text with `***` in place of every secret in its URIs.

    Args:
        uri: A URI whose password is masked wherever it stands alone too, as in the words of a driver that refused it.
    """
    if uri and (password := _password(uri)):
        for spelling in {password, unquote(password)}:
            text = text.replace(spelling, MASK)
    if "://" in text:
        text = USER.sub(rf"\1{MASK}@", PASSWORD.sub(rf"\1{MASK}@", text))
    return QUERY.sub(rf"\1{MASK}", text)


def _password(uri: str) -> str | None:
    try:
        return urlsplit(uri).password
    except ValueError:  # brackets that are not closed
        return None


def without_user(uri: str) -> str:
    """Return the URI without user and password: where a browser finds what it names."""
    return re.sub(r"(://)[^/]*@", r"\1", uri)


def mask_output() -> None:
    """Mask from now on whatever this process logs, and the traceback of an exception that ends it or one of its threads."""
    if logging.getLogRecordFactory() is not _record:
        logging.setLogRecordFactory(_record)
        sys.excepthook = _print_exception
        threading.excepthook = lambda of: _print_exception(of.exc_type, of.exc_value, of.exc_traceback)


_plain_record = logging.getLogRecordFactory()


def _record(*args: Any, **kwargs: Any) -> logging.LogRecord:
    record = _plain_record(*args, **kwargs)
    record.msg, record.args = masked(record.getMessage()), ()
    if record.exc_info and record.exc_info[0] is not None:
        record.exc_text = formatted(*record.exc_info)  # which formatters take as it is
    return record


def _print_exception(kind: type[BaseException], error: BaseException | None, where: TracebackType | None, /) -> None:
    if sys.stderr is not None and not issubclass(kind, SystemExit):
        sys.stderr.write(formatted(kind, error, where))


def formatted(kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None) -> str:
    """Return the traceback as Python prints it, masked."""
    return masked("".join(traceback.format_exception(kind, error, where)))
