"""Files that are part of this package."""

from __future__ import annotations

from importlib.resources import files

__all__ = ["embedded_bytes"]


def embedded_bytes(name: str) -> bytes:
    """Content of a file in the package's `data` folder.

    Args:
        name: Its file name.

    Returns:
        Its bytes, also when the package is imported from a zip file.

    Example:
        >>> embedded_bytes("boston_housing.csv")[:4]
        b'CRIM'
    """
    return files(__package__).joinpath("data").joinpath(name).read_bytes()
