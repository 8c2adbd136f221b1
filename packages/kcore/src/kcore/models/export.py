"""Export of a model as a SavedModel, compared with the model before it is handed over."""

from __future__ import annotations

import contextlib
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from kcore import backend, context, tree
from kcore.errors import KcoreError, NotBuiltError, SaveError

_MARK = ".kcore-tmp-"
# what two runs of the same kernels may differ by: their order is another in a compiled graph
_RTOL, _ATOL = 1e-4, 1e-5
_SIZE = 3


def export(model: Any, filepath: Any) -> None:
    """Writes a graph model as a SavedModel; see `Model.export`."""
    target = Path(filepath).absolute()
    if not model.inputs:
        raise NotBuiltError(
            f"Model {model.name!r} has no symbolic inputs, so the export does not know what it "
            "takes. Make it from Input tensors, or call it on data first."
        )
    if not target.parent.is_dir():
        raise SaveError(f"Cannot write {target}: the folder {target.parent} does not exist.")
    if target.exists() and not (target / "saved_model.pb").is_file():
        raise SaveError(f"{target} exists and is no SavedModel; it is not replaced.")
    for stale in target.parent.glob(f".{target.name}{_MARK}*"):
        shutil.rmtree(stale, ignore_errors=True)
    temporary = target.parent / f".{target.name}{_MARK}{secrets.token_hex(4)}"
    try:
        inputs = {
            name: (t.shape, t.dtype)
            for name, t in zip(model.input_names, model.inputs, strict=True)
        }
        storages = [weight.storage for weight in model.weights]
        backend.export.save(lambda tensors: _outputs(model, tensors), inputs, storages, temporary)
        _compare(model, inputs, temporary, target)
        _replace(temporary, target)
    except (OSError, ValueError, TypeError, AssertionError, RuntimeError) as error:
        if isinstance(error, KcoreError):
            raise
        raise SaveError(f"Cannot export the model {model.name!r} to {target}: {error}") from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _outputs(model: Any, tensors: Mapping[str, Any]) -> dict[str, Any]:
    values = [tensors[name] for name in model.input_names]
    with context.enter(training=False):
        found = model(values if len(values) > 1 else values[0], training=False)
    names = model.output_names_for(found)
    return dict(zip(names, tree.flatten(found), strict=True))


def _compare(model: Any, inputs: Mapping[str, Any], folder: Path, target: Path) -> None:
    """Runs both on the same numbers.

    Raises:
        SaveError: if they differ.
    """
    chance = np.random.default_rng(0)
    arrays = {}
    for name, (shape, dtype) in inputs.items():
        sizes = tuple(_SIZE if size is None else size for size in shape)
        if dtype == "string":
            arrays[name] = np.full(sizes, b"a")
        else:
            arrays[name] = chance.uniform(0, 2, sizes).astype(dtype)
    expected = _outputs(model, {n: backend.tensor.convert(a) for n, a in arrays.items()})
    found = backend.export.run(folder, arrays)
    for name, value in expected.items():
        own = np.asarray(backend.tensor.to_numpy(value))
        same = own.shape == found[name].shape and (
            np.array_equal(own, found[name])
            if own.dtype.kind not in "fV"
            else np.allclose(own, found[name], _RTOL, _ATOL, equal_nan=True)
        )
        if not same:
            raise SaveError(
                f"{target} is not written: the export of {model.name!r} computes other numbers "
                f"than the model, output {name!r}. Does a layer keep something outside its weights?"
            )


def _replace(new: Path, target: Path) -> None:
    """Puts a folder in the place of another, which goes when the new one is there."""
    old = new.with_name(f"{new.name}-old")
    with contextlib.suppress(FileNotFoundError):
        target.rename(old)
    new.rename(target)
    shutil.rmtree(old, ignore_errors=True)
