"""What a layer's configuration must hold beyond that of every component."""

from __future__ import annotations

import json

from kcore.testing.check import expect
from kcore.testing.comparing import expect_equal
from kcore.testing.layers.subject import LayerSubject
from kcore.testing.subject import plain_config


def building_leaves_the_configuration(subject: LayerSubject) -> None:
    """Building and calling a layer do not change its configuration."""
    layer = subject.make()
    before = plain_config(subject, layer)
    subject.run(layer)
    after = plain_config(subject, layer)
    expect(
        before == after,
        f"{subject.name}: the configuration was {before} before the first call and {after} after "
        "it. Keep what `build` finds out under other names than the arguments'.",
    )


def equal_configuration_equal_outputs(subject: LayerSubject) -> None:
    """A layer made from the configuration, given the weights, computes the same."""
    layer = subject.built()
    twin = type(layer).from_config(json.loads(plain_config(subject, layer)))
    subject.run(twin)
    twin.set_weights(layer.get_weights())
    expect_equal(
        subject.run(twin),
        subject.run(layer),
        f"{subject.name}: outputs of a layer made from the configuration",
        "An argument is missing in get_config, or `call` uses what is no weight.",
    )
