"""Which devices train together: what `compile(distribute=)` and `kcore.distribute` mean."""

from __future__ import annotations

import weakref
from types import TracebackType
from typing import Any

from kcore import backend
from kcore.errors import ConfigurationError
from kcore.plugins.catalogue import catalogue

_scopes: list[Any] = []
_known: weakref.WeakKeyDictionary[Any, Any] = weakref.WeakKeyDictionary()


def get(distribute: Any) -> Any:
    """The devices that a distribution stands for.

    Args:
        distribute: a name of the kind distribution, a function that gives a tf.distribute.Strategy,
            or a strategy; None for that of the block around.

    Returns:
        The backend's Devices, or None for one device.

    Raises:
        ConfigurationError: if it is nothing of these, or no strategy comes out of it.
        ComponentNotFoundError: if a name is not known.

    Example:
        >>> get(None) is None
        True
    """
    if distribute is None:
        return _scopes[-1] if _scopes else None
    if isinstance(distribute, Scope):
        return distribute.devices
    made = distribute
    if isinstance(distribute, str):
        made = _call(catalogue().load("distribution", distribute))
    elif callable(distribute) and not backend.distribution.is_strategy(distribute):
        made = _call(distribute)
    if not backend.distribution.is_strategy(made):
        raise ConfigurationError(
            "distribute expects a name such as 'mirrored' or 'multi_worker', or a "
            f"tf.distribute.Strategy; received {distribute!r}, which gives "
            f"{type(made).__name__}."
        )
    if made not in _known:
        _known[made] = backend.distribution.Devices(made)
    return _known[made]


def settle(trainer: Any, distribute: Any) -> Any:
    """The devices that a trainer's compile asks for; its variables leave those of the last one.

    Args:
        trainer: of the model that is compiled.
        distribute: what compile was given.
    """
    if trainer.devices is not None:
        for variable in [*trainer.state_for("train"), *trainer.guard.variables]:
            variable.place(())
    return get(trainer.distribute if distribute is None else distribute)


def _call(make: Any) -> Any:
    return make()


class Scope:
    """A block whose models train on a distribution; see `distribute`.

    Attributes:
        devices: of the distribution.
    """

    def __init__(self, devices: Any) -> None:
        self.devices = devices

    @property
    def is_chief(self) -> bool:
        """Whether this process is the one that writes files and prints."""
        return bool(self.devices.rank == 0)

    def __enter__(self) -> Scope:
        _scopes.append(self.devices)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        _scopes.pop()


def distribute(strategy: Any = "mirrored") -> Scope:
    """Has the models that are compiled in a block train on several devices or processes.

    Processes have to be joined before anything is computed: with "multi_worker" let this be the
    first call of a script.

    Args:
        strategy: as for `Model.compile(distribute=)`.

    Example:
        >>> with distribute("mirrored") as scope:
        ...     scope.is_chief
        True
    """
    return Scope(get(strategy))
