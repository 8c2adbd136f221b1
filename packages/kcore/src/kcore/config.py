"""Global switches and every environment variable that kcore reads, in one place.

| variable | meaning | default |
| --- | --- | --- |
| KCORE_PLUGINS | "none", "only:a,b" or "-c,-d": which plugins take part | all |
| KCORE_HOME | folder of caches and downloads of `utils.get_file` | ~/.kcore |
| KCORE_FLOATX | dtype of weights and computation where none is given | float32 |
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Any

from kcore.dtypes import FLOATS, DTypePolicy, as_policy
from kcore.errors import ConfigurationError

_IMAGE_FORMATS = ("channels_last", "channels_first")


@dataclass
class _Settings:
    floatx: str = field(default_factory=lambda: os.environ.get("KCORE_FLOATX", "float32"))
    epsilon: float = 1e-7
    image_data_format: str = "channels_last"
    dtype_policy: DTypePolicy | None = None
    interactive: bool = True
    max_epochs: int | None = None


_settings = _Settings()


def backend() -> str:
    """What computes: "tensorflow", always.

    Example:
        >>> backend()
        'tensorflow'
    """
    return "tensorflow"


def floatx() -> str:
    """The dtype used where none is given, "float32" unless changed."""
    return _settings.floatx


def set_floatx(value: str) -> None:
    """Changes `floatx()`.

    Args:
        value: one of "float16", "bfloat16", "float32", "float64".

    Raises:
        ConfigurationError: if it is no float dtype.

    Example:
        >>> set_floatx("float32")
    """
    if value not in FLOATS:
        raise ConfigurationError(
            f"set_floatx expects one of {', '.join(FLOATS)}; received {value!r}."
        )
    _settings.floatx = value
    _settings.dtype_policy = None


def epsilon() -> float:
    """The small number that keeps divisions and logarithms finite, 1e-7 unless changed."""
    return _settings.epsilon


def set_epsilon(value: float) -> None:
    """Changes `epsilon()`; the value must be positive."""
    if not value > 0:
        raise ConfigurationError(f"set_epsilon expects a positive number; received {value!r}.")
    _settings.epsilon = float(value)


def image_data_format() -> str:
    """Where the channel axis of images is: "channels_last" (default) or "channels_first"."""
    return _settings.image_data_format


def set_image_data_format(data_format: str) -> None:
    """Changes `image_data_format()`."""
    _settings.image_data_format = standardize_data_format(data_format)


def standardize_data_format(data_format: str | None) -> str:
    """The given data format, or the global one for None.

    Raises:
        ConfigurationError: if it is neither "channels_last" nor "channels_first".
    """
    if data_format is None:
        return _settings.image_data_format
    if data_format not in _IMAGE_FORMATS:
        raise ConfigurationError(
            f"data_format must be one of {_IMAGE_FORMATS}; received {data_format!r}."
        )
    return data_format


def dtype_policy() -> DTypePolicy:
    """The policy of layers that are given none: `floatx()` unless `set_dtype_policy` was called."""
    return _settings.dtype_policy or DTypePolicy(_settings.floatx)


def set_dtype_policy(policy: DTypePolicy | str) -> None:
    """Changes `dtype_policy()` for layers made from now on.

    Args:
        policy: a policy or its name, for example "mixed_bfloat16".

    Example:
        >>> set_dtype_policy("float32")
    """
    _settings.dtype_policy = as_policy(policy)


def enable_interactive_logging() -> None:
    """`verbose="auto"` of fit and evaluate means a line that lives; so it is from the start.

    Example:
        >>> enable_interactive_logging(); is_interactive_logging_enabled()
        True
    """
    _settings.interactive = True


def disable_interactive_logging() -> None:
    """`verbose="auto"` of fit and evaluate means one plain line an epoch, for logs in files."""
    _settings.interactive = False


def is_interactive_logging_enabled() -> bool:
    """Whether `verbose="auto"` means a line that lives."""
    return _settings.interactive


def chosen_verbosity(verbose: Any) -> Any:
    """What "auto" stands for; anything else as it is."""
    if verbose == "auto":
        return 1 if _settings.interactive else 2
    return verbose


def set_max_epochs(max_epochs: int | None) -> None:
    """Lets every fit from now on train at most so many epochs, to try a script out.

    Args:
        max_epochs: at least 1; None for no bound.

    Raises:
        ConfigurationError: if it is neither.

    Example:
        >>> set_max_epochs(2); limited_epochs(10)
        2
        >>> set_max_epochs(None); limited_epochs(10)
        10
    """
    if max_epochs is not None and (
        isinstance(max_epochs, bool) or not isinstance(max_epochs, int) or max_epochs < 1
    ):
        raise ConfigurationError(
            "set_max_epochs expects a whole number of at least 1, or None; received "
            f"{max_epochs!r}."
        )
    _settings.max_epochs = max_epochs


def max_epochs() -> int | None:
    """The bound that `set_max_epochs` set, or None."""
    return _settings.max_epochs


def limited_epochs(epochs: int) -> int:
    """A number of epochs, or the bound if it is lower."""
    return epochs if _settings.max_epochs is None else min(epochs, _settings.max_epochs)


def enable_unsafe_deserialization() -> None:
    """Refuses: nothing in a file ever runs here, so there is nothing to enable.

    Raises:
        ConfigurationError: always, with what to do instead.
    """
    raise ConfigurationError(
        "kcore never runs code that a file holds, so unsafe deserialization cannot be enabled. "
        "Register the function of a Lambda layer with "
        "kcore.saving.register_keras_serializable, or rewrite it as a layer, and load the file "
        "then."
    )
