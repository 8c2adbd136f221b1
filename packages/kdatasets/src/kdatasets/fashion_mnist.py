"""Fashion-MNIST: 70,000 articles of clothing as 28x28 grey images, in the format of MNIST.

Licence: MIT, copyright Zalando SE.
"""

from __future__ import annotations

from .card import ArrayCard, Card
from .mnist import read_mnist_like
from .source import RemoteFile
from .split import Split

__all__ = ["CARD", "CLASS_NAMES", "load_data"]

CLASS_NAMES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)
BASES = (
    "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
    "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
)


def _file(name: str, digest: str, size: int) -> RemoteFile:
    urls = tuple(base + name for base in BASES)
    path = f"fashion-mnist/{name}"
    return RemoteFile(path, f"sha256:{digest}", size, urls, keras_names=(path,))


FILES = (
    _file(
        "train-images-idx3-ubyte.gz",
        "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
        26421880,
    ),
    _file(
        "train-labels-idx1-ubyte.gz",
        "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
        29515,
    ),
    _file(
        "t10k-images-idx3-ubyte.gz",
        "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
        4422102,
    ),
    _file(
        "t10k-labels-idx1-ubyte.gz",
        "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
        5148,
    ),
)

CARD = Card(
    name="fashion_mnist",
    summary="Articles of clothing of ten kinds, 28x28 grey images.",
    train=60000,
    test=10000,
    x=ArrayCard("(n, height=28, width=28)", "uint8", "0 (background) to 255"),
    y=ArrayCard("(n,)", "uint8", "class 0 to 9"),
    classes=CLASS_NAMES,
    files=FILES,
    licence="MIT, copyright 2017 Zalando SE",
    source="Zalando Research, https://github.com/zalandoresearch/fashion-mnist",
    citation=(
        "H. Xiao, K. Rasul and R. Vollgraf, Fashion-MNIST: a Novel Image Dataset for "
        "Benchmarking Machine Learning Algorithms, arXiv:1708.07747, 2017"
    ),
)


def load_data() -> Split:
    """Load Fashion-MNIST.

    Shapes:
        x: (n, height=28, width=28), uint8, 0 (background) to 255; there is no channel axis.
        y: (n,), uint8, 0 to 9, named by CLASS_NAMES.

    Returns:
        ((x_train, y_train), (x_test, y_test)): 60,000 and 10,000 images in the official order.

    Raises:
        UnavailableError: If no source has the files; says how to get them.
        FormatError: If a file does not hold what it should.

    Example:
        >>> (x_train, y_train), _ = load_data()  # doctest: +SKIP
        >>> y_train[:10].tolist()  # doctest: +SKIP
        [9, 0, 0, 3, 0, 2, 7, 2, 5, 5]
    """
    return read_mnist_like(None, FILES)
