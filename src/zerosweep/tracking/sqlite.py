"""SQLite stores: from a file to its URI, and back."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import quote, unquote

SCHEME = "sqlite:///"

SPECIAL = re.compile("[%?#]")
"""Signs of a path that have a meaning in a URI: SQLAlchemy reads %20 as a space, and options behind ?."""


def sqlite_uri(file: Path) -> str:
    """Return the URI of a SQLite database, whatever its path."""
    return SCHEME + quoted(file)


def quoted(file: Path) -> str:
    """Return the path as it stands in a URI that SQLAlchemy reads."""
    return SPECIAL.sub(lambda sign: quote(sign[0]), str(file))


def sqlite_file(uri: str) -> Path | None:
    """Return the database file of a `sqlite:///` URI, without symlinks, or None for any other store."""
    if not uri.startswith(SCHEME):
        return None
    return Path(unquote(uri.removeprefix(SCHEME).partition("?")[0])).resolve()
