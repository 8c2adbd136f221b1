"""A placed diagram as SVG and as DOT text."""

from __future__ import annotations

from html import escape

from kcore.models.plot_diagram import Box, Diagram
from kcore.models.plot_layout import LINE, TEXT_SIZE, TITLE_SIZE, Point, inner_origin
from kcore.models.plot_style import colours

_MARGIN = 20.0
_FONT = "Helvetica, Arial, 'DejaVu Sans', sans-serif"
_INK, _FAINT, _ARROW = "#1f2933", "#52606d", "#7b8794"


def to_svg(diagram: Diagram) -> str:
    """The picture as the text of an SVG file; it needs no font, script or file beside it."""
    width, height = diagram.width + 2 * _MARGIN, diagram.height + 2 * _MARGIN
    title = escape(f"Model {diagram.name}")
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.1f} {height:.1f}" font-family="{_FONT}" role="img">',
        f"<title>{title}</title>",
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" '
        f'markerHeight="8" orient="auto"><path d="M0 0.8 L8 4 L0 7.2 Z" fill="{_ARROW}"/>'
        "</marker></defs>",
        '<rect width="100%" height="100%" fill="#ffffff"/>',
        *_diagram(diagram, (_MARGIN, _MARGIN)),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _diagram(diagram: Diagram, origin: Point) -> list[str]:
    left, top = origin
    parts = [f'<g transform="translate({left:.1f} {top:.1f})">']
    parts += [_arrow(route) for route in diagram.routes]
    for box in diagram.boxes:
        parts += _box(box)
    return [*parts, "</g>"]


def _arrow(route: list[Point]) -> str:
    start, *rest = [f"{x:.1f} {y:.1f}" for x, y in route]
    curves = " ".join(f"C{', '.join(rest[i : i + 3])}" for i in range(0, len(rest), 3))
    return (
        f'<path d="M{start} {curves}" fill="none" stroke="{_ARROW}" stroke-width="1.4" '
        'marker-end="url(#tip)"/>'
    )


def _box(box: Box) -> list[str]:
    fill, border = colours(box.family)
    dashed = ' stroke-dasharray="5 3"' if box.inner is not None else ""
    parts = [
        f'<rect x="{box.x:.1f}" y="{box.y:.1f}" width="{box.width:.1f}" height="{box.height:.1f}" '
        f'rx="6" fill="{fill}" stroke="{border}" stroke-width="1.2"{dashed}/>'
    ]
    middle, y = box.x + box.width / 2, box.y + 18
    parts.append(_text(box.title, middle, y, TITLE_SIZE, _INK, bold=True))
    for i, line in enumerate(box.lines, 1):
        parts.append(_text(line, middle, y + i * LINE, TEXT_SIZE, _FAINT))
    if box.inner is not None:
        parts += _diagram(box.inner, inner_origin(box))
    return parts


def _text(text: str, x: float, y: float, size: float, colour: str, bold: bool = False) -> str:
    weight = ' font-weight="bold"' if bold else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size:g}" fill="{colour}" text-anchor="middle"'
        f"{weight}>{escape(text)}</text>"
    )


def to_dot(diagram: Diagram, rankdir: str = "TB", dpi: int = 200, splines: str = "ortho") -> str:
    """The diagram in the language of Graphviz; places are left to the program that reads it."""
    lines = [
        f"digraph {_quoted(diagram.name)} {{",
        f"  graph [rankdir={rankdir}, dpi={dpi}, splines={splines}, compound=true, "
        'fontname="Helvetica", fontsize=11];',
        '  node [shape=box, style="rounded,filled", fontname="Helvetica", fontsize=11];',
        f'  edge [color="{_ARROW}", arrowsize=0.7];',
        *_dot_body(diagram, "n", "  "),
        "}",
    ]
    return "\n".join(lines) + "\n"


def _dot_body(diagram: Diagram, prefix: str, indent: str) -> list[str]:
    lines: list[str] = []
    for i, box in enumerate(diagram.boxes):
        fill, border = colours(box.family)
        label = _dot_label(box)
        if box.inner is None:
            style = f'fillcolor="{fill}", color="{border}"'
            lines.append(f"{indent}{prefix}{i} [label={label}, {style}];")
            continue
        lines.append(f"{indent}subgraph cluster_{prefix}{i} {{")
        lines.append(f'{indent}  graph [label={label}, style="rounded,dashed", color="{border}"];')
        lines += _dot_body(box.inner, f"{prefix}{i}_", f"{indent}  ")
        lines.append(f"{indent}}}")
    for start, end in diagram.arrows:
        tail, head = _dot_end(diagram, prefix, start, -1), _dot_end(diagram, prefix, end, 0)
        clusters = [
            f"{side}=cluster_{prefix}{box}"
            for side, box in (("ltail", start), ("lhead", end))
            if diagram.boxes[box].inner is not None
        ]
        options = f" [{', '.join(clusters)}]" if clusters else ""
        lines.append(f"{indent}{tail} -> {head}{options};")
    return lines


def _dot_end(diagram: Diagram, prefix: str, number: int, inside: int) -> str:
    """The node an arrow is tied to: for a framed model its first or last one."""
    inner = diagram.boxes[number].inner
    if inner is None:
        return f"{prefix}{number}"
    return _dot_end(inner, f"{prefix}{number}_", inside % len(inner.boxes), inside)


def _dot_label(box: Box) -> str:
    rest = "".join(f"<BR/>{escape(line)}" for line in box.lines)
    return f"<<B>{escape(box.title)}</B>{rest}>"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
