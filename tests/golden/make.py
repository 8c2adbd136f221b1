"""Writes the golden files of the installed version: python tests/golden/make.py [--add].

Never changes a file that is there. Without --add it refuses a generation that exists; with --add it
writes what the tables have and the newest generation lacks, such as a new layer.
"""

from __future__ import annotations

import argparse
import sys
from importlib import metadata
from pathlib import Path

import golden_cases
import golden_files
import golden_models

from kcore.utils import set_random_seed

TRAINED_STEPS, FURTHER_STEPS = 4, 3


def make_layer(name: str, folder: Path) -> None:
    """One file with a model of the layer's cases."""
    model, inputs = golden_cases.layer_model(golden_cases.layers()[name])
    model.save(folder / f"{name}.keras")
    outputs = golden_files.outputs(model, inputs)
    golden_files.write_arrays(folder / f"{name}.npz", inputs=inputs, outputs=outputs)


def make_loss(name: str, folder: Path) -> None:
    """One file with losses of the class."""
    golden_files.write_losses(folder / f"{name}.json", *golden_cases.loss_case(name))


def make_optimizer(name: str, folder: Path) -> None:
    """One file with a model in training, and the weights that it has some steps later."""
    model = golden_cases.optimizer_model(name)
    golden_files.steps(model, *golden_cases.batches(TRAINED_STEPS, 0))
    model.save(folder / f"{name}.keras")
    x, y = golden_cases.batches(FURTHER_STEPS, 1)
    weights = golden_files.steps(model, x, y)
    golden_files.write_arrays(folder / f"{name}.npz", x=x, y=y, weights=weights)


def make_model(name: str, folder: Path) -> None:
    """Two files of one model; what it answers twice, for the sake of those that have a state."""
    model, inputs, targets = golden_models.trained(name)
    for suffix in ("h5", "keras"):
        model.save(folder / f"{name}.{suffix}")
    first, second = (golden_files.outputs(model, inputs) for _ in range(2))
    golden_files.write_arrays(
        folder / f"{name}.npz", inputs=inputs, targets=targets, first=first, second=second
    )


KINDS = {
    "layers": (make_layer, golden_cases.layers),
    "losses": (make_loss, golden_cases.loss_names),
    "optimizers": (make_optimizer, lambda: golden_cases.OPTIMIZERS),
    "models": (make_model, lambda: golden_models.MODELS),
}


def main() -> None:
    """Writes a generation."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--add", action="store_true", help="complete the newest generation")
    parser.add_argument("--output", type=Path, default=golden_files.FOLDER, help="parent folder")
    options = parser.parse_args()
    version = metadata.version("kcore")
    target = options.output / version
    if target.exists() and not options.add:
        sys.exit(
            f"{target} exists: golden files are never written anew. Raise the version of kcore, "
            "or add what is missing with --add."
        )
    for kind, (make, names) in KINDS.items():
        folder = target / kind
        folder.mkdir(parents=True, exist_ok=True)
        present = {path.stem for path in folder.iterdir()}
        for name in sorted(set(names()) - present):
            set_random_seed(0)
            make(name, folder)
    files = [path for path in target.rglob("*") if path.is_file()]
    print(f"{target}: {len(files)} files, {sum(path.stat().st_size for path in files)} bytes")


if __name__ == "__main__":
    main()
