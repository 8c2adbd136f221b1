"""What a layer's configuration must hold."""

from __future__ import annotations

import inspect
import json
from typing import Any

from kcore import components
from kcore.errors import KcoreError
from kcore.layer import Layer
from kcore.plugins.catalogue import catalogue
from kcore.testing.check import expect, fail
from kcore.testing.comparing import expect_equal
from kcore.testing.layers.subject import LayerSubject
from kcore.utils.custom_objects import CustomObjectScope

_STORE = "Store every constructor argument on self under its own name, or write get_config."


def _json(subject: LayerSubject, layer: Any) -> str:
    try:
        return json.dumps(layer.get_config(), sort_keys=True)
    except TypeError as error:
        fail(f"{subject.name}.get_config() holds what JSON cannot: {error}. {_STORE}")
        raise


def config_is_plain_data(subject: LayerSubject) -> None:
    """get_config gives what JSON can hold."""
    _json(subject, subject.make())


def config_round_trip(subject: LayerSubject) -> None:
    """from_config(get_config()) makes a layer of the same class and configuration."""
    layer = subject.make()
    before = _json(subject, layer)
    twin = type(layer).from_config(json.loads(before))
    expect(type(twin) is type(layer), f"{subject.name}.from_config gave a {type(twin).__name__}.")
    after = _json(subject, twin)
    expect(
        after == before,
        f"{subject.name}: from_config(get_config()) has the configuration {after}; expected "
        f"{before}. {_STORE}",
    )


def config_holds_every_argument(subject: LayerSubject) -> None:
    """Every constructor argument is in the configuration."""
    layer = subject.make()
    parameters = components.constructor_arguments(type(layer))
    missing = [name for name in parameters if name not in layer.get_config()]
    neutral = [name for name in missing if _is_default(type(layer), layer, name)]
    lost = sorted(set(missing) - set(neutral))
    expect(not lost, f"{subject.name}.get_config() leaves out {lost}. {_STORE}")


def _is_default(cls: type, layer: Any, name: str) -> bool:
    parameter = inspect.signature(cls.__init__).parameters[name]  # type: ignore[misc]
    return bool(getattr(layer, name, None) == parameter.default)


def building_leaves_the_configuration(subject: LayerSubject) -> None:
    """Building and calling a layer do not change its configuration."""
    layer = subject.make()
    before = _json(subject, layer)
    subject.run(layer)
    after = _json(subject, layer)
    expect(
        before == after,
        f"{subject.name}: the configuration was {before} before the first call and {after} after "
        "it. Keep what `build` finds out under other names than the arguments'.",
    )


def equal_configuration_equal_outputs(subject: LayerSubject) -> None:
    """A layer made from the configuration, given the weights, computes the same."""
    layer = subject.built()
    twin = type(layer).from_config(json.loads(_json(subject, layer)))
    subject.run(twin)
    twin.set_weights(layer.get_weights())
    expect_equal(
        subject.run(twin),
        subject.run(layer),
        f"{subject.name}: outputs of a layer made from the configuration",
        "An argument is missing in get_config, or `call` uses what is no weight.",
    )


def unknown_arguments_are_refused(subject: LayerSubject) -> None:
    """An argument that does not exist is an error that names it."""
    layer = subject.make()
    try:
        type(layer).from_config({**layer.get_config(), "no_such_argument": 1})
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


def name_is_kept(subject: LayerSubject) -> None:
    """A name given to the constructor is the layer's."""
    layer = subject.make()
    named = type(layer).from_config({**layer.get_config(), "name": "chosen"})
    expect(
        named.name == "chosen",
        f"{subject.name}(name='chosen').name is {named.name!r}. Pass **kwargs to super().__init__.",
    )


def serialized_form_names_the_plugin(subject: LayerSubject) -> None:
    """The saved form leads back to the class, by the identity of its plugin."""
    layer = subject.make()
    identity = catalogue().identity_of(type(layer))
    objects = {} if identity else {type(layer).__name__: type(layer)}
    with CustomObjectScope(objects):
        saved = components.to_data(layer)
        again = components.get("layer", saved, subject.name)
    expect(
        type(again) is type(layer),
        f"{subject.name}: the saved form led to {type(again).__name__}. Check the row in the "
        "plugin's table.",
    )
    if identity and saved["registered_name"] is not None:
        expect(
            saved["registered_name"] == identity,
            f"{subject.name}: the saved form names {saved['registered_name']!r}; the table says "
            f"{identity!r}.",
        )


def arguments_are_explained(subject: LayerSubject) -> None:
    """The docstring names every constructor argument."""
    cls = type(subject.make())
    text = inspect.getdoc(cls) or ""
    shared = components.constructor_arguments(Layer)
    own = [a for a in components.constructor_arguments(cls) if a not in shared]
    silent = [a for a in own if a not in text]
    expect(not silent, f"The docstring of {subject.name} does not explain {silent}.")
