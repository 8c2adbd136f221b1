"""Every data set that is installed; each is a module with `load_data`.

Example:
    >>> from kcore.datasets import mnist  # doctest: +SKIP
    >>> from kcore.datasets.mnist import load_data  # doctest: +SKIP
"""

from __future__ import annotations

from kcore.facades import facade

__getattr__, __dir__ = facade(__name__, "dataset")
