"""What all pictures share: colours of families of layers and packages, widths of texts."""

from __future__ import annotations

import zlib

# widths of letters in units of the font's size, those of a wide sans serif, so that text fits in
# any other
_WIDTHS = {
    **dict.fromkeys("fijlrt|!'.,:;()[] /", 0.42),
    **dict.fromkeys("mwMW@%→×", 0.95),
    **dict.fromkeys("ABCDEFGHKLNOPQRSTUVXYZ_", 0.72),
}

# families of layers by hue: (fill, border)
_COLOURS = {
    "input": ("#f1f3f5", "#868e96"),
    "operation": ("#f1f3f5", "#adb5bd"),
    "model": ("#ffffff", "#495057"),
    "convolution": ("#dbeafe", "#3b82f6"),
    "locally_connected": ("#dbeafe", "#3b82f6"),
    "core": ("#ede9fe", "#8b5cf6"),
    "pooling": ("#dcfce7", "#22a55b"),
    "normalization": ("#fef3c7", "#d99a06"),
    "activation": ("#ffe4e6", "#f0566f"),
    "merging": ("#cffafe", "#0e9fb8"),
    "recurrent": ("#fae8ff", "#c535d9"),
    "embedding": ("#ecfccb", "#77a815"),
    "attention": ("#ffedd5", "#ee7422"),
    "noise": ("#f5f0eb", "#a08c7d"),
    "padding": ("#eef2f6", "#8fa3b8"),
}
_STRANGERS = (("#fff0c2", "#b45309"), ("#ffe0ef", "#be185d"), ("#d9f5ea", "#047857"))


def colours(family: str) -> tuple[str, str]:
    """Fill and border of a family; a package of its own always has the same."""
    own = _STRANGERS[zlib.crc32(family.encode()) % len(_STRANGERS)]
    return _COLOURS.get(family, own)


def text_width(text: str, size: float) -> float:
    """The room that a text takes at most."""
    return size * sum(_WIDTHS.get(letter, 0.64) for letter in text)
