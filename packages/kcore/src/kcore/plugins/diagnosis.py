"""Turns what a plugin raised into a reason, the plugin's own traceback, and a cure."""

from __future__ import annotations

import importlib
import os
import sys
import traceback
from dataclasses import dataclass
from types import TracebackType

import pluggy

from kcore.plugins import table
from kcore.plugins.records import PluginRecord
from kcore.plugins.table import API_VERSION, TableError

_MACHINERY = {os.path.dirname(module.__file__ or "") for module in (importlib, pluggy, table)}


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Why a plugin failed, where, and what to do."""

    reason: str
    traceback: str
    cure: str


def diagnose(error: BaseException, record: PluginRecord, module: str) -> Diagnosis:
    """Explains an exception that came out of a plugin.

    Args:
        error: what was raised.
        record: the plugin.
        module: the module or target that was being read.
    """
    reason = f"{module} raised {_headline(error)}."
    if isinstance(error, TableError):
        reason = str(error)
    return Diagnosis(reason, own_traceback(error), _cure(error, record))


def _headline(error: BaseException) -> str:
    message = str(error).strip().partition("\n")[0].rstrip(".")
    return f"{type(error).__name__}: {message}" if message else type(error).__name__


def _cure(error: BaseException, record: PluginRecord) -> str:
    name = record.distribution
    rest = f", or switch it off with KCORE_PLUGINS=-{record.name}" if record.name != "kcore" else ""
    if isinstance(error, ModuleNotFoundError) and error.name:
        missing = error.name.partition(".")[0]
        if missing != record.module.partition(".")[0]:
            return f"pip install {missing} (module {error.name} is missing){rest}."
        return f"pip install --force-reinstall {name} (its own files are missing){rest}."
    if isinstance(error, SyntaxError):
        python = ".".join(map(str, sys.version_info[:2]))
        return f"pip install --upgrade {name} (this release is not for Python {python}){rest}."
    return f"pip install --upgrade {name}; if that does not help, tell its authors{rest}."


def incompatible(api_range: str, record: PluginRecord) -> Diagnosis:
    """Explains that a plugin was written for another core API."""
    return Diagnosis(
        f"It needs the core API {api_range}, and this kcore has {API_VERSION}.",
        "",
        f"pip install --upgrade {record.distribution} kcore",
    )


def own_traceback(error: BaseException) -> str:
    r"""The traceback of an exception without the frames of the host and of the import system.

    Example:
        >>> own_traceback(ValueError("no"))
        'ValueError: no\n'
    """
    step: TracebackType | None = error.__traceback__
    while step is not None and _is_machinery(step.tb_frame.f_code.co_filename):
        step = step.tb_next
    return "".join(traceback.format_exception(type(error), error, step))


def _is_machinery(filename: str) -> bool:
    folder = os.path.dirname(filename)
    return filename.startswith("<frozen importlib") or folder in _MACHINERY
