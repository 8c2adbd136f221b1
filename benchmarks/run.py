"""Runs every benchmark and writes a report: `python benchmarks/run.py [--rounds 3] [works ...]`.

Each framework works in a process of its own; the processes of one work take turns, so that a
machine that gets slower gets slower for all. A figure is the median over the rounds, and what
counts is its ratio to that of the peers. The report goes to results/report.md, a chart beside it.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

HERE = Path(__file__).parent


@dataclass
class Work:
    """One row group of the report: a work, its figure, and who takes part."""

    name: str
    title: str
    figure: str
    unit: str
    peers: tuple[str, ...]


WORKS = (
    Work("importing", "import, beyond numpy", "import_s", "s", ("keras", "torch", "bare")),
    Work("importing", "import and first layer", "with_first_use_s", "s", ()),
    Work("build_resnet50", "build + summary of ResNet50", "build_s", "s", ("keras",)),
    Work(
        "fit_dense",
        "fit dense 784-512-512-10, batch 32",
        "ms_per_step",
        "ms/step",
        ("keras", "torch", "bare"),
    ),
    Work(
        "fit_lstm", "fit Embedding + LSTM(128), T=80", "ms_per_step", "ms/step", ("keras", "torch")
    ),
    Work(
        "fit_resnet50",
        "fit ResNet50 96x96, batch 8",
        "ms_per_step",
        "ms/step",
        ("keras", "torch", "bare"),
    ),
    Work(
        "optimizer_step",
        "Adam step, 23.5 M parameters",
        "adam_ms",
        "ms",
        ("keras", "torch", "bare"),
    ),
    Work("optimizer_step", "SGD with momentum step", "sgd_ms", "ms", ("keras", "torch", "bare")),
    Work("optimizer_step", "RMSprop step", "rmsprop_ms", "ms", ("keras", "torch", "bare")),
    Work("predict_row", "predict one row", "us_per_call", "µs", ("keras", "torch", "bare")),
    Work("model_files", "save VGG16, .h5", "save_h5_s", "s", ("keras", "bare")),
    Work("model_files", "save VGG16, .keras", "save_keras_s", "s", ("keras", "bare")),
    Work("model_files", "load VGG16, .h5", "load_h5_s", "s", ("keras", "bare")),
    Work("model_files", "load VGG16, .keras", "load_keras_s", "s", ("keras", "bare")),
    Work("model_files", "peak memory of loading .h5", "peak_h5", "weights", ("keras",)),
    Work("memory", "growth over predicts", "predict_growth_mib", "MiB", ()),
    Work("memory", "growth over build-fit cycles", "cycle_growth_mib", "MiB", ()),
)
NAMES = {"kcore": "kcore", "keras": "Keras", "torch": "PyTorch", "bare": "bare TensorFlow"}


def measure(work: str, framework: str) -> dict[str, float]:
    """The figures of one process."""
    command = [sys.executable, str(HERE / "worker.py"), work, framework]
    done = subprocess.run(command, capture_output=True, text=True)
    for line in done.stdout.splitlines():
        if line.startswith("FIGURES "):
            figures: dict[str, float] = json.loads(line.removeprefix("FIGURES "))
            return figures
    raise SystemExit(f"{work} {framework} failed:\n{done.stderr[-2000:]}")


def run(work: str, frameworks: tuple[str, ...], rounds: int) -> dict[str, dict[str, float]]:
    """Medians of all figures by framework; the frameworks take turns."""
    seen: dict[str, list[dict[str, float]]] = {framework: [] for framework in frameworks}
    for number in range(rounds):
        for framework in frameworks:
            seen[framework].append(measure(work, framework))
            print(f"{work} {framework} ({number + 1}/{rounds}): {seen[framework][-1]}", flush=True)
    return {
        framework: {key: statistics.median(f[key] for f in figures) for key in figures[0]}
        for framework, figures in seen.items()
    }


def row(work: Work, figures: dict[str, dict[str, float]]) -> list[str]:
    """The cells of one row of the report."""
    ours = figures["kcore"][work.figure]
    cells = [work.title, f"{ours:.3g} {work.unit}"]
    for peer in ("keras", "torch", "bare"):
        theirs = figures.get(peer, {}).get(work.figure)
        cells.append("" if theirs is None else f"{theirs:.3g} ({theirs / ours:.2f}x)")
    return cells


def machine() -> str:
    """What the figures were measured on."""
    versions = []
    for name in ("tensorflow", "keras", "torch", "numpy"):
        try:
            versions.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            continue
    return f"{os.cpu_count()} cores, Python {platform.python_version()}, {', '.join(versions)}"


def report(rows: list[list[str]]) -> str:
    """The report as Markdown."""
    head = ["work", "kcore", "Keras", "PyTorch", "bare TensorFlow"]
    lines = [
        "# Benchmarks",
        "",
        f"Measured on {machine()}. Medians; every framework in processes of its own, taking turns.",
        "In brackets: how many times the time of kcore; above 1, kcore is faster.",
        "",
        "| " + " | ".join(head) + " |",
        "| --- " * len(head) + "|",
        *("| " + " | ".join(cells) + " |" for cells in rows),
        "",
        "![ratios](ratios.png)",
        "",
    ]
    return "\n".join(lines)


def chart(rows: list[tuple[str, dict[str, float]]], path: Path) -> None:
    """Bars of the ratios to each peer."""
    from matplotlib.figure import Figure

    peers = ("keras", "torch", "bare")
    figure = Figure(figsize=(8, 0.7 * len(rows) + 1.2), layout="constrained")
    axes = figure.subplots()
    for offset, peer in enumerate(peers):
        places = [i + 0.25 * (offset - 1) for i, (_, r) in enumerate(rows) if peer in r]
        ratios = [r[peer] for _, r in rows if peer in r]
        axes.barh(places, ratios, height=0.23, label=NAMES[peer])
        for place, ratio in zip(places, ratios, strict=True):
            axes.text(ratio * 1.03, place, f"{ratio:.2g}", va="center", fontsize=8)
    axes.axvline(1.0, color="black", linewidth=0.8)
    axes.set_yticks(range(len(rows)), [title for title, _ in rows])
    axes.invert_yaxis()
    axes.set_xscale("log")
    axes.set_xlabel("time of the peer / time of kcore (above 1: kcore is faster)")
    axes.legend(frameon=False)
    axes.margins(x=0.15)
    figure.savefig(path, dpi=120)


def main() -> None:
    """Runs the chosen works and writes the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("works", nargs="*", help="names of works; all if none is given")
    parser.add_argument("--rounds", type=int, default=3, help="processes for each framework")
    parser.add_argument("--output", type=Path, default=Path("results"), help="folder of the report")
    options = parser.parse_args()
    chosen = [w for w in WORKS if not options.works or w.name in options.works]
    figures: dict[str, dict[str, dict[str, float]]] = {}
    rows, ratios = [], []
    for work in chosen:
        if work.name not in figures:
            rounds = 1 if work.name == "memory" else options.rounds
            figures[work.name] = run(work.name, ("kcore", *work.peers), rounds)
        found = figures[work.name]
        rows.append(row(work, found))
        ours = found["kcore"][work.figure]
        if work.peers:
            ratios.append((work.title, {p: found[p][work.figure] / ours for p in work.peers}))
    options.output.mkdir(parents=True, exist_ok=True)
    (options.output / "report.md").write_text(report(rows), encoding="utf-8")
    (options.output / "figures.json").write_text(json.dumps(figures, indent=1), encoding="utf-8")
    chart(ratios, options.output / "ratios.png")
    print(report(rows))


if __name__ == "__main__":
    main()
