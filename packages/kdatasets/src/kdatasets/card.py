"""What a data set is, in one record: shapes, types, ranges, classes, licence, source, citation."""

from __future__ import annotations

from dataclasses import dataclass

from .source import RemoteFile

__all__ = ["ArrayCard", "Card"]


@dataclass(frozen=True)
class ArrayCard:
    """Facts about one array of a data set.

    Args:
        axes: Its axes by name and size, 'n' for the examples, e.g. '(n, height=28, width=28)'.
        dtype: Its numpy dtype by name.
        range: Smallest and largest value with the unit, in words.

    Example:
        >>> ArrayCard("(n,)", "uint8", "0 to 9").dtype
        'uint8'
    """

    axes: str
    dtype: str
    range: str


@dataclass(frozen=True)
class Card:
    """Facts about a data set, as every component of kind dataset carries them.

    Args:
        name: Its short name.
        summary: What it is, in one sentence.
        train: Training examples that `load_data()` returns by default.
        test: Test examples likewise.
        x: The inputs.
        y: The targets.
        licence: Its licence.
        source: Who publishes it, with an address.
        citation: What to cite.
        classes: Class names by label; empty for a regression.
        files: What has to be fetched; empty for a data set inside the package.
        notes: Anything a user should know before using it. Default ''.

    Example:
        >>> from kdatasets.digits import CARD
        >>> CARD.size, len(CARD.classes)
        (0, 10)
    """

    name: str
    summary: str
    train: int
    test: int
    x: ArrayCard
    y: ArrayCard
    licence: str
    source: str
    citation: str
    classes: tuple[str, ...] = ()
    files: tuple[RemoteFile, ...] = ()
    notes: str = ""

    @property
    def size(self) -> int:
        """Bytes to fetch before the first use, 0 for a data set inside the package."""
        return sum(file.size for file in self.files)

    def describe(self) -> str:
        """The card as text for people.

        Returns:
            One fact a line.

        Example:
            >>> from kdatasets.digits import CARD
            >>> print(CARD.describe().splitlines()[0])
            digits: Optical recognition of handwritten digits, 8x8 grey images.
        """
        size = f"{self.size / 1e6:.1f} MB to fetch" if self.files else "part of the package"
        facts = {
            "examples": f"{self.train} for training, {self.test} for testing",
            "x": f"{self.x.axes} {self.x.dtype}, {self.x.range}",
            "y": f"{self.y.axes} {self.y.dtype}, {self.y.range}",
            "classes": ", ".join(self.classes) if self.classes else "none (regression)",
            "size": size,
            "licence": self.licence,
            "source": self.source,
            "cite": self.citation,
            "note": self.notes,
        }
        lines = [f"  {key + ':':<10}{value}" for key, value in facts.items() if value]
        return "\n".join([f"{self.name}: {self.summary}", *lines])
