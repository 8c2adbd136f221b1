"""Every exception that the k-packages raise on purpose.

Each also inherits the built-in exception that Python code expects in its place, so `except
ValueError` keeps working::

    KcoreError
    ├── ConfigurationError (ValueError)        an argument has a value that can never work
    ├── ShapeError (ValueError)                a shape, rank or number of inputs does not fit
    ├── DataError (ValueError)                 what was given to fit, evaluate or predict is
    unusable ├── DtypeError (TypeError)                 a dtype does not fit
    ├── NoValuesError (TypeError)              a symbolic tensor was asked for values
    ├── NotBuiltError (ValueError)             a layer or model was used before it has weights
    ├── NotCompiledError (RuntimeError)        fit or evaluate before compile
    ├── WorkerError (RuntimeError)             another process of a distributed job is gone, or
    cannot work with this one
    ├── NonFiniteError (ArithmeticError)       NaN or infinity where training needs a number
    ├── LoadError (ValueError)                 a file cannot be loaded; names the file and the place
    in it ├── SaveError (OSError)                    a file cannot be written; names the target
    └── ComponentError                         a name does not lead to a usable component
        ├── ComponentNotFoundError (ValueError)   nobody provides the name; proposes the nearest
        ├── ComponentClashError (ValueError)      several packages provide the short name
        ├── MissingPackageError (ImportError)     the package that provides the name is not
        installed └── BrokenPluginError (ImportError)       the plugin that provides the name cannot
        be imported

Every message says which object and argument, what was expected, what came, and what to do.
"""

from __future__ import annotations

import difflib
import reprlib
from collections.abc import Iterable
from typing import Any


class KcoreError(Exception):
    """Root of all exceptions that the k-packages raise on purpose."""


class ConfigurationError(KcoreError, ValueError):
    """An argument has a value that can never work."""


class ShapeError(KcoreError, ValueError):
    """A shape, a rank or a number of inputs does not fit."""


class DataError(KcoreError, ValueError):
    """The data given to fit, evaluate or predict is unusable."""


class DtypeError(KcoreError, TypeError):
    """A dtype does not fit."""


class NoValuesError(DtypeError):
    """A symbolic tensor was asked for values, which it has none of yet."""


class NotBuiltError(KcoreError, ValueError):
    """A layer or model was used before it has weights."""


class NotCompiledError(KcoreError, RuntimeError):
    """A model was trained or evaluated before `compile` was called."""


class NonFiniteError(KcoreError, ArithmeticError):
    """A NaN or an infinity appeared where training needs a number."""


class WorkerError(KcoreError, RuntimeError):
    """Another process of a distributed job is gone, or cannot work with this one."""


class LoadError(KcoreError, ValueError):
    """A file cannot be loaded; the message names the file and the place in it."""


class SaveError(KcoreError, OSError):
    """A file cannot be written; the message names the target."""


class ComponentError(KcoreError):
    """A name does not lead to a usable component."""


class ComponentNotFoundError(ComponentError, ValueError):
    """Nobody provides a component of this kind and name."""


class ComponentClashError(ComponentError, ValueError):
    """Several packages provide a component of this kind and short name."""


class MissingPackageError(ComponentError, ImportError):
    """The package that provides the component is not installed."""


class BrokenPluginError(ComponentError, ImportError):
    """The plugin that provides the component cannot be imported."""


def nearest(name: str, candidates: Iterable[str], limit: int = 3) -> str:
    """A sentence that proposes the candidates most like `name`, or an empty string.

    Args:
        name: what the user wrote.
        candidates: the names that exist.
        limit: how many to propose at most.

    Example:
        >>> nearest("Dens", ["Dense", "Conv2D"])
        "Did you mean 'Dense'?"
    """
    folded = {candidate.lower(): candidate for candidate in candidates}
    close = difflib.get_close_matches(name.lower(), folded, n=limit, cutoff=0.6)
    # a name cut short ("glorot") is less alike than difflib asks for, and yet no riddle
    longer = [key for key in sorted(folded, key=len) if len(name) > 2 and name.lower() in key]
    close = list(dict.fromkeys([*close, *longer]))[:limit]
    if not close:
        return ""
    return f"Did you mean {' or '.join(repr(folded[key]) for key in close)}?"


_brief = reprlib.Repr()
_brief.maxstring = _brief.maxother = 60
_brief.maxlevel = 3


def shown(value: Any) -> str:
    """A value and its class for an error, cut short; quick however much the value holds.

    Args:
        value: anything.

    Example:
        >>> shown("abc"), shown(list(range(1000))), shown(None)
        ("'abc' (str)", '[0, 1, 2, 3, 4, 5, ...] (list)', 'None')
    """
    if value is None or isinstance(value, bool):
        return repr(value)
    text = _brief.repr(value)
    short = text if len(text) <= 120 else f"{text[:117]}..."
    return f"{short} ({type(value).__name__})"
