"""Recognise handwritten digits: MNIST, a small convolutional network, batches moved at random.

    python examples/mnist.py [epochs, default 4]

Needs the k-packages: `pip install kdatasets kpreprocess klayers kcore`. The four files of MNIST
(11.6 MB) are fetched once; with KDATASETS_MIRROR set to a folder that holds them, nothing is.
"""

from __future__ import annotations

import sys

import numpy as np

import kcore
from kdatasets import mnist
from klayers import Conv2D, Dense, Dropout, Flatten, Input, MaxPooling2D
from kpreprocess.image import ImageDataGenerator

EPOCHS = int(sys.argv[1]) if len(sys.argv) > 1 else 4
ENOUGH = 0.985


def load() -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Images with levels from 0 to 255 and a channel axis, labels from 0 to 9."""
    print(f"Data: {mnist.CARD.summary}\nSource: {mnist.CARD.source}")
    print(f"Licence: {mnist.CARD.licence}\n")
    (x, y), (x_test, y_test) = mnist.load_data()
    return (x[..., None], y), (x_test[..., None], y_test)


def build() -> kcore.Model:
    """A small convolutional network."""
    model = kcore.Sequential(
        [
            Input((28, 28, 1)),
            Conv2D(16, 3, activation="relu"),
            MaxPooling2D(2),
            Conv2D(32, 3, activation="relu"),
            MaxPooling2D(2),
            Flatten(),
            Dense(128, activation="relu"),
            Dropout(0.3),
            Dense(10, activation="softmax"),
        ],
        name="mnist",
    )
    model.compile("adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def main() -> None:
    kcore.reproducible(1)
    (x, y), (x_test, y_test) = load()
    moved = ImageDataGenerator(
        width_shift_range=0.08, height_shift_range=0.08, rescale=1 / 255, fill_mode="constant"
    )
    plain = ImageDataGenerator(rescale=1 / 255)
    train = moved.flow(x, y, batch_size=128, seed=1)
    test = plain.flow(x_test, y_test, batch_size=500, shuffle=False)

    model = build()
    model.summary()
    model.fit(train, epochs=EPOCHS, steps_per_epoch=len(train), verbose=2)
    loss, accuracy = model.evaluate(test, steps=len(test), verbose=0)
    print(f"\nTest: loss {loss:.4f}, accuracy {accuracy:.4f} on {len(x_test)} new images")
    if accuracy < ENOUGH:
        sys.exit(f"The test accuracy {accuracy:.4f} is below {ENOUGH}.")


if __name__ == "__main__":
    main()
