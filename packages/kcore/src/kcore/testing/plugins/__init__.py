"""The checks that every installed plugin must pass, in processes that know nothing of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from kcore.testing.check import Check, refuse_unknown
from kcore.testing.plugins import discovery, replayed
from kcore.testing.plugins.replayed import Replay
from kcore.testing.plugins.subject import PluginSubject

Tried = Mapping[tuple[str, str], Iterable[Check]]


def check_plugin(
    name: str, tried: Tried | None = None, *, known_failures: Mapping[str, str] | None = None
) -> Iterator[Check]:
    """The checks that every installed plugin must pass, one small named thing each.

    What can only be seen from outside is seen from two new processes for all components together:
    one reads the plugin's table, the other loads files that were written here.

    Args:
        name: of the plugin, the first half of its components' identities.
        tried: the checks of its components by (kind, name), as `check_layer` gives them; those of
            the hook `kcore_checks` by default.
        known_failures: reasons by the names of checks that are known to fail.

    Returns:
        An iterator over Check objects; calling one runs it. The name of a check of a component
        begins with that component's: "Gated-loads_in_a_new_process".

    Raises:
        ConfigurationError: if a known failure names no check.
        ComponentNotFoundError: if no plugin of this name is installed.
        BrokenPluginError: if the plugin cannot be used.

    Example:
        >>> next(check_plugin("kcore", {})).name
        'table_is_light'
    """
    subject = PluginSubject(name)
    known = dict(known_failures or {})
    replay = Replay(subject, subject.tried() if tried is None else tried)
    for check in (*discovery.checks(subject), *replayed.checks(replay)):
        reason = known.pop(check.name, None)
        yield Check(check.name, check.says, check.run, reason)
    refuse_unknown(known)
