"""CIFAR-10: 60,000 colour photographs of ten kinds of things, 32x32 pixels.

The publisher states no licence; the photographs were collected from the web for research.
"""

from __future__ import annotations

from .card import ArrayCard, Card
from .cifar import CITATION, HOME, read_batches
from .source import RemoteFile, fetch
from .split import Split

__all__ = ["CARD", "CLASS_NAMES", "load_data"]

CLASS_NAMES = (
    "airplane",
    "automobile",
    "bird",
    "cat",
    "deer",
    "dog",
    "frog",
    "horse",
    "ship",
    "truck",
)
ARCHIVE = RemoteFile(
    "cifar10/cifar-10-python.tar.gz",
    "sha256:6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce",
    170498071,
    (f"{HOME}cifar-10-python.tar.gz",),
    keras_names=("cifar-10-batches-py-target_archive", "cifar-10-batches-py.tar.gz"),
)
FOLDER = "cifar-10-batches-py"
TRAIN = [f"{FOLDER}/data_batch_{i}" for i in range(1, 6)]
TEST = [f"{FOLDER}/test_batch"]

CARD = Card(
    name="cifar10",
    summary="Colour photographs of ten kinds of things, 32x32 pixels.",
    train=50000,
    test=10000,
    x=ArrayCard("(n, height=32, width=32, channel=3)", "uint8", "0 to 255, red green blue"),
    y=ArrayCard("(n, 1)", "uint8", "class 0 to 9"),
    classes=CLASS_NAMES,
    files=(ARCHIVE,),
    licence="none stated; collected from the web for research",
    source=f"A. Krizhevsky, V. Nair, G. Hinton, {HOME}cifar.html",
    citation=CITATION,
)


def load_data() -> Split:
    """Load CIFAR-10.

    Shapes:
        x: (n, height=32, width=32, channel=3), uint8, 0 to 255.
        y: (n, 1), uint8, 0 to 9, named by CLASS_NAMES; mind the second axis.

    Returns:
        ((x_train, y_train), (x_test, y_test)): 50,000 and 10,000 images in the official order.

    Raises:
        UnavailableError: If no source has the archive; says how to get it.
        FormatError: If the archive does not hold what it should.

    Example:
        >>> (x_train, y_train), _ = load_data()  # doctest: +SKIP
        >>> x_train.shape, y_train.shape  # doctest: +SKIP
        ((50000, 32, 32, 3), (50000, 1))
    """
    train, test = read_batches(fetch(ARCHIVE), [TRAIN, TEST], "labels")
    return train, test
