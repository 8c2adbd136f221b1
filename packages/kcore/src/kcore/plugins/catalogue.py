"""Turns a kind and a name into a component, and a component into the object it names.

A name is an identity (`klayers/Dense`: that plugin and no other is asked) or a short name
(`Dense`). A short name is looked up, in this order, in open custom scopes, our own packages,
objects registered at run time, and strangers' plugins. So nobody can take a name of ours; if two
strangers share one, that is an error which names both.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from typing import NoReturn

from kcore.errors import (
    BrokenPluginError,
    ComponentClashError,
    ComponentNotFoundError,
    MissingPackageError,
    nearest,
)
from kcore.plugins import custom, known
from kcore.plugins.diagnosis import Diagnosis
from kcore.plugins.host import Host, broken
from kcore.plugins.records import OURS, Component, PluginRecord

# of a name in an error
_LONGEST = 100


class Catalogue:
    """Every component that can be had by name.

    Args:
        host: where plugins come from, default those of this process.

    Example:
        >>> Catalogue(Host(path=[])).names("no_such_kind")
        ()
    """

    def __init__(self, host: Host | None = None) -> None:
        self.host = Host() if host is None else host
        self._tables: dict[str, dict[tuple[str, str], Component]] = {}
        self._registered: dict[tuple[str, str], Component] = {}
        self._found: dict[tuple[str, str], Component] = {}
        self._short: dict[str, frozenset[str]] = {}
        self._loaded: dict[tuple[str, str], object] = {}
        self._warned: set[str] = set()

    # From names to components

    def find(self, kind: str, name: str) -> Component:
        """The component of this kind and name; its target is not imported.

        Args:
            kind: "layer", "loss", "dataset" and so on.
            name: a short name or an identity.

        Raises:
            ComponentNotFoundError: nobody provides it; the message proposes the nearest names.
            ComponentClashError: two strangers provide the short name.
            MissingPackageError: the package that provides it is not installed.
            BrokenPluginError: the plugin named by the identity is broken, incompatible, refused or
                disabled.

        Warns:
            FutureWarning: once, if the name is one of the past.

        Example:
            >>> catalogue().find("layer", "klayers/Dense").name  # doctest: +SKIP
            'Dense'
        """
        if custom.in_scope() and (component := custom.scoped(kind, name)):
            return component
        try:
            return self._found[kind, name]
        except KeyError:
            component = self._found[kind, name] = self._search(kind, name)
            return component

    def load(self, kind: str, name: str) -> object:
        """The object that a component names; imported at the first call, kept afterwards.

        Args:
            kind: as for `find`.
            name: as for `find`.

        Raises:
            BrokenPluginError: importing it raised; with the plugin's own traceback and what to do.
            ComponentError: as for `find`.

        Example:
            >>> catalogue().load("dataset", "digits").load_data()  # doctest: +SKIP
        """
        return self.load_component(self.find(kind, name))

    def load_component(self, component: Component) -> object:
        """The object that a component found before names; see `load`."""
        if component.value is not None:
            return component.value
        key = component.kind, component.identity
        try:
            return self._loaded[key]
        except KeyError:
            return self._loaded.setdefault(key, self.host.load(component))

    def installed(self, kind: str, name: str) -> Component:
        """Like `find`, but among installed packages only, not among objects of this process."""
        return self._search(kind, name, registered=False)

    def names(self, kind: str) -> tuple[str, ...]:
        """All short names of a kind, sorted, without names of the past."""
        return tuple(sorted({component.name for component in self.components(kind)}))

    def has(self, kind: str, name: str) -> bool:
        """Whether `names(kind)` holds a short name; quick, for who asks often."""
        if kind not in self._short:
            self._short[kind] = frozenset(self.names(kind))
        return name in self._short[kind]

    def kinds(self) -> tuple[str, ...]:
        """All kinds of which there is a component, sorted."""
        return tuple(
            sorted({component.kind for component in self.components()} - {custom.ANY_KIND})
        )

    def components(self, kind: str | None = None) -> tuple[Component, ...]:
        """All components, or those of one kind: ours, strangers', then those registered here."""
        installed = (
            component for record in self.host.enable_all() for component in record.components
        )
        everything = (*installed, *self._registered.values())
        return tuple(component for component in everything if kind in (None, component.kind))

    def clashes(self) -> tuple[tuple[Component, ...], ...]:
        """Strangers' components that share a kind and a short name, told apart by identity."""
        shared: dict[tuple[str, str], list[Component]] = {}
        for component in self.components():
            if component.distribution and component.plugin not in OURS:
                shared.setdefault((component.kind, component.name), []).append(component)
        return tuple(tuple(found) for found in shared.values() if len(found) > 1)

    # From objects to names

    def identity_of(self, thing: object) -> str | None:
        """The identity of a class, function, module or of an object's class; None if it has none.

        Nothing is imported but light tables. A class counts as provided if a table names its module
        and name, if it was loaded by name, or if it is what a module already imported has under the
        name in a table (a re-export).

        Example:
            >>> catalogue().identity_of(int) is None  # doctest: +SKIP
            True
        """
        if not hasattr(thing, "__qualname__") and hasattr(thing, "__module__"):
            thing = type(thing)
        for name, value in custom.in_scope().items():
            if value is thing:
                return f"{custom.PACKAGE}/{name}"
        for component in self._registered.values():
            if component.value is thing:
                return component.identity
        target = custom.where(thing)
        records = self.host.enable_all()
        everything = [component for record in records for component in record.components]
        exact = (component.identity for component in everything if component.target == target)
        loaded = (identity for (_, identity), value in self._loaded.items() if value is thing)
        exported = (
            component.identity for component in everything if _exports(component, thing, target)
        )
        return next(exact, None) or next(loaded, None) or next(exported, None)

    # Objects without a package

    def register(
        self, kind: str, name: str, thing: object, package: str = custom.PACKAGE
    ) -> Component:
        """Makes an object of this process findable until the process ends.

        Args:
            kind: the kind, or `custom.ANY_KIND` to have it found under every kind.
            name: the short name.
            thing: the class, function or object.
            package: first half of the identity, default "custom"; not the name of one of our
                packages.

        Returns:
            The component. Registering the same kind, name and package again replaces it.

        Raises:
            ConfigurationError: if the name or package cannot be one.

        Example:
            >>> catalogue().register("layer", "Twice", object, package="mylab").identity
            'mylab/Twice'
        """
        component = custom.component(kind, name, thing, package)
        self._registered = {**self._registered, (kind, component.identity): component}
        self._found.clear()
        self._short.clear()
        return component

    def unregister(self, kind: str, name: str, package: str = custom.PACKAGE) -> None:
        """Forgets what `register` was given; does nothing if there is no such object."""
        forgotten = kind, f"{package}/{name}"
        self._registered = {
            key: component for key, component in self._registered.items() if key != forgotten
        }
        self._found.clear()
        self._short.clear()

    @staticmethod
    def scope(objects: Mapping[str, object]) -> AbstractContextManager[None]:
        """Makes objects findable under every kind inside a `with` block; see `custom.scope`."""
        return custom.scope(objects)

    # Searching

    def _search(self, kind: str, name: str, registered: bool = True) -> Component:
        try:
            return self._search_once(kind, name, registered)
        except (ComponentNotFoundError, MissingPackageError):
            # The package may have been installed since the entry points were read, as happens in
            # notebooks.
            if not self.host.rescan():
                raise
            self._short.clear()
            return self._search_once(kind, name, registered)

    def _search_once(self, kind: str, name: str, registered: bool) -> Component:
        found = self._in_ours(kind, name)
        if found is None and registered:
            found = self._in_registered(kind, name)
        if found is None:
            self._check_ours(kind, name)
            found = self._in_strangers(kind, name)
        return found or self._fail(kind, name)

    def _check_ours(self, kind: str, name: str) -> None:
        """A name of ours is not for strangers to fill in when our package is missing or broken."""
        plugin, slash, _ = name.partition("/")
        package = plugin if slash and plugin in OURS else known.provider(kind, name)
        if package is None:
            return
        record = self.host.record(package)
        if record is None:
            raise MissingPackageError(
                f"The {kind} {name!r} is provided by the package {package}, which is not "
                "installed. "
                f"What to do: pip install {package}"
            )
        if not record.usable:
            raise _unusable(f"The {kind} {name!r}", record)

    def _in_ours(self, kind: str, name: str) -> Component | None:
        plugin = name.partition("/")[0] if "/" in name else None
        for ours in OURS:
            if plugin in (None, ours) and (component := self._in_table(ours, kind, name)):
                return component
        return None

    def _in_registered(self, kind: str, name: str) -> Component | None:
        for (registered_kind, identity), component in reversed(self._registered.items()):
            if registered_kind in (kind, custom.ANY_KIND) and name in (identity, component.name):
                return component
        return None

    def _in_strangers(self, kind: str, name: str) -> Component | None:
        plugin, slash, _ = name.partition("/")
        if slash and (component := self._in_table(plugin, kind, name)):
            return component
        if slash and (record := self.host.record(plugin)) is not None and not record.usable:
            raise _unusable(f"The {kind} {name!r}", record)
        # By identity, this is reached only by a component that has moved: its new plugin keeps the
        # old identity.
        plugins = [record.name for record in self.host.enable_all()]
        found = [component for other in plugins if (component := self._in_table(other, kind, name))]
        if len(found) > 1:
            raise _clash(kind, name, found)
        return found[0] if found else None

    def _in_table(self, plugin: str, kind: str, name: str) -> Component | None:
        table = self._tables.get(plugin)
        if table is None:
            record = self.host.enable(plugin)
            if record is None or record.state not in ("enabled", "imported"):
                return None
            table = self._tables[plugin] = _table(record)
        component = table.get((kind, name.removeprefix(f"{plugin}/")))
        if component is not None and name not in (component.name, component.identity):
            self._warn_renamed(name, component)
        return component

    def _warn_renamed(self, name: str, component: Component) -> None:
        message = (
            f"The {component.kind} {name!r} is now called {component.identity!r}; use that name."
        )
        if message not in self._warned:
            self._warned.add(message)
            warnings.warn(message, FutureWarning, stacklevel=2)

    # Failing

    def _fail(self, kind: str, name: str) -> NoReturn:
        name = name if len(name) <= _LONGEST else f"{name[:_LONGEST]}..."
        plugin, slash, short = name.rpartition("/")
        if slash and self.host.record(plugin) is None:
            raise MissingPackageError(
                f"The {kind} {name!r} is provided by a plugin named {plugin!r}, which is not "
                "installed. "
                f"What to do: pip install the package that provides it. Installed are: "
                f"{self._plugin_names()}."
            )
        raise ComponentNotFoundError(" ".join(self._not_found(kind, name, plugin, short)))

    def _not_found(self, kind: str, name: str, plugin: str, short: str) -> Iterable[str]:
        components = [
            component for component in self.components() if plugin in ("", component.plugin)
        ]
        candidates = {component.name for component in components if component.kind == kind}
        whose = (
            f"The plugin {plugin!r} provides no" if plugin else "No installed package provides a"
        )
        yield f"{whose} component of kind {kind!r} with the name {short!r}."
        yield nearest(short, candidates | set(() if plugin else known.known_names(kind)))
        for component in components:
            if component.name == short and component.kind != kind:
                yield f"There is {component.identity!r}, of kind {component.kind!r}."
        for record in self.host.records():
            if not record.usable:
                plugin = f"The plugin {record.name!r} of {record.provider}"
                yield f"{plugin} is {record.state}: {record.reason}"

    def _plugin_names(self) -> str:
        return ", ".join(record.name for record in self.host.records())


def _table(record: PluginRecord) -> dict[tuple[str, str], Component]:
    """What a plugin provides by kind and short name, and by names of the past after those."""
    table = {(component.kind, component.name): component for component in record.components}
    for component in record.components:
        for alias in component.aliases:
            table.setdefault((component.kind, alias), component)
    return table


def _exports(component: Component, thing: object, target: str) -> bool:
    """Whether an imported module has this very object where the component points."""
    module, _, attribute = component.target.partition(":")
    if not attribute or target.rpartition(":")[2] != attribute:
        return False
    return vars(sys.modules.get(module, sys)).get(attribute) is thing


def _unusable(subject: str, record: PluginRecord) -> BrokenPluginError:
    return broken(subject, record, Diagnosis(record.reason, record.traceback, record.cure))


def _clash(kind: str, name: str, found: list[Component]) -> ComponentClashError:
    offers = " and ".join(f"{component.identity!r} of {component.provider}" for component in found)
    return ComponentClashError(
        f"The short name {name!r} of kind {kind!r} is provided by {offers}. What to do: use the "
        "identity of the one that "
        f"you mean, for example {found[0].identity!r}."
    )


_CATALOGUE = Catalogue()


def catalogue() -> Catalogue:
    """The catalogue of this process.

    Example:
        >>> catalogue() is catalogue()
        True
    """
    return _CATALOGUE
