"""A placed diagram as a page that every browser opens, and as Mermaid text."""

from __future__ import annotations

import os
from html import escape
from typing import TYPE_CHECKING

from kcore.models.plot_diagram import Box, Details, Diagram, diagram_of
from kcore.models.plot_layout import place
from kcore.models.plot_style import colours
from kcore.models.plot_svg import to_svg

if TYPE_CHECKING:
    from kcore.models.model import Model

_SHOWN = 500  # boxes: larger pictures would fill the files of notebooks
_DIRECTIONS = {"TB": "TD", "BT": "BT", "LR": "LR", "RL": "RL"}

_STYLE = """
body { font-family: Helvetica, Arial, "DejaVu Sans", sans-serif; color: #1f2933; margin: 24px; }
h1 { font-size: 20px; margin: 0 0 4px; }
p { color: #52606d; margin: 0 0 12px; }
.family { display: inline-block; padding: 2px 8px; margin: 0 6px 6px 0; border-radius: 6px;
  border: 1px solid; font-size: 12px; }
.picture { overflow: auto; max-height: 90vh; border: 1px solid #d9e2ec; border-radius: 6px; }
.picture svg { display: block; margin: auto; }
#unfolded { display: none; }
#unfold:checked ~ #unfolded { display: block; }
#unfold:checked ~ #folded { display: none; }
label { display: inline-block; margin: 0 0 10px; font-size: 14px; cursor: pointer; }
"""


def to_html(name: str, facts: str, diagram: Diagram, folded: str, unfolded: str = "") -> str:
    """A page with the picture, what its colours mean, and a switch for nested models.

    Args:
        name: of the model.
        facts: a line below the name.
        diagram: whose families are explained.
        folded: the picture as SVG.
        unfolded: the picture with what is inside nested models; "" if there are none.
    """
    families = sorted(set(_families(diagram)))
    legend = "".join(_family(family) for family in families)
    pictures = f'<div class="picture" id="folded">{folded}</div>'
    if unfolded:
        # two pictures have two arrow tips, which need names of their own
        other = _with_tip(unfolded, "tip2")
        pictures = (
            '<input type="checkbox" id="unfold"><label for="unfold">show what is inside nested '
            f'models</label>{pictures}<div class="picture" id="unfolded">{other}</div>'
        )
    title = escape(name)
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f"<style>{_STYLE}</style></head>\n<body><h1>{title}</h1><p>{escape(facts)}</p>"
        f"<div>{legend}</div>\n{pictures}\n</body></html>\n"
    )


def picture_html(model: Model) -> str:
    """The picture of a model below its table in a notebook, closed until somebody opens it."""
    diagram = diagram_of(model, Details())
    if len(diagram.boxes) > _SHOWN:
        return ""
    place(diagram, "TB")
    svg = _with_tip(to_svg(diagram), f"tip{os.urandom(4).hex()}")
    return (
        '<details><summary>Picture</summary><div style="overflow:auto;max-height:80vh">'
        f"{svg}</div></details>"
    )


def _with_tip(svg: str, name: str) -> str:
    """A picture whose arrow tip has a name of its own, for pages with several pictures."""
    return svg.replace('id="tip"', f'id="{name}"').replace("url(#tip)", f"url(#{name})")


def _families(diagram: Diagram) -> list[str]:
    inside = [f for box in diagram.boxes if box.inner is not None for f in _families(box.inner)]
    return [*(box.family for box in diagram.boxes), *inside]


def _family(family: str) -> str:
    fill, border = colours(family)
    style = f"background: {fill}; border-color: {border}"
    return f'<span class="family" style="{style}">{escape(family)}</span>'


def to_mermaid(diagram: Diagram, rankdir: str = "TB") -> str:
    """The diagram in the language of Mermaid, which many pages and editors draw."""
    lines = [f"flowchart {_DIRECTIONS[rankdir]}", *_mermaid_body(diagram, "n", "  ")]
    for number, family in enumerate(sorted(set(_families(diagram)))):
        fill, border = colours(family)
        boxes = _of_family(diagram, "n", family)
        lines.append(f"  classDef f{number} fill:{fill},stroke:{border},color:#1f2933")
        if boxes:
            lines.append(f"  class {','.join(boxes)} f{number}")
    return "\n".join(lines) + "\n"


def _mermaid_body(diagram: Diagram, prefix: str, indent: str) -> list[str]:
    lines: list[str] = []
    for i, box in enumerate(diagram.boxes):
        name = f"{prefix}{i}"
        if box.inner is None:
            lines.append(f'{indent}{name}["{_mermaid_label(box)}"]')
        else:
            lines.append(f'{indent}subgraph {name}["{_mermaid_label(box)}"]')
            lines += _mermaid_body(box.inner, f"{name}_", f"{indent}  ")
            lines.append(f"{indent}end")
    lines += [f"{indent}{prefix}{a} --> {prefix}{b}" for a, b in diagram.arrows]
    return lines


def _of_family(diagram: Diagram, prefix: str, family: str) -> list[str]:
    found: list[str] = []
    for i, box in enumerate(diagram.boxes):
        if box.inner is not None:
            found += _of_family(box.inner, f"{prefix}{i}_", family)
        elif box.family == family:
            found.append(f"{prefix}{i}")
    return found


def _mermaid_label(box: Box) -> str:
    parts = [f"<b>{_mermaid_text(box.title)}</b>", *(_mermaid_text(line) for line in box.lines)]
    return "<br/>".join(parts)


def _mermaid_text(text: str) -> str:
    """Text in which nothing means something to Mermaid."""
    return "".join(c if c.isalnum() or c in " _.,-+→×()/:" else f"#{ord(c)};" for c in text)
