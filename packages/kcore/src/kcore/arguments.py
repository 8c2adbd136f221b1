"""Checks of constructor arguments that several families share."""

from __future__ import annotations

import functools
import inspect
import math
import numbers
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from kcore.errors import ConfigurationError, nearest, shown


def number(
    value: Any,
    name: str,
    owner: str,
    low: float | None = None,
    high: float | None = None,
    above: float | None = None,
) -> float:
    """The value as a float, if it is a finite number within its bounds.

    Args:
        value: what the user gave.
        name: of the argument.
        owner: of the argument, for the error.
        low: smallest allowed value.
        high: largest allowed value.
        above: a bound that the value must exceed.

    Raises:
        ConfigurationError: if it is no number, or out of bounds.

    Example:
        >>> number(3, "delta", "Huber", above=0)
        3.0
    """
    real = isinstance(value, numbers.Real) and not isinstance(value, bool)
    fits = real and (
        math.isfinite(value)
        and (low is None or value >= low)
        and (high is None or value <= high)
        and (above is None or value > above)
    )
    if not fits:
        raise ConfigurationError(
            f"{owner}: {name} must be a finite number{_bounds(low, high, above)}; received "
            f"{shown(value)}."
        )
    return float(value)


def _bounds(low: float | None, high: float | None, above: float | None) -> str:
    if low is not None and high is not None:
        return f" from {low:g} to {high:g}"
    if above is not None:
        return f" above {above:g}" + ("" if high is None else f", at most {high:g}")
    if low is not None:
        return f" of at least {low:g}"
    return "" if high is None else f" of at most {high:g}"


def whole(value: Any, name: str, owner: str, low: int) -> int:
    """The value as an int, if it is a whole number of at least `low`.

    Raises:
        ConfigurationError: if it is not.

    Example:
        >>> whole(3, "k", "TopKCategoricalAccuracy", 1)
        3
    """
    integral = isinstance(value, numbers.Integral) and not isinstance(value, bool)
    if not integral or value < low:
        raise ConfigurationError(
            f"{owner}: {name} must be a whole number of at least {low}; received {shown(value)}."
        )
    return int(value)


def choice(value: Any, name: str, owner: str, allowed: Sequence[Any]) -> Any:
    """The value, if it is one of those allowed.

    Raises:
        ConfigurationError: if it is not; the nearest are proposed.

    Example:
        >>> choice("ROC", "curve", "AUC", ("ROC", "PR"))
        'ROC'
    """
    if value not in allowed:
        texts = [a for a in allowed if isinstance(a, str) and a]
        near = nearest(value[:80], texts) if isinstance(value, str) else ""
        listed = ", ".join(repr(a) for a in allowed)
        text = f"{owner}: {name} must be one of {listed}; received {shown(value)}. {near}"
        raise ConfigurationError(text.strip())
    return value


def check_plain(made: Any, given: Mapping[str, Any]) -> None:
    """Refuses arguments that are not of the plain type that a class asks for.

    For arguments from files: Python takes any value for a flag, and what is a text in the place of
    a number shows much later. Classes of others may ask for less than they take, so only their
    flags are looked at.

    Args:
        made: the class, or a function.
        given: the arguments by name.

    Raises:
        ConfigurationError: names the class and the argument.
    """
    for key, kinds in _plain_arguments(made).items():
        if key in given and not _is_plain(given[key], kinds):
            wanted = " or ".join(_PLAIN_KINDS[kind] for kind in kinds)
            raise ConfigurationError(
                f"{made.__name__}: {key} must be {wanted}; received {shown(given[key])}."
            )


# what annotations say, and what errors say for it
_PLAIN_KINDS = {
    "bool": "True or False",
    "int": "a whole number",
    "float": "a number",
    "str": "a text",
    "None": "None",
}
_OURS = ("kcore", "klayers", "kapps")


def _is_plain(value: Any, kinds: tuple[str, ...]) -> bool:
    """Whether a value is of one of the kinds; a number that is whole is one of both kinds.

    None passes: files of Keras have it for what its classes fill in themselves, such as names.
    """
    if value is None:
        return True
    if "bool" in kinds and isinstance(value, int) and value in (0, 1):
        return True
    if isinstance(value, str):
        return "str" in kinds
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        return False
    return "float" in kinds or ("int" in kinds and float(value).is_integer())


@functools.lru_cache(maxsize=1024)
def _plain_arguments(made: Any) -> dict[str, tuple[str, ...]]:
    """The arguments that are annotated with nothing but plain types."""
    owners = [cls for cls in getattr(made, "__mro__", ()) if "__init__" in vars(cls)]
    functions = [cls.__init__ for cls in owners if cls is not object] or [made]
    found: dict[str, tuple[str, ...]] = {}
    for function in functions:
        ours = str(getattr(function, "__module__", "")).partition(".")[0] in _OURS
        for name, annotation in getattr(function, "__annotations__", {}).items():
            text = annotation.__name__ if isinstance(annotation, type) else str(annotation)
            kinds = tuple(kind.strip() for kind in text.split("|"))
            plain = all(kind in _PLAIN_KINDS for kind in kinds)
            if name not in found and plain and (ours or kinds in (("bool",), ("bool", "None"))):
                found[name] = kinds
    return found


def misfit(made: Callable[..., Any], given: Mapping[str, Any], error: Exception) -> str:
    """Why a class or function cannot take arguments that a file holds, in words for its error.

    Args:
        made: the class or function.
        given: the arguments by name.
        error: what Python raised for them.

    Example:
        >>> def scaled(scale: float, axis: int = -1): ...
        >>> misfit(scaled, {"scale": [1]}, TypeError("bad operand"))
        'the configuration does not fit scaled: scale must be float; received [1] (list).'
    """
    name = getattr(made, "__name__", repr(made))
    reason = None
    if isinstance(error, TypeError):
        reason = unbound(inspect.signature(made).parameters, (), given)
    reason = reason or _of_other_type(made, given)
    if reason is None:
        listed = ", ".join(f"{key}={shown(value)}" for key, value in list(given.items())[:12])
        # what somebody else's class says may help; what Python says of ours does not
        said = "an argument has a value that it cannot take"
        if str(getattr(made, "__module__", "")).partition(".")[0] not in _OURS:
            said = f"{type(error).__name__}: {str(error)[:200]}"
        reason = f"{said}; received {listed}"
    return f"the configuration does not fit {name}: {reason}."


def unbound(
    parameters: Mapping[str, inspect.Parameter], args: Sequence[Any], given: Mapping[str, Any]
) -> str | None:
    """Which arguments a call lacks or does not take, in words; None if it takes them.

    Args:
        parameters: of what is called, without `self`.
        args: arguments given by their place.
        given: arguments given by name.

    Example:
        >>> def scaled(scale): ...
        >>> unbound(inspect.signature(scaled).parameters, (), {})
        "the argument 'scale' is missing"
    """
    kinds = [parameter.kind for parameter in parameters.values()]
    by_place = [
        key
        for key, p in parameters.items()
        if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
    ]
    if len(args) > len(by_place) and inspect.Parameter.VAR_POSITIONAL not in kinds:
        return (
            f"{len(args)} arguments are given by their place (positional), of which it takes "
            f"{len(by_place)}"
        )
    taken = by_place[: len(args)]
    twice = [key for key in given if key in taken]
    if twice:
        return f"the argument {twice[0][:80]!r} is given twice, by its place and by name"
    unknown = [key for key in given if key not in parameters]
    if unknown and inspect.Parameter.VAR_KEYWORD not in kinds:
        key = unknown[0]
        return (
            f"it takes no argument {key[:80]!r} (received {shown(given[key])}); it takes "
            f"{', '.join(parameters) or 'none'}"
        )
    missing = [
        key
        for key, p in parameters.items()
        if p.default is p.empty
        and p.kind in (p.POSITIONAL_OR_KEYWORD, p.POSITIONAL_ONLY, p.KEYWORD_ONLY)
        and key not in (*taken, *given)
    ]
    return f"the argument {missing[0]!r} is missing" if missing else None


_PLAIN = (bool, int, float, str, type(None))


def _of_other_type(made: Callable[..., Any], given: Mapping[str, Any]) -> str | None:
    """Names the first argument whose type is not the one that the signature asks for."""
    try:
        hints = typing.get_type_hints(
            getattr(made, "__init__", made) if inspect.isclass(made) else made
        )
    except (NameError, TypeError):
        return None
    for key, value in given.items():
        hint = hints.get(key)
        union = typing.get_origin(hint) in (typing.Union, types.UnionType)
        wanted = typing.get_args(hint) if union else (hint,)
        if all(kind in _PLAIN for kind in wanted):
            allowed = (*wanted, int) if float in wanted else wanted
            if not isinstance(value, allowed):
                names = " or ".join("None" if k is type(None) else k.__name__ for k in wanted)
                return f"{key} must be {names}; received {shown(value)}"
    return None
