"""Environment variables of kdatasets, read at every use so that a program may set them late.

| variable          | meaning                                                                     |
| ----------------- | --------------------------------------------------------------------------- |
| KDATASETS_HOME    | cache folder; default: the user's cache folder of the system, `kdatasets`   |
| KDATASETS_MIRROR  | URLs or folders to ask before the publisher, separated by commas, in order  |
| KDATASETS_OFFLINE | 1, true, yes or on: never open a socket                                     |
| KERAS_HOME        | Keras' folder (default ~/.keras); its `datasets` is read, never written     |
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

__all__ = ["cache_home", "is_offline", "keras_home", "mirrors"]

_YES = {"1", "true", "yes", "on"}
_NO = {"", "0", "false", "no", "off"}


def cache_home() -> Path:
    """Folder in which verified files are kept.

    Returns:
        `KDATASETS_HOME`, or `kdatasets` in the system's cache folder for this user.

    Example:
        >>> cache_home().is_absolute()
        True
    """
    chosen = os.environ.get("KDATASETS_HOME")
    if chosen:
        return Path(chosen).expanduser().absolute()
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base).absolute() / "kdatasets"


def keras_home() -> Path:
    """Folder in which Keras keeps the data sets it downloaded; kdatasets only reads it.

    Returns:
        `datasets` in `KERAS_HOME`, or in `~/.keras`.

    Example:
        >>> keras_home().name
        'datasets'
    """
    return Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras").expanduser() / "datasets"


def mirrors() -> list[str]:
    """Mirrors to ask before the publisher, in order.

    Returns:
        The entries of `KDATASETS_MIRROR`, each a folder or a URL without a slash at its end.

    Example:
        >>> os.environ["KDATASETS_MIRROR"] = "/srv/data, https://data.example.org/sets/"
        >>> mirrors()
        ['/srv/data', 'https://data.example.org/sets']
        >>> del os.environ["KDATASETS_MIRROR"]
    """
    entries = os.environ.get("KDATASETS_MIRROR", "").split(",")
    return [entry.strip().rstrip("/") or "/" for entry in entries if entry.strip()]


def is_offline() -> bool:
    """Whether the network must not be touched.

    Returns:
        True if `KDATASETS_OFFLINE` says so.

    Raises:
        ValueError: If the variable holds neither a yes nor a no, because guessing wrong would
            either open a socket or refuse to work.

    Example:
        >>> os.environ["KDATASETS_OFFLINE"] = "1"
        >>> is_offline()
        True
        >>> del os.environ["KDATASETS_OFFLINE"]
    """
    value = os.environ.get("KDATASETS_OFFLINE", "").strip().lower()
    if value in _YES:
        return True
    if value in _NO:
        return False
    raise ValueError(
        f"The environment variable KDATASETS_OFFLINE is {value!r}; it must be one of "
        f"{sorted(_YES)} (no network) or {sorted(_NO - {''})} (network allowed)."
    )
