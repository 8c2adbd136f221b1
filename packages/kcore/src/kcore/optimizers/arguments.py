"""The arguments that all optimizers share: their types, checks and past spellings."""

from __future__ import annotations

import inspect
import math
import re
from typing import Any, TypedDict

from kcore import components
from kcore.arguments import number, whole
from kcore.errors import ConfigurationError, shown
from kcore.optimizers.schedules import InverseTimeDecay
from kcore.variable import Variable


class CommonArguments(TypedDict, total=False):
    """What every optimizer takes beside its own arguments; Optimizer says what they mean."""

    clipnorm: float | None
    clipvalue: float | None
    global_clipnorm: float | None
    use_ema: bool
    ema_momentum: float
    ema_overwrite_frequency: int | None
    loss_scale_factor: float | None
    gradient_accumulation_steps: int | None
    groups: Any
    name: str | None
    lr: float
    decay: float


class SharedArguments(CommonArguments, total=False):
    """The same with weight decay, for optimizers that do not decay weights by themselves."""

    weight_decay: float | None


class ParameterGroup:
    """Weights that are trained otherwise than the rest.

    Args:
        match: regular expression, searched in the weight's path ("dense_1/kernel").
        rate_factor: multiplies the learning rate, at least 0.
        weight_decay: takes the place of the optimizer's; None keeps that.

    Raises:
        ConfigurationError: if an argument is unknown, out of range or no regular expression.

    Example:
        >>> ParameterGroup(match="^backbone", rate_factor=0.1).rate_factor
        0.1
    """

    def __init__(
        self, match: str, rate_factor: float = 1.0, weight_decay: float | None = None, **extra: Any
    ) -> None:
        if extra:
            raise ConfigurationError(
                f"A parameter group takes match, rate_factor and weight_decay; received "
                f"{', '.join(map(repr, extra))}."
            )
        try:
            self._pattern = re.compile(match)
        except (re.error, TypeError) as error:
            raise ConfigurationError(
                f"Parameter group: match must be a regular expression; received {match!r} "
                f"({error})."
            ) from error
        self.match = match
        self.rate_factor = number(rate_factor, "rate_factor", "Parameter group", low=0)
        self.weight_decay = at_least_zero(weight_decay, "Parameter group", "weight_decay")

    def holds(self, variable: Variable) -> bool:
        """Whether the weight belongs to it."""
        return self._pattern.search(variable.path) is not None

    def as_dict(self) -> dict[str, Any]:
        """The arguments as plain data."""
        return {
            "match": self.match,
            "rate_factor": self.rate_factor,
            "weight_decay": self.weight_decay,
        }


def read_groups(groups: Any, owner: str) -> list[ParameterGroup]:
    """Groups from objects or dicts.

    Raises:
        ConfigurationError: if it is no list of these.
    """
    if groups is None:
        return []
    if not isinstance(groups, (list, tuple)) or not all(
        isinstance(g, (dict, ParameterGroup)) for g in groups
    ):
        raise ConfigurationError(
            f"{owner}: groups must be a list of dicts such as {{'match': '^backbone', "
            f"'rate_factor': 0.1}}; received {groups!r}."
        )
    return [ParameterGroup(**g) if isinstance(g, dict) else g for g in groups]


def at_least_zero(value: Any, owner: str, name: str) -> float | None:
    """A number from 0 on, or None.

    Raises:
        ConfigurationError: if it is negative or no number.
    """
    return None if value is None else number(value, name, owner, low=0)


def count(value: Any, owner: str, name: str, least: int = 1) -> int | None:
    """A whole number from `least` on, or None.

    Raises:
        ConfigurationError: if it is smaller or not whole.
    """
    return None if value is None else whole(value, name, owner, least)


def fraction(value: Any, owner: str, name: str, *, closed: bool = False) -> float:
    """A number from 0, below 1; with `closed` also 1.

    Raises:
        ConfigurationError: if it is anything else.
    """
    share = number(value, name, owner, low=0, high=1)
    if share == 1 and not closed:
        raise ConfigurationError(
            f"{owner}: {name} must be a number from 0, below 1; received {value!r}."
        )
    return share


def check_rate(value: Any, owner: str) -> float:
    """A learning rate that is a number.

    Raises:
        ConfigurationError: if it is negative or no number.
    """
    try:
        rate = -1.0 if isinstance(value, (bool, str)) else float(value)
    except (TypeError, ValueError, OverflowError):
        rate = -1.0
    if not 0 <= rate < math.inf:
        raise ConfigurationError(
            f"{owner}: learning_rate must be a number of at least 0; received {shown(value)}."
        )
    return rate


def take_rate(cls: type, learning_rate: Any, legacy: dict[str, Any]) -> Any:
    """The learning rate from its present and past arguments; anything else is refused.

    Raises:
        ConfigurationError: if it is given twice, is negative, or an argument is unknown.
    """
    owner = cls.__name__
    past = legacy.pop("lr", None)
    decay = legacy.pop("decay", 0.0)
    if legacy:
        raise ConfigurationError(f"{owner} does not take the argument(s) {', '.join(legacy)}.")
    if past is not None:
        default = inspect.signature(cls).parameters.get("learning_rate")
        if default is not None and learning_rate != default.default:
            raise ConfigurationError(
                f"{owner} received learning_rate={learning_rate!r} and lr={past!r}, which mean the "
                "same; give learning_rate only."
            )
        learning_rate = past
    if isinstance(learning_rate, dict):
        learning_rate = components.get("schedule", learning_rate, f"{owner}.learning_rate")
    if callable(learning_rate):
        return learning_rate
    rate = check_rate(learning_rate, owner)
    return InverseTimeDecay(rate, 1, float(decay)) if decay else rate


def whole_signature(cls: type, base: type) -> inspect.Signature:
    """The constructor's signature with the shared arguments in place of the catch-all."""
    own = inspect.signature(cls.__init__)  # type: ignore[misc]
    parameters = {
        name: p
        for name, p in list(own.parameters.items())[1:]
        if p.kind is not inspect.Parameter.VAR_KEYWORD
    }
    if len(parameters) < len(own.parameters) - 1:
        shared = list(inspect.signature(base.__init__).parameters.values())[1:]  # type: ignore[misc]
        for parameter in shared:
            keyword = parameter
            if parameter.kind is not inspect.Parameter.VAR_KEYWORD:
                keyword = parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)
            parameters.setdefault(parameter.name, keyword)
    return inspect.Signature(list(parameters.values()))
