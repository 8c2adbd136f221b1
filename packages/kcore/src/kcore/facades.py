"""Modules such as `kcore.layers` as views on the catalogue of whatever is installed.

A facade is a module whose attributes are the components of one kind. Looking one up loads it and
keeps it as an ordinary attribute, so `kcore.layers.Dense is klayers.Dense` and the second access
costs nothing. Where components are modules (data sets, families of applications), a facade that is
a package also has them as submodules: importing `kcore.datasets.mnist` gives the very module
`kdatasets.mnist`.

Objects that user code registers at run time do not show here: what `from kcore.layers import Dense`
means depends on what is installed, not on what ran before.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import TYPE_CHECKING, Any, cast

from kcore.errors import ComponentClashError, ComponentNotFoundError, nearest
from kcore.plugins.catalogue import catalogue
from kcore.plugins.records import OURS, Component

if TYPE_CHECKING:
    from importlib.abc import Loader

_facades: dict[str, Facade] = {}


class Facade:
    """The attributes of one facade module.

    Args:
        module: the module's name.
        kinds: the kinds of its components; none where it has only `own` names.
        own: further names, as "module:attribute" or "module".
        prefix: what component names begin with here, such as "text." for
            `kcore.preprocessing.text`.
    """

    def __init__(
        self, module: str, kinds: Sequence[str], own: Mapping[str, str], prefix: str
    ) -> None:
        self.module = module
        self.kinds = kinds
        self.own = own
        self.prefix = prefix

    def get(self, name: str) -> Any:
        """The attribute of this name, loaded at the first call and kept in the module.

        Raises:
            AttributeError: if there is none; the message proposes the nearest names.
            MissingPackageError: if the package that provides it is not installed.
            BrokenPluginError: if its plugin is broken.
        """
        if name == "__all__":
            # A star import takes our names only, so that no stranger can spoil it or change what it
            # means.
            return sorted(
                set(self.own).union(
                    c.name.removeprefix(self.prefix) for c in self._components() if _is_ours(c)
                )
            )
        if name.startswith("_"):
            raise AttributeError(f"The module {self.module} has no attribute {name!r}.")
        value = self._load(name)
        setattr(sys.modules[self.module], name, value)
        return value

    def names(self) -> list[str]:
        """Every attribute that the module has or can load, sorted."""
        loadable = {component.name.removeprefix(self.prefix) for component in self._components()}
        return sorted(loadable.union(self.own, vars(sys.modules[self.module])))

    def find(self, name: str) -> Component:
        """The component behind an attribute; see `Catalogue.find`."""
        missing: ComponentNotFoundError | None = None
        for kind in self.kinds or ("",):
            try:
                return catalogue().installed(kind, self.prefix + name)
            except ComponentNotFoundError as error:
                missing = missing or error
        assert missing is not None  # there is always a kind to look for
        raise missing

    def _load(self, name: str) -> Any:
        if name in self.own:
            module, _, attribute = self.own[name].partition(":")
            loaded = importlib.import_module(module)
            return getattr(loaded, attribute) if attribute else loaded
        try:
            return catalogue().load_component(self.find(name))
        except ComponentClashError as error:
            raise AttributeError(str(error)) from error
        except ComponentNotFoundError as error:
            raise AttributeError(
                f"The module {self.module} has no attribute {name!r}. "
                f"{nearest(name, self.names())} {error}"
            ) from error

    def _components(self) -> list[Component]:
        components = [c for kind in self.kinds for c in catalogue().components(kind)]
        return [component for component in components if component.name.startswith(self.prefix)]


def facade(
    module: str, *kinds: str, own: Mapping[str, str] | None = None, prefix: str = ""
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Makes a module a view on the components of some kinds.

    Args:
        module: the module's `__name__`.
        kinds: the kinds of its components; none for a module that has only `own` names.
        own: further names, as "module:attribute" or "module".
        prefix: what component names begin with here.

    Returns:
        The module's `__getattr__` and `__dir__`.

    Example:
        >>> __getattr__, __dir__ = facade("kcore.layers", "layer")  # doctest: +SKIP
    """
    made = _facades[module] = Facade(module, kinds, own or {}, prefix)
    return made.get, made.names


class _SubmoduleFinder:
    """Finds `kcore.datasets.mnist`: a facade's submodule is the module that a component names."""

    @staticmethod
    def find_spec(
        fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        parent, _, name = fullname.rpartition(".")
        if parent not in _facades:
            return None
        try:
            component = _facades[parent].find(name)
        except (ComponentNotFoundError, ComponentClashError):
            return None
        if ":" in component.target:
            return None
        return ModuleSpec(fullname, cast("Loader", _SubmoduleLoader(_facades[parent])))


class _SubmoduleLoader:
    """Puts the component's module in the place of the one being imported, which Python allows."""

    def __init__(self, parent: Facade) -> None:
        self.parent = parent

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        sys.modules[module.__name__] = self.parent.get(module.__name__.rpartition(".")[2])


def _is_ours(component: Component) -> bool:
    return component.plugin in OURS


sys.meta_path.append(_SubmoduleFinder)
