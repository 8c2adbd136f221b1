"""Models on several devices, under the name that Keras 2 had for it."""

from __future__ import annotations

from typing import Any

from kcore import backend
from kcore.errors import ConfigurationError


def multi_gpu_model(
    model: Any, gpus: Any = None, cpu_merge: bool = True, cpu_relocation: bool = False
) -> Any:
    """The model, which from its next compile on trains and predicts on several GPUs.

    The short way is `model.compile(..., distribute="mirrored")`. Every batch is shared by the
    devices, and what is computed is what one device would compute.

    Args:
        model: the model; it is changed, and is also the result.
        gpus: number of GPUs from 2, or a list of their numbers; all there are if None.
        cpu_merge: accepted for compatibility; outputs are joined where they are needed.
        cpu_relocation: accepted for compatibility; every device has its copy of the weights.

    Raises:
        ConfigurationError: if there are fewer GPUs, or less than two are asked for.
    """
    owner = f"multi_gpu_model({getattr(model, 'name', type(model).__name__)!r}, gpus={gpus!r})"
    if not hasattr(model, "trainer"):
        raise ConfigurationError(f"{owner}: expected a model; received {type(model).__name__}.")
    present = [name for name in backend.devices.names() if name.startswith("GPU:")]
    if gpus is None:
        asked = present
    elif isinstance(gpus, (list, tuple)):
        asked = [f"GPU:{number}" for number in gpus]
    else:
        asked = [f"GPU:{number}" for number in range(int(gpus))]
    missing = [name for name in asked if name not in present]
    if missing or len(set(asked)) < 2:
        raise ConfigurationError(
            f"{owner}: needs at least two different GPUs that are there; this machine has "
            f"{', '.join(present) or 'none'}. Train the model itself on one device, or on several "
            "machines with compile(distribute='multi_worker')."
        )
    model.trainer.distribute = lambda: backend.distribution.mirrored_on(asked)
    return model
