"""Every application that is installed, by name, and their families as submodules.

Example:
    >>> from kcore.applications import ResNet50  # doctest: +SKIP
    >>> from kcore.applications.resnet50 import preprocess_input  # doctest: +SKIP
"""

from __future__ import annotations

from kcore.facades import facade

__getattr__, __dir__ = facade(__name__, "application")
