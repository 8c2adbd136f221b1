"""What the configuration of every component must hold that is made from one."""

from __future__ import annotations

import inspect
import json
from typing import Any

from kcore import components
from kcore.errors import KcoreError
from kcore.plugins.catalogue import catalogue
from kcore.testing.check import expect, fail
from kcore.testing.subject import STORE, Subject, expect_explained, plain_config
from kcore.utils.custom_objects import CustomObjectScope


def config_is_plain_data(subject: Subject) -> None:
    """get_config gives what JSON can hold."""
    plain_config(subject, subject.make())


def config_round_trip(subject: Subject) -> None:
    """from_config(get_config()) makes an object of the same class and configuration."""
    thing = subject.make()
    before = plain_config(subject, thing)
    twin = type(thing).from_config(json.loads(before))
    expect(type(twin) is type(thing), f"{subject.name}.from_config gave a {type(twin).__name__}.")
    after = plain_config(subject, twin)
    expect(
        after == before,
        f"{subject.name}: from_config(get_config()) has the configuration {after}; expected "
        f"{before}. {STORE}",
    )


def config_holds_every_argument(subject: Subject) -> None:
    """Every constructor argument is in the configuration."""
    thing = subject.make()
    parameters = components.constructor_arguments(type(thing))
    missing = [name for name in parameters if name not in thing.get_config()]
    neutral = [name for name in missing if _is_default(type(thing), thing, name)]
    lost = sorted(set(missing) - set(neutral))
    expect(not lost, f"{subject.name}.get_config() leaves out {lost}. {STORE}")


def _is_default(cls: type, thing: Any, name: str) -> bool:
    parameter = inspect.signature(cls.__init__).parameters[name]  # type: ignore[misc]
    return bool(getattr(thing, name, None) == parameter.default)


def unknown_arguments_are_refused(subject: Subject) -> None:
    """An argument that does not exist is an error that names it."""
    thing = subject.make()
    try:
        type(thing).from_config({**thing.get_config(), "no_such_argument": 1})
    except (KcoreError, TypeError, ValueError) as error:
        expect(
            "no_such_argument" in str(error),
            f"{subject.name}(no_such_argument=1): the error does not name the argument: {error}",
        )
        return
    fail(
        f"{subject.name}(no_such_argument=1) raised nothing, so a misspelt argument is lost. Pass "
        "**kwargs to super().__init__ and do not take what you do not know."
    )


def name_is_kept(subject: Subject) -> None:
    """A name given to the constructor is kept."""
    thing = subject.make()
    named = type(thing).from_config({**thing.get_config(), "name": "chosen"})
    expect(
        named.name == "chosen",
        f"{subject.name}(name='chosen').name is {named.name!r}. Pass **kwargs to super().__init__.",
    )


def serialized_form_names_the_plugin(subject: Subject) -> None:
    """The saved form leads back to the class, by the identity of its plugin."""
    thing = subject.make()
    identity = catalogue().identity_of(type(thing))
    objects = {} if identity else {type(thing).__name__: type(thing)}
    with CustomObjectScope(objects):
        saved = components.to_data(thing)
        again = components.get(subject.kind, saved, subject.name)
    expect(
        type(again) is type(thing),
        f"{subject.name}: the saved form led to {type(again).__name__}. Check the row in the "
        "plugin's table.",
    )
    if identity and saved["registered_name"] is not None:
        expect(
            saved["registered_name"] == identity,
            f"{subject.name}: the saved form names {saved['registered_name']!r}; the table says "
            f"{identity!r}.",
        )


def arguments_are_explained(subject: Subject) -> None:
    """The docstring of the class, or of that with its constructor, names each argument."""
    expect_explained(type(subject.make()), subject)
