"""Models on several devices, under the name that Keras 2 had for it."""

from __future__ import annotations

from typing import Any, NoReturn

from kcore.errors import ConfigurationError


def multi_gpu_model(
    model: Any, gpus: Any = None, cpu_merge: bool = True, cpu_relocation: bool = False
) -> NoReturn:
    """Refuses: training on several devices is not part of this release.

    Args:
        model: the model to copy to each device.
        gpus: number of devices, or a list of their numbers.
        cpu_merge: where the outputs are joined.
        cpu_relocation: where the weights are kept.

    Raises:
        ConfigurationError: always; it says what to do in its place.
    """
    name = getattr(model, "name", type(model).__name__)
    raise ConfigurationError(
        f"multi_gpu_model({name!r}, gpus={gpus!r}): this release trains on one device; it has no "
        "distribution over several. Train the model itself: compile and fit it without "
        "multi_gpu_model."
    )
