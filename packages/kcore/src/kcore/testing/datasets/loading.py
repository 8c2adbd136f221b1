"""What a data set must hold."""

from __future__ import annotations

import inspect
import re
from typing import Any

import numpy as np

from kcore.testing.check import expect
from kcore.testing.comparing import expect_equal
from kcore.testing.datasets.subject import DatasetSubject


def two_pairs_of_arrays(subject: DatasetSubject) -> None:
    """`load_data` gives ((x_train, y_train), (x_test, y_test)), arrays all."""
    subject.parts()


def inputs_and_targets_belong_together(subject: DatasetSubject) -> None:
    """There are as many targets as inputs, and some of each."""
    for part, (x, y) in subject.parts().items():
        expect(
            len(x) == len(y),
            f"{subject.name}: x_{part} has {len(x)} examples and y_{part} {len(y)}.",
        )
    expect(len(subject.parts()["train"][0]) > 0, f"{subject.name}: x_train is empty.")


def parts_are_alike(subject: DatasetSubject) -> None:
    """Training and test have the same dtypes, and examples of the same shape."""
    train, test = subject.parts().values()
    for letter, a, b in zip("xy", train, test, strict=True):
        found, expected = (b.dtype, b.shape[1:]), (a.dtype, a.shape[1:])
        expect(
            found == expected,
            f"{subject.name}: {letter}_test is {found}, {letter}_train {expected}; they must be "
            "alike.",
        )


def numbers_are_finite(subject: DatasetSubject) -> None:
    """No NaN and no infinity."""
    for part, pair in subject.parts().items():
        for letter, array in zip("xy", pair, strict=True):
            if array.dtype.kind in "fc":
                count = int((~np.isfinite(array)).sum())
                expect(
                    count == 0,
                    f"{subject.name}: {letter}_{part} has {count} values that are not finite. Fill "
                    "them in or leave the examples out.",
                )


def loading_repeats(subject: DatasetSubject) -> None:
    """Loading again gives the same, in the same order."""
    first, again = subject.parts(), subject.parts()
    for part in first:
        for letter, a, b in zip("xy", again[part], first[part], strict=True):
            _expect_same(
                a, b, f"{subject.name}: {letter}_{part}, loaded again", "Shuffle with a seed."
            )


def loaded_arrays_are_the_callers(subject: DatasetSubject) -> None:
    """Writing into a loaded array changes nothing of what is loaded next."""
    before = subject.parts()["train"][0]
    subject.need(before.dtype != object, "examples of several lengths")
    kept = before.copy()
    expect(before.flags.writeable, f"{subject.name}: x_train cannot be written. Give a copy of it.")
    before[...] = np.zeros((), before.dtype)
    _expect_same(
        subject.parts()["train"][0],
        kept,
        f"{subject.name}: x_train, loaded after a change of what was loaded before",
        "Give a copy of what you keep.",
    )


def _expect_same(found: Any, expected: Any, what: str, advice: str) -> None:
    if expected.dtype == object:
        same = [list(a) == list(b) for a, b in zip(found, expected, strict=True)]
        expect(all(same), f"{what}: values differ. {advice}")
    else:
        expect_equal(found, expected, what, advice)


def numpys_generator_stays(subject: DatasetSubject) -> None:
    """Loading draws nothing from numpy's global generator, which belongs to the user."""
    np.random.seed(3)
    expected = np.random.random()
    np.random.seed(3)
    subject.load()
    expect(
        np.random.random() == expected,
        f"{subject.name} draws from numpy's global generator. Use np.random.default_rng(seed).",
    )


def class_numbers_begin_at_zero(subject: DatasetSubject) -> None:
    """Targets that are class numbers are from 0 to the number of classes less one."""
    classes = getattr(subject.card, "classes", ())
    subject.need(bool(classes), "no classes")
    for part, (_, y) in subject.parts().items():
        if len(y):
            low, high = y.min(), y.max()
            expect(
                low >= 0 and high < len(classes),
                f"{subject.name}: y_{part} is from {low} to {high}; the card has {len(classes)} "
                f"classes, numbered 0 to {len(classes) - 1}.",
            )


def card_has_the_counts(subject: DatasetSubject) -> None:
    """The card's numbers of examples are those of `load_data()`."""
    subject.need(subject.card is not None, "no card")
    subject.need(not subject.options, "other options than the card's")
    for part, (x, _) in subject.parts().items():
        told = getattr(subject.card, part)
        expect(
            told == len(x),
            f"{subject.name}: CARD.{part} is {told}; x_{part} has {len(x)} examples.",
        )


def card_has_the_dtypes_and_shapes(subject: DatasetSubject) -> None:
    """The card's dtypes and axes are those of the arrays."""
    subject.need(subject.card is not None, "no card")
    train = subject.parts()["train"]
    for letter, array in zip("xy", train, strict=True):
        told = getattr(subject.card, letter)
        expect(
            told.dtype == array.dtype.name,
            f"{subject.name}: CARD.{letter}.dtype is {told.dtype!r}; {letter}_train has "
            f"{array.dtype.name!r}.",
        )
        axes = [axis for axis in told.axes.strip("() ").split(",") if axis.strip()]
        sizes = [int(m[1]) if (m := re.search(r"(\d+)\s*$", axis)) else None for axis in axes]
        fits = len(sizes) == array.ndim and all(
            size is None or size == real for size, real in zip(sizes, array.shape, strict=True)
        )
        expect(
            fits,
            f"{subject.name}: CARD.{letter}.axes is {told.axes!r}; {letter}_train has shape "
            f"{array.shape}.",
        )


def licence_and_source_are_told(subject: DatasetSubject) -> None:
    """The card, or the docstrings, say who publishes the data and under which licence."""
    card = subject.card
    if card is not None:
        silent = [f for f in ("licence", "source", "citation", "summary") if not getattr(card, f)]
        expect(not silent, f"{subject.name}: the card is silent on {silent}.")
        return
    text = f"{inspect.getdoc(subject.dataset)} {inspect.getdoc(subject.dataset.load_data)}".lower()
    expect(
        "licence" in text or "license" in text,
        f"{subject.name}: neither a CARD nor a docstring tells the licence of the data.",
    )


def loader_is_explained(subject: DatasetSubject) -> None:
    """The docstring of `load_data` names every argument."""
    function = subject.dataset.load_data
    text = inspect.getdoc(function) or ""
    catch_all = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    parameters = inspect.signature(function).parameters.values()
    silent = [p.name for p in parameters if p.kind not in catch_all and p.name not in text]
    expect(
        bool(text) and not silent,
        f"{subject.name}: the docstring of load_data does not explain {silent or 'what it gives'}.",
    )


def unknown_arguments_are_refused(subject: DatasetSubject) -> None:
    """An argument that does not exist is an error that names it."""
    try:
        subject.dataset.load_data(no_such_argument=1)
    except (TypeError, ValueError) as error:
        expect(
            "no_such_argument" in str(error),
            f"{subject.name}: the error for no_such_argument=1 does not name it: {error}",
        )
        return
    expect(False, f"{subject.name}.load_data(no_such_argument=1) raised nothing.")
