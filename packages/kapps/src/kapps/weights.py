"""Where weights come from: nowhere, a file of the user's, or a published one with a record.

| variable      | meaning                                                                      |
| ------------- | ---------------------------------------------------------------------------- |
| KAPPS_MIRROR  | URLs or folders to ask before the publisher, separated by commas, in order    |
| KAPPS_OFFLINE | 1, true, yes or on: never open a socket                                       |
| KCORE_HOME    | the cache; published files lie in its folder `models`; default `~/.kcore`     |
| KERAS_HOME    | Keras' cache (default `~/.keras`): a file there is used if its checksum fits  |
"""

from __future__ import annotations

import hashlib
import os
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from kcore import utils
from kcore.errors import ConfigurationError, LoadError
from kcore.utils.files import cache_home


@dataclass(frozen=True)
class WeightRecord:
    """One published file of weights. Nothing is loaded that does not match its record.

    Args:
        name: how users ask for it, for example "imagenet".
        include_top: whether the file holds the classifier too.
        url: where it is published.
        checksum: as its publisher gives it, "md5:..." or "sha256:..."; "" where none is published,
            and the shapes of all weights are the only check.
        input_shape: of the images it was trained on, (height, width, channels).
        mode: their preprocessing, one of `preprocessing.MODES`.
        licence: under which it is published.
        classes: outputs of the classifier, default 1000.
        size: of the file, in bytes; None if it is not known.
        accuracy: published share of ImageNet's validation images whose first answer is right, or
            None.
        file_name: its name in the cache; the last part of the URL if "".
        path: where the file is already, or None.

    Example:
        >>> record = WeightRecord("imagenet", True, "file:///w.h5", "md5:" + "0" * 32,
        ...                       (224, 224, 3), "caffe", "MIT")
        >>> record.file, record.algorithm
        ('w.h5', 'md5')
    """

    name: str
    include_top: bool
    url: str
    checksum: str
    input_shape: tuple[int, int, int]
    mode: str
    licence: str
    classes: int = 1000
    size: int | None = None
    accuracy: float | None = None
    file_name: str = ""
    path: Path | None = None

    @property
    def file(self) -> str:
        """Its name in the cache and below every mirror."""
        return self.file_name or self.url.rsplit("/", 1)[-1]

    @property
    def algorithm(self) -> str:
        """The name of the checksum's algorithm."""
        return self.checksum.partition(":")[0]

    def fits(self, path: Path) -> bool:
        """Whether a file is the published one, byte for byte; never without a checksum."""
        if not self.checksum or not path.is_file():
            return False
        digest = hashlib.new(self.algorithm, usedforsecurity=False)
        with path.open("rb") as stream:
            while block := stream.read(1 << 20):
                digest.update(block)
        return f"{self.algorithm}:{digest.hexdigest()}" == self.checksum


def locate(
    weights: Any, owner: str, include_top: bool, records: Iterable[WeightRecord] = ()
) -> Path | WeightRecord | None:
    """What the argument `weights` of an application means. Nothing is downloaded here.

    Args:
        weights: None, the path of a file, or the name of published weights.
        owner: the application, for messages.
        include_top: which of a name's files is meant.
        records: the files published for the application.

    Returns:
        None, an existing file, or a record; a file that is a published one gives its record.

    Raises:
        ConfigurationError: if it is none of these, or the name has no record.
        LoadError: if there is no such file.

    Example:
        >>> locate(None, "ResNet50", True) is None
        True
    """
    if weights is None:
        return None
    if not isinstance(weights, (str, os.PathLike)):
        raise ConfigurationError(
            f"{owner}: weights must be None, the path of a file or a name; received {weights!r} "
            f"({type(weights).__name__})."
        )
    published = [record for record in records if record.include_top == include_top]
    for record in published:
        if record.name == weights:
            return record
    path = Path(weights).expanduser()
    if path.is_file():
        same_name = (r for r in published if r.file == path.name and r.fits(path))
        return next((replace(record, path=path) for record in same_name), path)
    if path.suffix:
        raise LoadError(
            f"{owner}: weights={str(weights)!r} does not exist. Check the path (the working folder "
            f"is {Path.cwd()})."
        )
    names = ", ".join(sorted({record.name for record in published}))
    raise ConfigurationError(
        f"{owner}: weights={str(weights)!r} cannot be had: published are {names or 'none'} for "
        f"include_top={include_top} and these arguments. Give the path of a file that holds them, "
        f"{owner}(weights='weights.h5'), or start from random numbers, {owner}(weights=None)."
    )


def load(model: Any, found: Path | WeightRecord | None) -> None:
    """Reads what `locate` found into a model; a published file is downloaded once and checked.

    Raises:
        LoadError: if the file is damaged or made for another network, or cannot be downloaded.
    """
    path = fetch(found) if isinstance(found, WeightRecord) else found
    if path is None:
        return
    try:
        model.load_weights(path)
    except LoadError as error:
        raise LoadError(
            f"{model.name}: {path} does not hold the weights of this network. {error} Check that "
            "the file belongs to the same application with the same include_top, classes and "
            "other arguments."
        ) from error


def fetch(record: WeightRecord) -> Path:
    """The path of a published file: the user's, in the cache, in Keras' cache, or downloaded now.

    Raises:
        LoadError: if it is nowhere; says what was tried and where to put it by hand.
    """
    if record.path is not None:
        return record.path
    target = cache_home() / "models" / record.file
    for place in (target, _keras_home() / "models" / record.file):
        if record.fits(place):
            return place
    if not record.checksum and target.is_file():
        return target
    faults = []
    for source in _sources(record):
        try:
            return Path(
                utils.get_file(
                    record.file,
                    source,
                    file_hash=record.checksum.partition(":")[2] or None,
                    hash_algorithm=record.algorithm or "auto",
                    cache_subdir="models",
                )
            )
        except LoadError as error:
            faults.append(f"{source}: {error}")
    if _is_offline():
        faults.append("the network was not asked, because KAPPS_OFFLINE is set")
    raise LoadError(
        f"The weights {record.file} are not on this machine and cannot be fetched: "
        f"{'; '.join(faults)}. Put the file at {target}, name a folder or an address that holds it "
        "in KAPPS_MIRROR, give its path as weights=..., or start from random numbers with "
        "weights=None."
    )


def _sources(record: WeightRecord) -> Iterator[str]:
    """Where to ask, in order; without a network the folders only."""
    mirrors = [entry.strip().rstrip("/") for entry in os.environ.get("KAPPS_MIRROR", "").split(",")]
    sources = [f"{mirror}/{record.file}" for mirror in mirrors if mirror] + [record.url]
    for source in sources:
        remote = source.startswith(("http:", "https:", "ftp:"))
        if remote and _is_offline():
            continue
        if remote and not record.checksum:
            warnings.warn(
                f"{record.file}: its publisher gives no checksum, so only the shapes of its "
                "weights are checked.",
                UserWarning,
                stacklevel=5,
            )
        yield source


def _is_offline() -> bool:
    return os.environ.get("KAPPS_OFFLINE", "").strip().lower() in ("1", "true", "yes", "on")


def _keras_home() -> Path:
    return Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras").expanduser()
