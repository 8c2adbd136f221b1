"""What the host knows: a component that could be loaded, a plugin and the state it is in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

State: TypeAlias = Literal[
    "found", "enabled", "imported", "broken", "incompatible", "refused", "disabled"
]

OURS = ("kcore", "klayers", "kpreprocess", "kapps", "kdatasets")
"""Plugin names that belong to the distributions of the same name; their short names come first."""


@dataclass(frozen=True, slots=True)
class Component:
    """One thing that a plugin provides, known by name and not yet imported.

    Args:
        kind: "layer", "loss" and so on.
        name: the short name.
        plugin: the plugin that provides it, "custom" for objects registered at run time.
        target: "module:attribute", or "module" for a whole module.
        distribution: the installed package, "" for objects registered at run time.
        version: the version of that package.
        aliases: names of the past.
        value: the object itself where it was registered at run time.

    Example:
        >>> Component("layer", "Dense", "klayers", "klayers.core.dense:Dense").identity
        'klayers/Dense'
    """

    kind: str
    name: str
    plugin: str
    target: str
    distribution: str = ""
    version: str = ""
    aliases: tuple[str, ...] = ()
    value: object = field(default=None, repr=False, compare=False)

    @property
    def identity(self) -> str:
        """`plugin/Name`, unique within its kind."""
        return f"{self.plugin}/{self.name}"

    @property
    def provider(self) -> str:
        """Distribution and version; the plugin's name for objects of this process."""
        return f"{self.distribution} {self.version}" if self.distribution else self.plugin


@dataclass(frozen=True, slots=True)
class PluginRecord:
    """One plugin and what has become of it.

    States on the way: `found` (its entry point was read), `enabled` (its table was read),
    `imported` (a component of it was loaded). States off the way: `broken` (its table cannot be
    used), `incompatible` (it was written for another core API), `refused` (it uses a name that is
    taken), `disabled` (KCORE_PLUGINS switches it off).

    Args:
        name: the name of the entry point, first half of every identity.
        module: what the entry point names, "module" or "module:attribute".
        distribution: the installed package.
        version: the version of that package.
        state: see above.
        reason: why the plugin, or one of its components, cannot be used, in one sentence.
        traceback: the plugin's own traceback where there is one.
        cure: what to do.
        api_range: the core API range that it declares, "" if none.
        import_seconds: time taken so far to import its table and components.
        components: what it provides, once its table is read.
    """

    name: str
    module: str
    distribution: str
    version: str
    state: State = "found"
    reason: str = ""
    traceback: str = ""
    cure: str = ""
    api_range: str = ""
    import_seconds: float = 0.0
    components: tuple[Component, ...] = ()

    @property
    def usable(self) -> bool:
        """Whether its components can be asked for."""
        return self.state in ("found", "enabled", "imported")

    @property
    def provider(self) -> str:
        """The distribution and its version, as messages name it."""
        return f"{self.distribution} {self.version}"
