"""Errors of kdatasets.

    Exception
    `-- DatasetError              anything this package raises on its own account
        |-- UnavailableError      also OSError: no source gave the file
        `-- FormatError           also ValueError: a file does not hold what its format promises

Wrong arguments raise plain `ValueError` and `TypeError`.
"""

from __future__ import annotations

__all__ = ["DatasetError", "FormatError", "UnavailableError"]


class DatasetError(Exception):
    """Base of the errors that kdatasets defines.

    Example:
        >>> issubclass(UnavailableError, DatasetError)
        True
    """


class UnavailableError(DatasetError, OSError):
    """No cache, mirror or publisher gave the file with the right checksum.

    Example:
        >>> issubclass(UnavailableError, OSError)
        True
    """


class FormatError(DatasetError, ValueError):
    """A file was read, but its content is not what its format promises.

    Example:
        >>> issubclass(FormatError, ValueError)
        True
    """
