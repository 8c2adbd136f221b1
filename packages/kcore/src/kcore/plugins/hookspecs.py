"""Every hook that a plugin may implement: when it is called, what to return, an example.

A plugin is one module, named by an entry point of the group `kcore.plugins`. It needs pluggy's
marker and no kcore::

    import pluggy

    hookimpl = pluggy.HookimplMarker("kcore")
    KCORE_API = ">=0.1,<1"  # optional: the core API this plugin was written for

    @hookimpl
    def kcore_components():
        return [("layer", "Gated", "kcore_gated.gated:Gated")]

Implementations may leave out arguments that they do not use. Each plugin is called alone and
guarded: if one raises, the others are still asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

import pluggy

PROJECT = "kcore"
hookspec = pluggy.HookspecMarker(PROJECT)

Row: TypeAlias = tuple[str, str, str] | tuple[str, str, str, Mapping[str, tuple[str, ...]]]
"""(kind, name, "module:attribute" or "module"), and optionally {"aliases": (old names)}."""

CheckRow: TypeAlias = tuple[str, str, str]
"""(kind, name, "module:function") of a function that gives the checks of a component."""

CommandRow: TypeAlias = tuple[str, str]
"""(name, "module:attribute") of a click command."""


@hookspec
def kcore_components() -> Iterable[Row]:
    """The table of what the plugin provides. Called once, when a name is first looked up.

    The module must be light: it names classes, it does not import them. A kind is any word; the
    host's own kinds are layer, optimizer, loss, metric, callback, initializer, regularizer,
    constraint, activation, schedule, application, dataset, preprocessor, file_format, data_adapter
    and distribution. A second row is a second name; an alias is a name of the past, which still
    works and warns. An alias "other/Name" says that the component has moved here from the plugin
    `other`.

    Returns:
        Rows of (kind, name, target) or (kind, name, target, {"aliases": (...)}).

    Example:
        >>> def kcore_components():
        ...     return [("layer", "Gated", "kcore_gated.gated:Gated", {"aliases": ("GatedUnit",)})]
    """
    raise NotImplementedError


@hookspec
def kcore_callbacks(model: Any) -> Iterable[Any]:
    """Callbacks added to every fit. Called when `model.fit` starts, before the first epoch.

    Args:
        model: the compiled model that is about to be trained.

    Returns:
        Callback objects, after which those given to `fit` come; an empty list for none.

    Example:
        >>> def kcore_callbacks(model):
        ...     return [RunLogger(model.name)]
    """
    raise NotImplementedError


@hookspec
def kcore_commands() -> Iterable[CommandRow]:
    """Extra commands. Called when `kcore` lists its commands or meets one that it does not know.

    Returns:
        Rows of (name, "module:attribute"); the attribute is a click command, imported when the
        command is run.

    Example:
        >>> def kcore_commands():
        ...     return [("runs", "kcore_runs.cli:runs")]
    """
    raise NotImplementedError


@hookspec
def kcore_checks() -> Iterable[CheckRow]:
    """How components are tried. Called by `kcore check`, for the plugin that is named.

    Returns:
        Rows of (kind, name, "module:function"); the function takes nothing and gives what a
        function of kcore.testing does, such as `check_layer`.

    Example:
        >>> def kcore_checks():
        ...     return [("layer", "Gated", "kcore_gated.checks:gated")]
    """
    raise NotImplementedError


@hookspec
def kcore_model_saved(model: Any, path: str) -> None:
    """Told that a model was saved. Called after the file has its final name.

    Args:
        model: the model.
        path: the file.

    Example:
        >>> def kcore_model_saved(model, path):
        ...     print(model.name, "->", path)
    """


@hookspec
def kcore_model_loaded(model: Any, path: str) -> None:
    """Told that a model was loaded. Called when its weights are in place.

    Args:
        model: the model.
        path: the file.

    Example:
        >>> def kcore_model_loaded(model, path):
        ...     print(path, "->", model.name)
    """
