"""Finds, guards and loads plugins. One broken plugin is recorded; everything else works.

Entry points are read at the first question, never at import. A plugin goes through `found` (its
entry point was read), `enabled` (its table was read) and `imported` (a component was loaded);
`records` tells all states. A plugin may raise whatever it likes, `SystemExit` included; only
`KeyboardInterrupt` passes through. No lock is held while a plugin's code runs, so plugins may
import each other in several threads.
"""

from __future__ import annotations

import importlib
import os
import threading
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pluggy

from kcore.errors import BrokenPluginError, ConfigurationError
from kcore.plugins import hookspecs
from kcore.plugins.admission import SWITCH, admit
from kcore.plugins.diagnosis import Diagnosis, diagnose, incompatible
from kcore.plugins.records import OURS, Component, PluginRecord
from kcore.plugins.scan import entry_points
from kcore.plugins.table import TableError, accepts, read_rows

GROUP = "kcore.plugins"


class PluginWarning(UserWarning):
    """A plugin raised where its work is welcome but not needed."""


class Host:
    """All plugins of this process.

    Args:
        path: folders to search for installed packages, default `sys.path`.
        switch: overrides the environment variable KCORE_PLUGINS.

    Example:
        >>> [record.name for record in Host(path=[]).records()]
        ['kcore']
    """

    def __init__(self, path: Sequence[str] | None = None, switch: str | None = None) -> None:
        self._path = path
        self._switch = switch
        self._plugins: dict[str, PluginRecord] = {}
        self._refused: list[PluginRecord] = []
        self._scanned = False
        self._lock = threading.RLock()
        self._loading = threading.local()
        self._manager = pluggy.PluginManager(hookspecs.PROJECT)
        self._manager.add_hookspecs(hookspecs)

    # Finding

    def records(self) -> tuple[PluginRecord, ...]:
        """Every plugin as it is now, ours first, then by name; nothing is imported."""
        self._scan()
        everyone = (*self._plugins.values(), *self._refused)
        return tuple(sorted(everyone, key=_order))

    def record(self, name: str) -> PluginRecord | None:
        """The plugin of this name, or None; nothing is imported."""
        self._scan()
        return self._plugins.get(name)

    def rescan(self) -> bool:
        """Looks for plugins that were installed since; says whether there are any."""
        known = set(self._plugins)
        self._scanned = False
        self._scan()
        if found := set(self._plugins) - known:
            importlib.invalidate_caches()
        return bool(found)

    def _scan(self) -> None:
        if self._scanned:
            return
        switch = os.environ.get(SWITCH, "") if self._switch is None else self._switch
        plugins, refused = admit(entry_points(GROUP, self._path), switch)
        with self._lock:
            # What is loaded already keeps its state.
            self._plugins, self._refused = {**plugins, **self._plugins}, refused
            self._scanned = True

    # Loading

    def enable(self, name: str) -> PluginRecord | None:
        """Reads the table of one plugin, and of no other.

        Returns:
            The plugin, enabled or with the reason why not; None if no plugin has this name.

        Example:
            >>> Host(path=[]).enable("kcore").state
            'enabled'
        """
        record = self.record(name)
        if record is None or record.state != "found" or name in self._being_loaded():
            return record
        self._being_loaded().add(name)
        try:
            return self._load_table(record)
        finally:
            self._being_loaded().discard(name)

    def enable_all(self) -> tuple[PluginRecord, ...]:
        """Reads the table of every plugin; returns those that are usable, ours first."""
        enabled = (self.enable(record.name) for record in self.records() if record.usable)
        return tuple(record for record in enabled if record is not None and record.usable)

    def load(self, component: Component) -> object:
        """Imports what a component points at.

        Raises:
            BrokenPluginError: if that raises; with the plugin's own traceback, distribution,
                version and what to do.
        """
        started = time.perf_counter()
        record = self._plugins[component.plugin]
        try:
            loaded = _import_target(component.target)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            found = diagnose(error, record, component.target)
            self._update(
                component.plugin, reason=found.reason, traceback=found.traceback, cure=found.cure
            )
            raise broken(f"The {component.kind} '{component.identity}'", record, found) from error
        spent = time.perf_counter() - started
        with self._lock:
            total = self._plugins[component.plugin].import_seconds + spent
            self._update(component.plugin, state="imported", import_seconds=total)
        return loaded

    def _being_loaded(self) -> set[str]:
        # A plugin whose table asks for names while it is read must not meet itself half read.
        names: set[str] = self._loading.__dict__.setdefault("names", set())
        return names

    def _load_table(self, record: PluginRecord) -> PluginRecord:
        started = time.perf_counter()
        try:
            table = _import_target(record.module)
            api_range = getattr(table, "KCORE_API", "")
            if api_range and not accepts(str(api_range)):
                why = incompatible(str(api_range), record)
                return self._update(
                    record.name, state="incompatible", api_range=str(api_range), **_fields(why)
                )
            self._register(table, record.name)
            rows = self._call_one("kcore_components", record.name, {})
            components = read_rows([] if rows is None else rows, record)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            with self._lock:
                if self._manager.has_plugin(record.name):
                    self._manager.unregister(name=record.name)
            return self._update(
                record.name, state="broken", **_fields(diagnose(error, record, record.module))
            )
        spent = time.perf_counter() - started
        read = {"components": components, "api_range": str(api_range), "import_seconds": spent}
        with self._lock:
            if self._plugins[record.name].state != "found":  # another thread was faster
                return self._plugins[record.name]
            return self._update(record.name, state="enabled", **read)

    def _register(self, table: object, name: str) -> None:
        with self._lock:
            if not self._manager.has_plugin(name):
                self._manager.register(table, name)
                self._manager.check_pending()
                if not self._manager.get_hookcallers(table):
                    raise TableError(
                        'It implements no hook; mark functions with pluggy.HookimplMarker("kcore").'
                    )

    def _update(self, name: str, **changes: Any) -> PluginRecord:
        with self._lock:
            record = self._plugins[name] = replace(self._plugins[name], **changes)
            return record

    # Hooks

    def call_hook(self, name: str, /, *, strict: bool = False, **arguments: Any) -> list[Any]:
        """Calls a hook of every plugin, each one guarded.

        Args:
            name: the hook, one of those in `hookspecs`.
            strict: raise if a plugin raises, instead of warning.
            **arguments: the hook's arguments.

        Returns:
            What the plugins returned, ours first, without None.

        Raises:
            ConfigurationError: if there is no such hook.
            BrokenPluginError: if `strict` and a plugin raises.

        Warns:
            PluginWarning: if a plugin raises; it names the plugin, its distribution and version.

        Example:
            >>> Host(path=[]).call_hook("kcore_commands")
            []
        """
        return [result for _, result in self.call_each(name, strict=strict, **arguments)]

    def call_each(
        self, name: str, /, *, strict: bool = False, **arguments: Any
    ) -> list[tuple[PluginRecord, Any]]:
        """Like `call_hook`, with the plugin that returned each result."""
        caller = getattr(self._manager.hook, name, None)
        if caller is None:
            raise ConfigurationError(
                f"There is no hook {name!r}; kcore.plugins.hookspecs lists them all."
            )
        records = self.enable_all()
        implementers = {implementation.plugin_name for implementation in caller.get_hookimpls()}
        results: list[tuple[PluginRecord, Any]] = []
        for record in records:
            if record.name not in implementers:
                continue
            try:
                results.append((record, self._call_one(name, record.name, arguments)))
            except KeyboardInterrupt:
                raise
            except BaseException as error:
                problem = broken(f"The hook {name}", record, diagnose(error, record, record.module))
                if strict:
                    raise problem from error
                warnings.warn(str(problem), PluginWarning, stacklevel=3)
        return [(record, result) for record, result in results if result is not None]

    def _call_one(self, hook: str, plugin: str, arguments: dict[str, Any]) -> Any:
        """Calls one plugin through pluggy, so that its checks, wrappers and tracing hold."""
        others = [module for name, module in self._manager.list_name_plugin() if name != plugin]
        results = self._manager.subset_hook_caller(hook, others)(**arguments)
        return results[0] if results else None

    def trace(self, writer: Callable[[str], Any]) -> Callable[[], None]:
        """Reports every hook call to `writer`; returns a function that ends it.

        Example:
            >>> Host(path=[]).trace(print)()
        """
        self._manager.trace.root.setwriter(writer)
        return self._manager.enable_tracing()


def broken(subject: str, record: PluginRecord, why: Diagnosis) -> BrokenPluginError:
    """The error that says which plugin failed, with its own traceback and what to do.

    Args:
        subject: what was asked for, as the sentence begins.
        record: the plugin.
        why: what is known about the failure.
    """
    state = "failed" if record.usable else f"is {record.state}"
    lines = [
        f"{subject} cannot be used: the plugin {record.name!r} of {record.provider} {state}. "
        f"{why.reason}",
        f"What to do: {why.cure}",
    ]
    if why.traceback:
        lines += ["Its own traceback:", why.traceback.rstrip()]
    return BrokenPluginError("\n".join(lines))


def _import_target(target: str) -> Any:
    module, _, path = target.partition(":")
    found: Any = importlib.import_module(module)
    for attribute in path.split(".") if path else ():
        found = getattr(found, attribute)
    return found


def _order(record: PluginRecord) -> tuple[int, str, str]:
    rank = OURS.index(record.name) if record.name in OURS else len(OURS)
    return rank, record.name, record.distribution


def _fields(why: Diagnosis) -> dict[str, str]:
    return {"reason": why.reason, "traceback": why.traceback, "cure": why.cure}
