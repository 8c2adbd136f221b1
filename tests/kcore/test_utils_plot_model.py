"""plot_model: what the picture shows, and that nothing in it lies on something else."""

from __future__ import annotations

import subprocess
import xml.etree.ElementTree as ET
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

import kcore
from kcore import utils
from kcore.errors import ConfigurationError, MissingPackageError, NotBuiltError
from kcore.models import Input, Model, Sequential
from kcore.models.plot_diagram import Details, Diagram, diagram_of
from kcore.models.plot_layout import place, text_width

SVG = "{http://www.w3.org/2000/svg}"


class Scale(kcore.Layer):
    """A layer with one weight, so that these tests need no other package."""

    def __init__(self, activation: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.activation = kcore.activations.get(activation)

    def build(self, input_shape: Any) -> None:
        self.factor = self.add_weight((input_shape[-1],), name="factor")

    def call(self, inputs: Any) -> Any:
        return self.activation(inputs * self.factor)


def branches() -> Model:
    """Two inputs, a skip over three layers, a shared layer, two outputs."""
    left, right = Input((4,), name="left"), Input((4,), name="right & <wide>")
    x = Scale(name="first")(left)
    shared = Scale(name="shared")
    y = shared(Scale(name="third")(Scale(name="second")(x)))
    total = x + y
    return Model([left, right], [Scale(name="up")(total), shared(right) * total], name="branches")


def placed(model: Model, rankdir: str = "TB", **details: bool) -> Diagram:
    diagram = diagram_of(model, Details(**details))
    place(diagram, rankdir)
    return diagram


def texts(svg: str) -> list[str]:
    return [element.text or "" for element in ET.fromstring(svg).iter(f"{SVG}text")]


def test_every_call_has_a_box_and_every_tensor_an_arrow() -> None:
    diagram = placed(branches())
    names = [box.lines[0] for box in diagram.boxes]
    assert names.count("shared") == 2
    assert [box.lines[1] for box in diagram.boxes if box.lines[0] == "shared"] == [
        "call 1 of 2",
        "call 2 of 2",
    ]
    number = {name: i for i, name in enumerate(names)}
    assert (number["left"], number["first"]) in diagram.arrows
    assert (number["second"], number["third"]) in diagram.arrows
    add = next(i for i, box in enumerate(diagram.boxes) if box.title == "add")
    assert {start for start, end in diagram.arrows if end == add} == {
        number["first"],
        names.index("shared"),
    }
    assert all(start < end for start, end in diagram.arrows)


def points_on(route: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Places along the curves of an arrow."""
    found = []
    for i in range(0, len(route) - 1, 3):
        (x0, y0), (x1, y1), (x2, y2), (x3, y3) = route[i : i + 4]
        for t in (k / 20 for k in range(21)):
            a, b, c, d = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3
            found.append((a * x0 + b * x1 + c * x2 + d * x3, a * y0 + b * y1 + c * y2 + d * y3))
    return found


@pytest.mark.parametrize("rankdir", ["TB", "BT", "LR", "RL"])
def test_nothing_lies_on_something_else(rankdir: str) -> None:
    diagram = placed(branches(), rankdir)
    for one, other in combinations(diagram.boxes, 2):
        apart_x = one.x + one.width <= other.x or other.x + other.width <= one.x
        apart_y = one.y + one.height <= other.y or other.y + other.height <= one.y
        assert apart_x or apart_y, (one, other)
    for (start, end), route in zip(diagram.arrows, diagram.routes, strict=True):
        for i, box in enumerate(diagram.boxes):
            inside = [
                (x, y)
                for x, y in points_on(route)
                if box.x + 0.01 < x < box.x + box.width - 0.01
                and box.y + 0.01 < y < box.y + box.height - 0.01
            ]
            assert not inside, (start, end, i)
    for box in diagram.boxes:
        assert box.x >= -1e-6 and box.x + box.width <= diagram.width + 1e-6
        assert box.y >= -1e-6 and box.y + box.height <= diagram.height + 1e-6
        assert all(text_width(line, 11) < box.width for line in box.lines)


def test_arrows_go_where_rankdir_says() -> None:
    down, right = placed(branches()), placed(branches(), "LR")
    up, left = placed(branches(), "BT"), placed(branches(), "RL")
    for start, end in down.arrows:
        assert down.boxes[start].y < down.boxes[end].y
        assert up.boxes[start].y > up.boxes[end].y
        assert right.boxes[start].x < right.boxes[end].x
        assert left.boxes[start].x > left.boxes[end].x


def test_a_chain_is_straight() -> None:
    diagram = placed(Sequential([Input((4,)), Scale(), Scale(), Scale()]))
    middles = {round(box.x + box.width / 2, 3) for box in diagram.boxes}
    assert len(middles) == 1


def test_what_is_written_can_be_chosen() -> None:
    model = Sequential([Input((4,), dtype="float32"), Scale("tanh", name="only")], name="one")
    model.layers[0].trainable = False
    plain = [line for box in placed(model, show_shapes=False).boxes for line in box.lines]
    assert plain[1:] == ["only"]
    box = placed(
        model,
        show_layer_names=False,
        show_dtype=True,
        show_layer_activations=True,
        show_trainable=True,
    ).boxes[1]
    assert box.title == "Scale"
    assert box.lines == ["activation tanh", "(None, 4) float32", "frozen"]


def test_nested_models_are_framed_when_expanded() -> None:
    body = Sequential([Input((4,)), Scale(name="deep")], name="body")
    x = Input((4,))
    model = Model(x, Scale(name="top")(body(x)))
    assert placed(model).boxes[1].inner is None
    frame = placed(model, expand_nested=True).boxes[1]
    assert frame.inner is not None
    assert frame.inner.boxes[1].lines[0] == "deep"
    assert frame.width > frame.inner.width and frame.height > frame.inner.height
    dot = utils.model_to_dot(model, expand_nested=True)
    assert "subgraph cluster_n1" in dot and "lhead=cluster_n1" in dot


def test_svg_is_well_formed_and_says_everything(tmp_path: Path) -> None:
    picture = utils.plot_model(branches(), tmp_path / "m.svg")
    svg = (tmp_path / "m.svg").read_text(encoding="utf-8")
    assert picture.path == tmp_path / "m.svg"
    assert picture._repr_svg_() == svg
    assert {"right & <wide>", "first", "shared", "2 × (None, 4) → (None, 4)"} <= set(texts(svg))
    arrows = [e for e in ET.fromstring(svg).iter(f"{SVG}path") if e.get("marker-end")]
    assert len(arrows) == len(placed(branches()).arrows)


def test_dot_is_text_with_every_box(tmp_path: Path) -> None:
    utils.plot_model(branches(), tmp_path / "m.dot", rankdir="LR")
    dot = (tmp_path / "m.dot").read_text(encoding="utf-8")
    assert dot.startswith('digraph "branches" {') and "rankdir=LR" in dot
    assert "right &amp; &lt;wide&gt;" in dot
    assert dot.count("->") == len(placed(branches()).arrows)


def test_other_formats_need_graphviz(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingPackageError) as caught:
        utils.plot_model(branches(), tmp_path / "m.png")
    assert "model.svg" in str(caught.value) and "Graphviz" in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_layers_without_a_graph_are_drawn_without_arrows() -> None:
    class Own(Model):
        def __init__(self) -> None:
            super().__init__()
            self.one, self.two = Scale(name="one"), Scale(name="two")

        def call(self, inputs: Any) -> Any:
            return self.two(self.one(inputs))

    diagram = placed(Own())
    assert [box.lines[0] for box in diagram.boxes] == ["one", "two"]
    assert diagram.arrows == [] and diagram.boxes[0].y < diagram.boxes[1].y


def test_what_cannot_be_drawn_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotBuiltError, match="empty"):
        utils.plot_model(Sequential(name="empty"), tmp_path / "m.svg")
    with pytest.raises(ConfigurationError, match="Scale"):
        utils.plot_model(Scale(), tmp_path / "m.svg")
    with pytest.raises(ConfigurationError, match="'XY'"):
        utils.plot_model(branches(), tmp_path / "m.svg", rankdir="XY")
    with pytest.raises(ConfigurationError, match="suffix"):
        utils.plot_model(branches(), tmp_path / "model")


def test_drawing_needs_no_tensorflow(
    run_python: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    script = (
        "import sys\n"
        "from kcore.models import Input, Model\n"
        "from kcore.utils import plot_model\n"
        "x = Input((2,))\n"
        "plot_model(Model(x, x + 1.0), 'm.svg')\n"
        "print('tensorflow' in sys.modules)\n"
    )
    result = run_python("-c", script)
    assert result.stdout.strip() == "False", result.stderr
