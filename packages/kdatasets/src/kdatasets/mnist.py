"""MNIST: 70,000 handwritten digits as 28x28 grey images, from the four official IDX files.

Licence: Creative Commons Attribution-ShareAlike 3.0; by Y. LeCun, C. Cortes and C. J. C. Burges.
"""

from __future__ import annotations

import os
from pathlib import Path

from .archive import read_npz
from .card import ArrayCard, Card
from .idx import read_idx
from .source import RemoteFile, cached, fetch, local_file
from .split import Split

__all__ = ["CARD", "CLASS_NAMES", "load_data"]

CLASS_NAMES = tuple("0123456789")
DEFAULT_PATH = "mnist.npz"

# The original server is often closed; the other two are the well-known copies of its files.
BASES = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "http://yann.lecun.com/exdb/mnist/",
)


def _file(name: str, digest: str, size: int) -> RemoteFile:
    urls = tuple(base + name for base in BASES)
    return RemoteFile(f"mnist/{name}", f"sha256:{digest}", size, urls)


# In the order and with the shapes that load_data needs.
SHAPES = {
    "x_train": (60000, 28, 28),
    "y_train": (60000,),
    "x_test": (10000, 28, 28),
    "y_test": (10000,),
}
FILES = (
    _file(
        "train-images-idx3-ubyte.gz",
        "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
        9912422,
    ),
    _file(
        "train-labels-idx1-ubyte.gz",
        "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
        28881,
    ),
    _file(
        "t10k-images-idx3-ubyte.gz",
        "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
        1648877,
    ),
    _file(
        "t10k-labels-idx1-ubyte.gz",
        "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
        4542,
    ),
)

# The same arrays as Keras packs them; used if Keras left the file on this machine.
KERAS_COPY = RemoteFile(
    "mnist/mnist.npz",
    "sha256:731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1",
    11490434,
    keras_names=("mnist.npz",),
)

CARD = Card(
    name="mnist",
    summary="Handwritten digits, 28x28 grey images.",
    train=60000,
    test=10000,
    x=ArrayCard("(n, height=28, width=28)", "uint8", "0 (paper) to 255 (ink)"),
    y=ArrayCard("(n,)", "uint8", "class 0 to 9"),
    classes=CLASS_NAMES,
    files=FILES,
    licence="CC BY-SA 3.0, https://creativecommons.org/licenses/by-sa/3.0/",
    source="Y. LeCun, C. Cortes, C. J. C. Burges, http://yann.lecun.com/exdb/mnist/",
    citation=(
        "Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, Gradient-based learning applied to "
        "document recognition, Proceedings of the IEEE 86(11), 2278-2324, 1998"
    ),
)


def load_data(path: str | os.PathLike[str] = DEFAULT_PATH) -> Split:
    """Load MNIST.

    Args:
        path: A file of your own in Keras' layout (npz), or a folder with the four IDX files; the
            default stands for the official files, which are fetched once and kept.

    Shapes:
        x: (n, height=28, width=28), uint8, 0 (paper) to 255 (ink); there is no channel axis.
        y: (n,), uint8, 0 to 9.

    Returns:
        ((x_train, y_train), (x_test, y_test)): 60,000 and 10,000 images in the official order.

    Raises:
        UnavailableError: If no source has the files; says how to get them.
        FileNotFoundError: If `path` names nothing that exists.
        FormatError: If a file does not hold what it should.

    Example:
        >>> (x_train, y_train), _ = load_data()  # doctest: +SKIP
        >>> y_train[:10].tolist()  # doctest: +SKIP
        [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    """
    own = local_file(path, DEFAULT_PATH)
    if own is None and any(cached(file) is None for file in FILES):
        own = cached(KERAS_COPY)
    return read_mnist_like(own, FILES)


def read_mnist_like(own: Path | None, files: tuple[RemoteFile, ...]) -> Split:
    """Read the four arrays of MNIST or of a data set in its format.

    Args:
        own: An npz file, a folder with the IDX files, or None to fetch `files`.
        files: Train images, train labels, test images, test labels.

    Returns:
        ((x_train, y_train), (x_test, y_test)).

    Raises:
        UnavailableError: If `own` is None and no source has the files.
        FormatError: If a file does not hold what it should.

    Example:
        >>> read_mnist_like(Path("mnist.npz"), FILES)  # doctest: +SKIP
    """
    if own is not None and own.is_file():
        x_train, y_train, x_test, y_test = read_npz(own, SHAPES)
    else:
        paths = [fetch(file) if own is None else own / Path(file.name).name for file in files]
        x_train, y_train, x_test, y_test = (
            read_idx(path, shape) for path, shape in zip(paths, SHAPES.values(), strict=True)
        )
    return (x_train, y_train), (x_test, y_test)
