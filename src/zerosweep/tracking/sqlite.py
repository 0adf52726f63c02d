"""SQLite stores: conversion between a database file and its URI."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import quote, unquote

SCHEME = "sqlite:///"

SPECIAL = re.compile("[%?#]")
"""Characters of a path that must be quoted in a URI.

SQLAlchemy reads %20 as a space and takes text after ? for options.
"""


def sqlite_uri(file: Path) -> str:
    """Return the URI of a SQLite database file."""
    return SCHEME + quoted(file)


def quoted(file: Path) -> str:
    """Return a path quoted for a URI that SQLAlchemy reads."""
    return SPECIAL.sub(lambda found: quote(found[0]), str(file))


def sqlite_file(uri: str) -> Path | None:
    """Return the database file of a `sqlite:///` URI, with symbolic links resolved; None for any other store."""
    if not uri.startswith(SCHEME):
        return None
    return Path(unquote(uri.removeprefix(SCHEME).partition("?")[0])).resolve()
