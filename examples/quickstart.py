"""The main job on real data: train, save, load elsewhere, draw, and use a stranger's layer.

    python examples/quickstart.py [folder for the results, default ./quickstart-output]

Needs the k-packages and matplotlib: `pip install kdatasets klayers "kcore[plot]"`. No data are
downloaded: kdatasets brings the 1,797 handwritten digits of the UCI repository with it.
"""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np

import kcore
from kdatasets import digits
from klayers import BatchNormalization, Conv2D, Dense, Dropout, Flatten, Input, MaxPooling2D

OUTPUT = Path(sys.argv[1] if len(sys.argv) > 1 else "quickstart-output")
STRANGER = Path(__file__).parent / "plugins" / "kcore-gated"
ENOUGH = 0.97

# Runs in a process of its own that imports nothing but kcore: the file knows where its layers are.
LOAD_ELSEWHERE = """
import sys, kcore, numpy
model = kcore.models.load_model(sys.argv[1])
images = numpy.load(sys.argv[2])
numpy.save(sys.argv[3], model.predict(images))
packages = sorted({type(layer).__module__.partition(".")[0] for layer in model.layers})
print("A fresh process loaded", model.name, "with layers of", *packages)
"""


def load() -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Images with values from 0 to 1 and a channel axis, labels from 0 to 9."""
    print(f"Data: {digits.CARD.summary}\nSource: {digits.CARD.source}")
    print(f"Licence: {digits.CARD.licence}\n")
    (x, y), (x_test, y_test) = digits.load_data()
    return (x[..., None] / np.float32(16), y), (x_test[..., None] / np.float32(16), y_test)


def build() -> kcore.Model:
    """A small convolutional network."""
    model = kcore.Sequential(
        [
            Input((8, 8, 1)),
            Conv2D(32, 3, padding="same", activation="relu"),
            BatchNormalization(momentum=0.9),
            Conv2D(64, 3, padding="same", activation="relu"),
            BatchNormalization(momentum=0.9),
            MaxPooling2D(2),
            Dropout(0.25),
            Flatten(),
            Dense(128, activation="relu"),
            Dropout(0.5),
            Dense(10, activation="softmax"),
        ],
        name="digits",
    )
    model.compile("adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def predict_elsewhere(file: Path, images: np.ndarray) -> np.ndarray:
    """What the model in a file predicts in a process that never heard of its layers."""
    inputs, outputs = OUTPUT / "images.npy", OUTPUT / "predictions.npy"
    np.save(inputs, images)
    command = [sys.executable, "-c", LOAD_ELSEWHERE, str(file), str(inputs), str(outputs)]
    subprocess.run(command, check=True)
    predictions = np.load(outputs)
    inputs.unlink()
    outputs.unlink()
    return predictions


def check_equal(here: np.ndarray, there: np.ndarray) -> None:
    """Stops the script if two processes disagree."""
    if not np.allclose(here, there, atol=1e-6):
        sys.exit("The predictions of the loaded model differ.")
    print(f"Its predictions for {len(here)} images are equal.\n")


def use_a_strangers_layer(x: np.ndarray, y: np.ndarray, x_test: np.ndarray) -> None:
    """Installs a plugin from its folder and uses its layer: by name, in a model, in a file."""
    print(f"Installing the plugin {STRANGER.name} ...")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    # with its build tool at hand pip needs no network
    options = ["--no-deps", "--no-build-isolation"] if find_spec("hatchling") else []
    subprocess.run([*pip, *options, str(STRANGER)], check=True)

    from kcore.layers import Gated  # the plugin is found without a restart

    model = kcore.Sequential([Input((8, 8, 1)), Flatten(), Gated(64), Dense(10, "softmax")])
    model.compile("adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x, y, epochs=5, verbose=2)
    file = OUTPUT / "gated.h5"
    model.save(file)
    check_equal(model.predict(x_test), predict_elsewhere(file, x_test))


def main() -> None:
    OUTPUT.mkdir(parents=True, exist_ok=True)
    kcore.reproducible(1)
    (x, y), (x_test, y_test) = load()

    model = build()
    model.summary()
    history = model.fit(x, y, epochs=15, validation_split=0.1)
    loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
    print(f"\nTest: loss {loss:.4f}, accuracy {accuracy:.4f} on {len(x_test)} new images\n")

    file = OUTPUT / "digits.h5"
    model.save(file)
    check_equal(model.predict(x_test), predict_elsewhere(file, x_test))

    history.plot(OUTPUT / "learning-curve.png")
    kcore.utils.plot_model(model, OUTPUT / "model.svg")
    use_a_strangers_layer(x, y, x_test)

    print("Written:", *sorted(str(path) for path in OUTPUT.iterdir()), sep="\n  ")
    if accuracy < ENOUGH:
        sys.exit(f"The test accuracy {accuracy:.4f} is below {ENOUGH}.")


if __name__ == "__main__":
    main()
