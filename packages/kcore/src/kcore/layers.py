"""Every layer that is installed, by name: `from kcore.layers import Dense`.

The layers live in klayers and in strangers' packages; the base class and the inputs of a model are
kcore's own.

Example:
    >>> from kcore.layers import Dense  # doctest: +SKIP
"""

from __future__ import annotations

from kcore.facades import facade

__getattr__, __dir__ = facade(
    __name__,
    "layer",
    "layer_function",
    own={
        "Input": "kcore.models.inputs:Input",
        "InputLayer": "kcore.models.inputs:InputLayer",
        "InputSpec": "kcore.layer:InputSpec",
        "Layer": "kcore.layer:Layer",
        "deserialize": "kcore.saving.objects:deserialize_layer",
        "serialize": "kcore.saving.objects:serialize_layer",
    },
)
