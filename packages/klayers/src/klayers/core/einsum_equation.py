"""The equation of an EinsumDense: letters for axes, and the sizes that they get."""

from __future__ import annotations

import re

from kcore.errors import ConfigurationError, ShapeError
from kcore.typing import Shape

_FORM = re.compile(r"(\.\.\.)?([A-Za-z]+)(\.\.\.)?,([A-Za-z]+)->(\.\.\.)?([A-Za-z]+)(\.\.\.)?")


class Equation:
    """A parsed equation "input,kernel->output".

    Args:
        text: the equation.
        declared: the output's sizes by letter, without the batch and the axes of "...".

    Attributes:
        input, kernel, output: the letters of each.
        ellipsis: "left", "right" or "" (none).
        summed: letters of input and kernel that the output lacks.
        made: letters of the output that the input lacks.
        is_matrix_product: whether it is the input's rows times the kernel as a matrix.

    Raises:
        ConfigurationError: if the equation has another form or the output shape does not fit.

    Example:
        >>> Equation("abc,cde->abde", (None, 2, 8)).summed
        'c'
    """

    def __init__(self, text: str, declared: Shape) -> None:
        found = _FORM.fullmatch(text.replace(" ", "")) if isinstance(text, str) else None
        if found is None or found[1] != found[5] or found[3] != found[7] or (found[1] and found[3]):
            raise ConfigurationError(
                f"EinsumDense: equation {text!r} cannot be read; expected 'input,kernel->output' "
                "with a letter for each axis, such as 'ab,bc->ac', '...ab,bc->...ac' or "
                "'ab...,bc->ac...'."
            )
        self.text = text
        self.input, self.kernel, self.output = found[2], found[4], found[6]
        self.ellipsis = "left" if found[1] else "right" if found[3] else ""
        self._check_letters()
        # the first letter of the output is the batch, unless "..." stands for it
        named = self.output if self.ellipsis == "left" else self.output[1:]
        if len(declared) != len(named):
            raise ConfigurationError(
                f"EinsumDense: output_shape needs a size (or None) for each of the axes {named!r} "
                f"of {text!r}; received {declared}."
            )
        self._declared = dict(zip(named, declared, strict=True))
        self.summed = "".join(c for c in self.input if c in self.kernel and c not in self.output)
        self.made = "".join(c for c in self.output if c not in self.input)
        kept = self.input.removesuffix(self.summed)
        self.is_matrix_product = (
            self.ellipsis != "right"
            and bool(self.summed)
            and self.input == kept + self.summed
            and self.kernel == self.summed + self.made
            and self.output == kept + self.made
        )

    def _check_letters(self) -> None:
        for name, letters in (
            ("input", self.input),
            ("kernel", self.kernel),
            ("output", self.output),
        ):
            if len(set(letters)) < len(letters):
                raise ConfigurationError(
                    f"EinsumDense: equation {self.text!r} names an axis of the {name} twice: "
                    f"{letters!r}."
                )
        for letter in self.output:
            if letter not in self.input + self.kernel:
                raise ConfigurationError(
                    f"EinsumDense: equation {self.text!r} has the axis {letter!r} in its output, "
                    "but neither in the input nor in the kernel."
                )
        for letter in self.kernel:
            if letter not in self.input + self.output:
                raise ConfigurationError(
                    f"EinsumDense: equation {self.text!r} has the axis {letter!r} in its kernel, "
                    "but neither in the input nor in the output."
                )

    def sizes(self, input_shape: Shape, owner: str) -> dict[str, int | None]:
        """The size of each letter for an input.

        Raises:
            ShapeError: if the rank does not fit, or a size differs from the one declared.
        """
        rank, named = len(input_shape), len(self.input)
        if rank < named or (rank > named and not self.ellipsis):
            least = "at least " if self.ellipsis else ""
            raise ShapeError(
                f"{owner}: equation {self.text!r} needs input with {least}{named} axes; received "
                f"shape {tuple(input_shape)}."
            )
        part = input_shape[rank - named :] if self.ellipsis == "left" else input_shape[:named]
        sizes = dict(zip(self.input, part, strict=True))
        for letter, size in self._declared.items():
            known = sizes.get(letter)
            if size is not None and known not in (None, size):
                raise ShapeError(
                    f"{owner}: axis {letter!r} of {self.text!r} has size {known} in the input "
                    f"{tuple(input_shape)} and {size} in output_shape. Write None there to take "
                    "the input's."
                )
            sizes[letter] = known if size is None else size
        return sizes

    def output_shape(self, input_shape: Shape, owner: str) -> Shape:
        """The output's shape for an input."""
        sizes = self.sizes(input_shape, owner)
        own = tuple(sizes[letter] for letter in self.output)
        others = len(input_shape) - len(self.input)
        if self.ellipsis == "left":
            return tuple(input_shape[:others]) + own
        return own + tuple(input_shape[len(self.input) :])

    def bias_shape(self, axes: str, sizes: dict[str, int | None], rank: int) -> Shape:
        """The output's sizes from the first of the axes on; 1 along the others."""
        first = min(self.output.index(letter) for letter in axes)
        own = tuple(sizes[letter] if letter in axes else 1 for letter in self.output[first:])
        others = rank - len(self.input) if self.ellipsis == "right" else 0
        return own + (1,) * others

    def fixed_axes(self, sizes: dict[str, int | None]) -> dict[int, int | None]:
        """The axes of the input whose size a built kernel or the output shape fixes."""
        start = -len(self.input) if self.ellipsis == "left" else 0
        fixed = {c for c in self.input if c in self.kernel or self._declared.get(c) is not None}
        return {start + i: sizes[c] for i, c in enumerate(self.input) if c in fixed}
