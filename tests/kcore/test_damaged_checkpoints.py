"""Checkpoints of runs that are damaged: named with file and place, the model as it was."""

from __future__ import annotations

import copy
import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load, save
from small_layers import Linear, numbers, unchanged, values

from kcore import Input, Model, Sequential, callbacks
from kcore.errors import KcoreError, LoadError
from kcore.training import run_state
from kcore.training.runs import load_run

X, Y = numbers(16, 3), numbers(16, 1, seed=1)
NAME = "run-00000001.kcore-run"
RAW = ("object is not", "object has no attribute", "indices must be", "unhashable", "unpack")


def _model() -> Model:
    model = Sequential([Input((3,)), Linear(2, "tanh", name="first"), Linear(1, name="second")])
    model.compile("adam", loss="mse")
    return model


def _fit(model: Model, folder: Path, epochs: int) -> None:
    stop = callbacks.EarlyStopping("loss", patience=9, restore_best_weights=True)
    backup = callbacks.BackupAndRestore(folder, delete_checkpoint=False)
    model.fit(X, Y, batch_size=8, epochs=epochs, verbose=0, callbacks=[stop, backup])


@pytest.fixture(scope="module")
def members(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("whole")
    _fit(_model(), folder, 1)
    with zipfile.ZipFile(folder / NAME) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture(scope="module")
def whole(members: dict[str, bytes]) -> bytes:
    return _packed(members)


def _packed(members: dict[str, bytes], **changed: bytes) -> bytes:
    """An archive whose checksums are right, as somebody would make it on purpose."""
    parts = {**members, **{name.replace("_", "."): data for name, data in changed.items()}}
    sums = {n: hashlib.sha256(parts[n]).hexdigest() for n in ("state.json", "arrays.safetensors")}
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, data in {**parts, "sums.json": json.dumps(sums).encode()}.items():
            archive.writestr(name, parts[name] if f"{name}".replace(".", "_") in changed else data)
    return stream.getvalue()


def _refused(content: bytes, folder: Path) -> str:
    """The error of going on from a checkpoint; the model must be as it was."""
    folder.mkdir(exist_ok=True)
    (folder / NAME).write_bytes(content)
    model = _model()
    before = values(model)
    with pytest.raises(KcoreError) as caught:
        _fit(model, folder, 2)
    assert unchanged(model, before)
    return str(caught.value)


def test_every_damage_is_refused(whole: bytes, tmp_path: Path) -> None:
    path = tmp_path / NAME
    path.write_bytes(whole)
    state, arrays = run_state.read(path)
    step = len(whole) // 150
    damaged = [whole[:end] for end in range(0, len(whole), step)] + [b"", whole[:-1], whole[1:]]
    for place in range(0, len(whole), step):
        changed = bytearray(whole)
        changed[place] ^= 1 << (place % 8)
        damaged.append(bytes(changed))
    refused = 0
    for content in damaged:
        path.write_bytes(content)
        try:
            found = run_state.read(path)
        except LoadError as error:
            refused += 1
            message = str(error)
        else:  # a bit that nobody reads, such as the time at which a member was written
            message = str(path)
            assert found[0] == state
            assert all(np.array_equal(found[1][name], array) for name, array in arrays.items())
        assert str(path) in message
    assert refused > len(damaged) * 0.9


WRONG: list[tuple[tuple[Any, ...], Any, tuple[str, ...]]] = [
    ((), [1], ("state.json", "a dict", "(list)")),
    (("fingerprint",), 5, ("state.json", "fingerprint", "5 (int)")),
    (("fingerprint", "optimizer"), "SGD", ("another run", "optimizer", "SGD")),
    (("fingerprint", "weights", 0, 1), [2**62], ("another run", "weights")),
    (("position",), [0], ("state.json", "position", "whole numbers")),
    (("position",), {"epoch": 1}, ("state.json", "position", "(dict)")),
    (("position", 0), -1, ("state.json", "position", "[-1, 0]")),
    (("position", 1), 2**62, ("state.json", "position", "batch", "2 batches")),
    (("position", 1), "0", ("state.json", "position", "'0'")),
    (("batches",), 2.5, ("state.json", "batches", "2.5")),
    (("stopped",), "no", ("state.json", "stopped", "'no' (str)")),
    (("data_seed",), [3], ("state.json", "data_seed", "[3] (list)")),
    (("stream",), None, ("state.json", "stream", "None")),
    (("stream", 0), 7, ("state.json", "stream", "generator")),
    (("stream", 1), [1, 2, 3], ("state.json", "stream", "generator")),
    (("stream", 1, 0), -1, ("state.json", "stream", "generator")),
    (("stream", 2), {}, ("state.json", "stream", "generator")),
    (("callbacks",), ["History 0"], ("state.json", "callbacks", "(list)")),
    (("callbacks", "History 0"), 5, ("state.json", "callbacks", "each a dict")),
    (("callbacks", "History 0", "epoch"), 5, ("state.json", "callbacks: History 0", "5 (int)")),
    (("callbacks", "History 0", "history"), [1], ("state.json", "callbacks: History 0", "[1]")),
    (("callbacks", "EarlyStopping 0", "wait"), "x", ("state.json", "callbacks: EarlyStopping 0")),
    (("callbacks", "EarlyStopping 0", "best"), None, ("callbacks: EarlyStopping 0",)),
    (
        ("callbacks", "EarlyStopping 0", "best_weights", 0),
        {"__array__": "nowhere"},
        ("state.json", "callbacks: EarlyStopping 0", "'nowhere'"),
    ),
    (("callbacks", "EarlyStopping 0", "best_weights"), "x", ("EarlyStopping 0", "'x' (str)")),
]


@pytest.mark.parametrize(("where", "value", "facts"), WRONG, ids=lambda v: str(v)[:50])
def test_states_of_another_form(
    where: tuple[Any, ...],
    value: Any,
    facts: tuple[str, ...],
    members: dict[str, bytes],
    tmp_path: Path,
) -> None:
    state = json.loads(members["state.json"])
    own = state
    for key in where[:-1]:
        own = own[key]
    if where:
        own[where[-1]] = value
    message = _refused(
        _packed(members, state_json=json.dumps(state if where else value).encode()), tmp_path
    )
    assert NAME in message
    assert [fact for fact in facts if fact not in message] == []
    assert not [raw for raw in RAW if raw in message], message


@pytest.mark.parametrize(
    ("change", "facts"),
    [
        (lambda arrays: arrays.pop("v000000"), ("state of", "first/kernel")),
        (lambda arrays: arrays.update(v000000=np.zeros((9, 9))), ("state of", "first/kernel")),
    ],
)
def test_arrays_that_do_not_fit(
    change: Callable[[Any], None],
    facts: tuple[str, ...],
    members: dict[str, bytes],
    tmp_path: Path,
) -> None:
    arrays = load(members["arrays.safetensors"])
    change(arrays)
    message = _refused(_packed(members, arrays_safetensors=save(arrays)), tmp_path)
    assert NAME in message
    assert [fact for fact in facts if fact not in message] == []


@pytest.mark.parametrize(
    ("changed", "facts"),
    [
        ({"sums_json": b"[1]"}, ("state.json", "SHA-256")),
        ({"sums_json": b"\xff\xfe["}, ("sums.json", "byte order mark")),
        ({"state_json": b"[" * 100_000}, ("state.json", "nested deeper")),
        ({"state_json": b'{"a": 1, "a": 2}'}, ("state.json", "'a'", "twice")),
        ({"state_json": b'{"a": NaN}'}, ("state.json", "NaN")),
        ({"arrays_safetensors": b"no arrays"}, ("arrays.safetensors", "safetensors")),
        ({"arrays_safetensors": bytes(100)}, ("arrays.safetensors", "safetensors")),
    ],
)
def test_members_that_are_none(
    changed: dict[str, bytes],
    facts: tuple[str, ...],
    members: dict[str, bytes],
    tmp_path: Path,
) -> None:
    message = _refused(_packed(members, **changed), tmp_path)
    assert NAME in message
    assert [fact for fact in facts if fact not in message] == []


def test_an_earlier_checkpoint_is_taken_where_the_newest_is_damaged(
    whole: bytes, tmp_path: Path
) -> None:
    (tmp_path / NAME).write_bytes(whole)
    (tmp_path / NAME.replace("1", "2")).write_bytes(whole[: len(whole) // 2])
    model, straight = _model(), _model()
    _fit(model, tmp_path, 2)
    assert model.history is not None
    assert model.history.epoch == [0, 1]
    assert not unchanged(straight, values(model))


@pytest.mark.parametrize(
    ("change", "fact"),
    [
        (lambda history: history.update(fingerprint=5), "fingerprint"),
        (lambda history: history.update(history=5), "history"),
        (lambda history: history.pop("history"), "'history'"),
    ],
)
def test_runs_to_compare(
    change: Callable[[Any], None], fact: str, members: dict[str, bytes], tmp_path: Path
) -> None:
    state = json.loads(members["state.json"])
    changed = copy.deepcopy(state)
    change(changed["callbacks"]["History 0"])
    path = tmp_path / NAME
    path.write_bytes(_packed(members, state_json=json.dumps(changed).encode()))
    with pytest.raises(LoadError) as caught:
        load_run(path)
    assert NAME in str(caught.value)
    assert fact in str(caught.value)
