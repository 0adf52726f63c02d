"""Addresses of MLflow stores: checks, one spelling for each store, and the port behind a scheme."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from zerosweep.errors import SettingError
from zerosweep.masking import MASK, masked
from zerosweep.places import home
from zerosweep.tracking.sqlite import sqlite_uri

PORTS = {"sqlite": 0, "postgresql": 5432, "mysql": 3306, "mssql": 1433, "http": 80, "https": 443}
"""Default port of each scheme of a store's URI; 0 means no port. MLflow 3 refuses a folder of files."""

SERVERS = ("http", "https")

ALLOWED = "must begin with sqlite:///, postgresql://, mysql://, http:// or https://"

LOCAL = {"localhost": "127.0.0.1", "::1": "127.0.0.1"}


def located(configured: str | None) -> str:
    """Return the URI of the store: as configured, else $MLFLOW_TRACKING_URI, else SQLite in mlruns/.

    The scheme is returned in lower case. A SQLite file is returned as an absolute path without symbolic links, so that
    one file has one URI.

    Raises:
        SettingError: The address cannot be that of a store.
    """
    name = "tracking.uri" if configured else "MLFLOW_TRACKING_URI"
    uri = configured or os.environ.get("MLFLOW_TRACKING_URI") or sqlite_uri(home() / "mlruns" / "mlflow.db")
    try:
        parts, _ = urlsplit(uri), urlsplit(uri).port
    except ValueError as error:
        raise SettingError(name, masked(uri), f"is not an address ({error})") from None
    if MASK in uri:
        allowed = f"has {MASK} in place of a secret; give the secret, or set MLFLOW_TRACKING_URI instead"
        raise SettingError(name, uri, allowed)
    if scheme(uri) not in PORTS or "://" not in uri:
        raise SettingError(name, masked(uri), ALLOWED)
    spelled = f"{parts.scheme}{uri[len(parts.scheme) :]}"
    if scheme(uri) == "sqlite":
        return sqlite_uri(_database(name, spelled))
    if scheme(uri) in SERVERS and not parts.hostname:
        raise SettingError(name, masked(uri), f"must name a host, as in {parts.scheme}://127.0.0.1:5000")
    return spelled


def scheme(uri: str) -> str:
    """Return the scheme of a URI in lower case and without a driver, as in postgresql for postgresql+psycopg://."""
    return urlsplit(uri).scheme.split("+")[0]


def _database(name: str, uri: str) -> Path:
    """Return the resolved file of a SQLite URI.

    Args:
        name: The setting that holds the URI, for the error.
        uri: The URI.

    Raises:
        SettingError: The URI names no regular file, or a file that several processes cannot share.
    """
    _, slashes, path = uri.partition(":///")
    if not slashes or not path or path.endswith("/") or path.startswith((":memory:", "file:")):
        raise SettingError(name, uri, "must name a file, as in sqlite:///mlruns/mlflow.db")
    named = Path(unquote(path.partition("?")[0]))
    try:
        file = named.resolve()
        link = named.is_symlink()
        found = file.stat().st_nlink if file.is_file() else 0
    except (OSError, RuntimeError, ValueError) as error:  # a name too long, a loop of links, a null byte
        raise SettingError(name, uri, f"cannot be a file ({getattr(error, 'strerror', None) or error})") from None
    if found > 1:
        raise SettingError(name, uri, "has several names (hard links), which SQLite cannot share; keep one of them")
    if not found and file.exists():
        raise SettingError(name, uri, "is not a regular file; must be a SQLite database, or an unused name")
    if not found and link:
        raise SettingError(name, uri, f"is a link to {file}, which does not exist; restore it, or remove the link")
    return file


def lock_file(database: Path) -> Path:
    """Return the lock file that guards the opening of a SQLite store."""
    return database.with_name(f"{database.name}.lock")


def host_and_port(uri: str) -> tuple[str, int] | None:
    """Return the host and the port of a server; None for a file or a Unix socket."""
    parts: SplitResult = urlsplit(uri)
    port = parts.port or PORTS[scheme(uri)]
    return (parts.hostname, port) if parts.hostname and port else None


def place(uri: str) -> str:
    """Return the address of a store without what may differ between users: driver, user name, password and options."""
    parts = urlsplit(uri)
    host, port = host_and_port(uri) or ("", 0)
    return f"{scheme(uri)}://{LOCAL.get(host, host)}:{port}{parts.path.rstrip('/')}"
