"""Pictures of training, drawn with matplotlib where it is installed."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from typing import Any

from kcore.errors import MissingPackageError


def plot_history(
    history: Mapping[str, Sequence[float]], epochs: Sequence[int], path: str | None = None
) -> Any:
    """Draws each value over the epochs, training and validation in one panel.

    Args:
        history: lists of values by name; `val_x` goes into the panel of `x`.
        epochs: their numbers, from 0.
        path: file to write, or None.

    Returns:
        A matplotlib figure.

    Raises:
        MissingPackageError: if matplotlib is not installed.
    """
    try:
        figure_module = importlib.import_module("matplotlib.figure")
        ticker = importlib.import_module("matplotlib.ticker")
    except ImportError as error:
        raise MissingPackageError(
            "Drawing a learning curve needs matplotlib. What to do: pip install 'kcore[plot]'"
        ) from error
    names = [name for name in history if not name.startswith("val_")] or list(history)
    figure = figure_module.Figure(figsize=(4.8 * len(names), 3.6), layout="constrained")
    panels = figure.subplots(1, max(1, len(names)), squeeze=False)[0]
    numbers = [epoch + 1 for epoch in epochs]
    for panel, name in zip(panels, names, strict=False):
        panel.plot(numbers, history[name], marker="o", markersize=3, label="training")
        if f"val_{name}" in history:
            seen = history[f"val_{name}"]
            panel.plot(numbers[-len(seen) :], seen, marker="s", markersize=3, label="validation")
        panel.set(xlabel="epoch", ylabel=name)
        panel.xaxis.set_major_locator(ticker.MaxNLocator(integer=True))
        panel.grid(alpha=0.3)
        panel.legend(frameon=False)
    if path is not None:
        figure.savefig(path, dpi=120)
    return figure
