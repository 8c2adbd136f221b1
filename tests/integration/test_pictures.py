"""Pictures of models in every format, what layers cost, and profiles."""

from __future__ import annotations

import re
import time
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kapps
import kcore
import klayers
from kcore.errors import ConfigurationError, NotBuiltError, ShapeError
from kcore.models import costs
from kcore.models.plot_diagram import Details, diagram_of
from kcore.models.plot_layout import place
from kcore.utils import plot_model


@pytest.fixture(scope="module")
def nested() -> Any:
    body = kapps.MobileNet(
        weights=None, alpha=0.25, input_shape=(32, 32, 3), include_top=False, pooling="avg"
    )
    start = klayers.Input((32, 32, 3), name="photo")
    x = body(klayers.RandomFlip(name="flip")(start))
    return kcore.Model(start, klayers.Dense(2, name='a "b" <c>')(x), name="cats")


def test_a_page_folds_and_unfolds(nested: Any, tmp_path: Path) -> None:
    plot_model(nested, tmp_path / "model.html")
    text = (tmp_path / "model.html").read_text()
    folded, unfolded = re.findall(r"<svg.*?</svg>", text, re.S)
    for picture in (folded, unfolded):
        ET.fromstring(picture)
    assert "conv_pw_13" in unfolded and "conv_pw_13" not in folded
    assert 'type="checkbox"' in text and "219,058 parameters" in text
    assert text.count('id="tip"') == 1  # two equal names would break the arrows of one picture
    for family in ("core", "convolution", "input", "normalization"):
        assert f">{family}</span>" in text
    assert "&lt;c&gt;" in text and "<c>" not in text
    plot_model(kapps.VGG16(weights=None), tmp_path / "flat.html")
    assert 'type="checkbox"' not in (tmp_path / "flat.html").read_text()


def curve(start: Any, one: Any, two: Any, end: Any) -> Any:
    """Points of a cubic curve."""
    t = np.linspace(0, 1, 50)[:, None]
    points = (np.asarray(point) for point in (start, one, two, end))
    shares = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3)
    return sum(share * point for share, point in zip(shares, points, strict=True))


@pytest.mark.parametrize("rankdir", ["TB", "BT", "LR", "RL"])
def test_no_arrow_runs_through_a_box(rankdir: str) -> None:
    tower = kcore.Sequential([klayers.Input((8,)), *(klayers.Dense(4) for _ in range(4))])
    left, right, history = (klayers.Input(shape) for shape in ((8,), (8,), (5, 3)))
    joined = klayers.Concatenate()([tower(left), tower(right), klayers.LSTM(4)(history)])
    outputs = [klayers.Dense(1)(joined), klayers.Dense(1)(klayers.Dropout(0.5)(joined))]
    diagram = diagram_of(kcore.Model([left, right, history], outputs), Details(expand_nested=True))
    place(diagram, rankdir)
    assert len(diagram.routes) == 9
    for route, ends in zip(diagram.routes, diagram.arrows, strict=True):
        points = np.concatenate([curve(*route[i : i + 4]) for i in range(0, len(route) - 1, 3)])
        for number, box in enumerate(diagram.boxes):
            margin = -1.0 if number in ends else 1.0  # it may touch those that it joins
            x, y = points.T
            inside = (box.x - margin < x) & (x < box.x + box.width + margin)
            inside &= (box.y - margin < y) & (y < box.y + box.height + margin)
            assert not inside.any(), (rankdir, box.title, ends)


def test_mermaid_text(nested: Any, tmp_path: Path) -> None:
    plot_model(nested, tmp_path / "model.mmd", rankdir="LR")
    lines = (tmp_path / "model.mmd").read_text().splitlines()
    assert lines[0] == "flowchart LR"
    boxes = [line for line in lines if re.match(r'  n\d+\["', line)]
    assert len(boxes) == 4 and "<b>Input</b><br/>photo<br/>(None, 32, 32, 3)" in boxes[0]
    assert "a #34;b#34; #60;c#62;" in boxes[-1]
    assert [line for line in lines if "-->" in line] == [
        "  n0 --> n1", "  n1 --> n2", "  n2 --> n3"
    ]  # fmt: skip
    plot_model(nested, tmp_path / "all.mmd", expand_nested=True)
    text = (tmp_path / "all.mmd").read_text()
    assert text.count("subgraph") == text.count("\n  end\n") == 1
    assert "conv_pw_13" in text and text.count(" n2_") > 80


def test_a_large_network_is_drawn_within_a_second(tmp_path: Path) -> None:
    model = kapps.ResNet50(weights=None)
    start = time.perf_counter()
    plot_model(model, tmp_path / "resnet50.svg")
    assert time.perf_counter() - start < 5  # the benchmark measures; this finds a blow-up
    root = ET.parse(tmp_path / "resnet50.svg").getroot()
    texts = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert sum(text == "Conv2D" for text in texts) == 53


def test_multiply_adds_are_those_of_the_literature() -> None:
    # Sandler and others, 2018, table 4: MobileNet 575 M, MobileNetV2 300 M; He and others: 3.8 G
    for title, expected, within in (
        ("MobileNet", 569e6, 0.02),
        ("MobileNetV2", 300e6, 0.02),
        ("ResNet50", 3.86e9, 0.02),
        ("VGG16", 15.47e9, 0.001),
    ):
        model = getattr(kapps, title)(weights=None)
        nodes = model._function.nodes
        total = sum(costs.multiply_adds(node.operation, node) for node in nodes)
        assert total == pytest.approx(expected, rel=within), title


def test_multiply_adds_of_single_layers() -> None:
    def count(layer: Any, *shape: int | None) -> int | None:
        output = layer(klayers.Input(shape))
        return costs.multiply_adds(layer, output.node)

    assert count(klayers.Dense(5), 4, 3) == 4 * 3 * 5
    assert count(klayers.Conv2D(6, 3, 2), 9, 9, 4) == 16 * 3 * 3 * 4 * 6
    assert count(klayers.Conv2DTranspose(6, 3, 2), 4, 4, 2) == 16 * 3 * 3 * 2 * 6
    assert count(klayers.LSTM(5), 7, 3) == 7 * (3 * 20 + 5 * 20)
    assert count(klayers.LocallyConnected1D(2, 3), 6, 4) == 4 * 3 * 4 * 2
    assert count(klayers.Embedding(9, 4), 6) == 0
    assert count(klayers.Conv2D(6, 3), None, 9, 4) is None


def test_a_summary_says_what_layers_cost(nested: Any) -> None:
    lines: list[str] = []
    nested.summary(print_fn=lines.append, show_costs=True)
    row = next(line for line in lines if line.startswith("mobilenet_0.25_32"))
    assert "853.69 KB" in row and row.endswith("kapps")
    assert any(line.startswith("Multiply-adds for one sample:") for line in lines)


def test_notebooks_show_a_table(nested: Any) -> None:
    text = nested._repr_html_()
    root = ET.fromstring(f"<div>{text.replace('<br>', '<br/>')}</div>")
    assert len(list(root.iter("tr"))) == 1 + len(nested.layers)
    assert "219,058" in text and "<c>" not in text
    (picture,) = root.iter("{http://www.w3.org/2000/svg}svg")
    drawn = [element.text for element in picture.iter("{http://www.w3.org/2000/svg}text")]
    assert "RandomFlip" in drawn and "photo" in drawn
    tips = re.findall(r'id="(tip\w+)"', text + nested._repr_html_())
    assert len(set(tips)) == 2  # or the arrows of one cell would hang on the picture of another


def test_notebooks_show_no_picture_of_giants() -> None:
    model = kapps.EfficientNetB4(weights=None, include_top=False)
    assert len(model.layers) == 474 and "<svg" not in kapps.DenseNet169(weights=None)._repr_html_()
    assert "<svg" in model._repr_html_()


def test_a_profile_has_every_layer(nested: Any, tmp_path: Path) -> None:
    x = np.zeros((2, 32, 32, 3), "float32")
    profile = nested.profile(x, repeats=1)
    assert [row.name for row in profile.rows] == [n.operation.name for n in nested._function.nodes]
    assert profile.rows[0].output_bytes == x.nbytes
    assert all(0 < row.milliseconds < 60_000 for row in profile.rows)
    assert profile.rows[1].weight_bytes == 4 * 218_544
    assert profile.milliseconds == pytest.approx(sum(row.milliseconds for row in profile.rows))
    assert len(str(profile).splitlines()) == 2 + len(profile.rows)
    picture = ET.parse(profile.plot(tmp_path / "profile.svg", top=2)).getroot()
    rows = list(picture.iter("{http://www.w3.org/2000/svg}rect"))
    assert len(rows) == 1 + 2
    assert "<svg" in profile._repr_html_() and "<c>" not in profile._repr_html_()


def test_profiles_that_cannot_be(nested: Any, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"repeats.*0"):
        nested.profile(np.zeros((1, 32, 32, 3), "float32"), repeats=0)
    with pytest.raises(ShapeError, match="31"):
        nested.profile(np.zeros((1, 32, 31, 3), "float32"))
    with pytest.raises(NotBuiltError):
        kcore.Sequential([klayers.Dense(2)]).profile(np.zeros((1, 2), "float32"))
    profile = nested.profile(np.zeros((1, 32, 32, 3), "float32"), repeats=1)
    with pytest.raises(ConfigurationError, match="png"):
        profile.plot(tmp_path / "profile.png")
