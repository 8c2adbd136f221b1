"""How the layer is tried: by `kcore check kcore-gated` and by the tests."""

from __future__ import annotations

from collections.abc import Iterator

from kcore.testing import Check, check_layer
from kcore_gated.gated import Gated


def gated() -> Iterator[Check]:
    """The checks of Gated."""
    return check_layer(lambda: Gated(4, activation="tanh"), input_shape=(5,))
