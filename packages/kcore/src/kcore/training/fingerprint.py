"""Fingerprint of a run: what its results depend on, as plain data."""

from __future__ import annotations

import functools
import hashlib
import json
import os
import platform
from importlib import metadata
from pathlib import Path
from typing import Any

from kcore.data import Source
from kcore.data.digest import digest
from kcore.errors import KcoreError
from kcore.plugins.catalogue import catalogue
from kcore.typing import Config

_PACKAGES = ("tensorflow", "numpy", "kcore")


def fingerprint(trainer: Any, source: Source, seed: int, **settings: Any) -> Config:
    """What two runs must share to have equal results.

    Args:
        trainer: of the model in training.
        source: the training data.
        seed: from which the order of the data comes, drawn from the global stream of seeds.
        **settings: of fit.
    """
    weights = [[w.name, list(w.shape), w.dtype] for w in trainer.model.weights]
    compiled = trainer.settings
    return {
        "seed": seed,
        "data": digest(source),
        "weights": _sha256(weights),
        "optimizer": _config(compiled.optimizer),
        "loss": _name(compiled.loss),
        "fit": settings,
        "versions": dict(_versions()),
        "plugins": {r.name: r.provider for r in catalogue().host.records() if r.usable},
        "machine": dict(_machine()),
    }


def _config(optimizer: Any) -> Config:
    try:
        config = {"class": type(optimizer).__name__, **optimizer.get_config()}
    except KcoreError:  # a schedule that is a plain function has no configuration
        config = {"class": type(optimizer).__name__}
    return json.loads(json.dumps(config, default=_name))  # type: ignore[no-any-return]


def _name(value: Any) -> Any:
    if value is None or isinstance(value, (str, int, float)):
        return value
    if isinstance(value, dict):
        return {str(key): _name(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_name(item) for item in value]
    return getattr(value, "__name__", None) or type(value).__name__


def _sha256(value: Any) -> str:
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()


@functools.cache
def _versions() -> tuple[tuple[str, str], ...]:
    found = [("python", platform.python_version())]
    for name in _PACKAGES:
        try:
            found.append((name, metadata.version(name)))
        except metadata.PackageNotFoundError:
            continue
    return tuple(found)


@functools.cache
def _machine() -> tuple[tuple[str, Any], ...]:
    """The processor: other kinds, and other numbers of threads, add up in another order."""
    name = platform.processor()
    described = Path("/proc/cpuinfo")
    if described.is_file():
        lines = described.read_text(encoding="utf-8", errors="replace").splitlines()
        name = next(
            (n.partition(":")[2].strip() for n in lines if n.startswith("model name")), name
        )
    return (
        ("system", platform.system()),
        ("architecture", platform.machine()),
        ("processor", name),
        ("processors", os.cpu_count()),
    )
