"""Pictures of models: SVG, HTML, Mermaid and DOT written here, the rest by Graphviz."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from kcore.errors import ConfigurationError, MissingPackageError, SaveError
from kcore.models.model import Model
from kcore.models.plot_diagram import Details, diagram_of
from kcore.models.plot_html import to_html, to_mermaid
from kcore.models.plot_layout import place
from kcore.models.plot_svg import to_dot, to_svg
from kcore.saving.atomic import replacing

RANKDIRS = ("TB", "BT", "LR", "RL")


@dataclass(frozen=True)
class Picture:
    """A picture that was written; notebooks show it."""

    path: Path
    svg: str = field(repr=False)

    def __fspath__(self) -> str:
        return str(self.path)

    def _repr_svg_(self) -> str:
        return self.svg


def plot_model(
    model: Model,
    to_file: str | os.PathLike[str] = "model.svg",
    show_shapes: bool = True,
    show_dtype: bool = False,
    show_layer_names: bool = True,
    rankdir: str = "TB",
    expand_nested: bool = False,
    dpi: int = 200,
    show_layer_activations: bool = False,
    show_trainable: bool = False,
    splines: str = "ortho",
) -> Picture:
    """Draws the graph of a model: a box for each call of a layer, an arrow for each tensor.

    Args:
        model: what to draw; needs no data and no TensorFlow.
        to_file: the file; ".svg", ".html" (with a switch that unfolds nested models), ".mmd"
            (Mermaid) and ".dot" need nothing else, ".png", ".pdf" and so on need the program `dot`
            of Graphviz.
        show_shapes: what goes into a layer and comes out; once if it is the same.
        show_dtype: the dtypes too.
        show_layer_names: the names of the layers.
        rankdir: where arrows go: "TB" (down, default), "BT", "LR" (right) or "RL".
        expand_nested: shows what is inside of models that are layers.
        dpi: points to the inch of pictures made by Graphviz, default 200.
        show_layer_activations: the activation of layers that have one.
        show_trainable: which layers with weights are frozen.
        splines: how Graphviz bends arrows, default "ortho".

    Returns:
        The picture: its path, and what a notebook shows.

    Raises:
        ConfigurationError: if model is no model, rankdir is unknown or the file has no suffix.
        NotBuiltError: if the model has no layers yet.
        MissingPackageError: if the format needs Graphviz, which is not installed.
        SaveError: if the file cannot be written.

    Example:
        >>> from kcore.models import Input
        >>> x = Input((2,))
        >>> plot_model(Model(x, x + 1.0), "sum.svg")  # doctest: +SKIP
        Picture(path=PosixPath('sum.svg'))
    """
    details = Details(
        show_shapes,
        show_dtype,
        show_layer_names,
        expand_nested,
        show_layer_activations,
        show_trainable,
    )
    target = Path(to_file)
    suffix = target.suffix.lower().lstrip(".")
    if not suffix:
        raise ConfigurationError(
            f"plot_model: to_file={str(to_file)!r} has no suffix that says the format. Write "
            f"to_file='{target.name or 'model'}.svg'."
        )
    _check(model, rankdir)
    diagram = diagram_of(model, details)
    place(diagram, rankdir)
    svg = to_svg(diagram)
    if suffix == "svg":
        content = svg.encode()
    elif suffix in ("html", "htm"):
        content = _page(model, details, rankdir, svg).encode()
    elif suffix in ("mmd", "mermaid"):
        content = to_mermaid(diagram, rankdir).encode()
    elif suffix in ("dot", "gv"):
        content = to_dot(diagram, rankdir, dpi, splines).encode()
    else:
        content = _by_graphviz(to_dot(diagram, rankdir, dpi, splines), suffix)
    with replacing(target) as temporary:
        temporary.write_bytes(content)
    return Picture(target, svg)


def model_to_dot(
    model: Model,
    show_shapes: bool = False,
    show_dtype: bool = False,
    show_layer_names: bool = True,
    rankdir: str = "TB",
    expand_nested: bool = False,
    dpi: int = 200,
    show_layer_activations: bool = False,
    show_trainable: bool = False,
    splines: str = "ortho",
) -> str:
    """The graph of a model in the language of Graphviz; arguments as for `plot_model`.

    Returns:
        The text of a `.dot` file.

    Raises:
        ConfigurationError: if model is no model, or rankdir is unknown.
        NotBuiltError: if the model has no layers yet.

    Example:
        >>> from kcore.models import Input
        >>> x = Input((2,))
        >>> print(model_to_dot(Model(x, x + 1.0, name="sum")).splitlines()[0])
        digraph "sum" {
    """
    _check(model, rankdir)
    details = Details(
        show_shapes,
        show_dtype,
        show_layer_names,
        expand_nested,
        show_layer_activations,
        show_trainable,
    )
    return to_dot(diagram_of(model, details), rankdir, dpi, splines)


def _page(model: Model, details: Details, rankdir: str, svg: str) -> str:
    """The picture in a page, nested models folded first."""
    whole = diagram_of(model, replace(details, expand_nested=True))
    nested = any(box.inner is not None for box in whole.boxes)
    facts = f"{len(model.layers):,} layers, {model.count_params():,} parameters"
    if not nested:
        return to_html(model.name, facts, whole, svg)
    place(whole, rankdir)
    if details.expand_nested:
        folded = diagram_of(model, replace(details, expand_nested=False))
        place(folded, rankdir)
        svg = to_svg(folded)
    return to_html(model.name, facts, whole, svg, to_svg(whole))


def _check(model: Any, rankdir: str) -> None:
    if not isinstance(model, Model):
        raise ConfigurationError(
            f"plot_model expects a model; received {model!r} ({type(model).__name__})."
        )
    if rankdir not in RANKDIRS:
        raise ConfigurationError(
            f"plot_model: rankdir must be one of {RANKDIRS}; received {rankdir!r}."
        )


def _by_graphviz(dot: str, suffix: str) -> bytes:
    """The picture that the program `dot` makes.

    Raises:
        MissingPackageError: if the program is not there.
        SaveError: if it does not know the format, or fails.
    """
    program = shutil.which("dot")
    if program is None:
        raise MissingPackageError(
            f"plot_model: a picture in the format {suffix!r} needs the program `dot` of Graphviz, "
            "which is not on the PATH. What to do: use to_file='model.svg' or 'model.html', which "
            "open in every browser, 'model.mmd' (Mermaid) or 'model.dot'; these need nothing. Or "
            "install Graphviz."
        )
    command = [program, f"-T{suffix}"]
    result = subprocess.run(command, input=dot.encode(), capture_output=True, check=False)
    if result.returncode:
        reason = result.stderr.decode(errors="replace").strip().splitlines()
        raise SaveError(
            f"plot_model: Graphviz cannot make the format {suffix!r}: "
            f"{reason[0] if reason else 'no reason given'}. Use to_file='model.svg'."
        )
    return result.stdout
