"""Plain data in which something is another: of another type, missing, unknown, huge, moved."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from typing import Any

VALUES: list[Any] = [
    None,
    True,
    -1,
    7,
    2.5,
    "abc",
    "",
    [],
    {},
    [1],
    {"a": 1},
    [[1, 2], 3],
    2**62,
    2**200,
    1e308,
    "../x",
    "x" * 3000,
    {"class_name": "Linear", "config": {"units": 1}},
    {"class_name": 5},
    ["left", 0, 0],
    [[["left", 0, 0, {}]]],
]
KINDS = ("another value", "another type", "missing", "unknown", "twice", "from elsewhere")


def mutants(data: Any, count: int, seed: int) -> Iterator[tuple[str, Any]]:
    """What was changed where, and the changed copy of the data; the kinds take turns."""
    draw = random.Random(seed)
    places = [place for place in _places(data) if place]
    for number in range(count):
        changed = copy.deepcopy(data)
        kind, place = KINDS[number % len(KINDS)], draw.choice(places)
        own = _at(changed, place[:-1])
        _change(own, place[-1], kind, draw, data, places)
        if changed != data:
            yield f"{kind}: {'.'.join(map(str, place))}", changed


def _change(
    own: Any, key: Any, kind: str, draw: random.Random, data: Any, places: list[Any]
) -> None:
    value = own[key]
    if kind == "another value":
        own[key] = copy.deepcopy(draw.choice(VALUES))
    elif kind == "another type":
        own[key] = _other_type(value)
    elif kind == "missing":
        del own[key]
    elif kind == "from elsewhere":
        own[key] = copy.deepcopy(_at(data, draw.choice(places)))
    elif isinstance(own, list):
        more = value if kind == "twice" else draw.choice(VALUES)
        own.insert(key, copy.deepcopy(more))
    else:
        name = f"{key}2" if kind == "twice" else draw.choice(["zzz", "units", "training", "name"])
        own[name] = copy.deepcopy(value if kind == "twice" else draw.choice(VALUES))


def _other_type(value: Any) -> Any:
    if isinstance(value, str):
        return [value]
    if isinstance(value, list):
        return {str(number): item for number, item in enumerate(value)}
    return list(value.values()) if isinstance(value, dict) else str(value)


def _places(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield place
    if isinstance(value, (dict, list)):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _places(item, (*place, key))


def _at(value: Any, place: tuple[Any, ...]) -> Any:
    for key in place:
        value = value[key]
    return value
