"""Building costs nothing: what runs before the first number never imports TensorFlow."""

from __future__ import annotations

import subprocess
import sys

_BUILD = """
import sys
import kcore, klayers, kapps, kpreprocess, kdatasets
model = kapps.ResNet50(weights=None)
model.summary(print_fn=lambda line: None)
model.get_config()
twin = kcore.models.clone_model(model)
assert twin.count_params() == model.count_params() == 25_636_712
x = kcore.Input((8,))
both = kcore.layers.Concatenate()([kcore.layers.Dense(3)(x), x * 2.0])
assert both.shape == (None, 11)
model.compile("adam", "mse", metrics=["accuracy"])
assert "tensorflow" not in sys.modules, "TensorFlow was imported"
assert not any(w.materialized for w in model.weights)
print("built")
"""


def _run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)


def test_building_printing_and_compiling_import_no_tensorflow_and_print_nothing() -> None:
    done = _run(_BUILD)
    assert done.stdout == "built\n", done.stderr
    assert done.stderr == ""


def test_importing_all_packages_imports_no_tensorflow_no_h5py_and_no_layer() -> None:
    done = _run(
        "import sys, kcore, klayers, kapps, kpreprocess, kdatasets\n"
        "found = [m for m in ('tensorflow', 'h5py', 'rich', 'klayers.core.dense', 'matplotlib')"
        " if m in sys.modules]\nprint(found)"
    )
    assert done.stdout == "[]\n", done.stderr
    assert done.stderr == ""
