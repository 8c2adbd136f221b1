"""What a file format must hold."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from kcore.errors import KcoreError
from kcore.testing.check import expect, fail
from kcore.testing.comparing import expect_equal
from kcore.testing.file_formats.subject import FormatSubject

_METHODS = ("save", "load", "save_weights", "load_weights")


def has_all_methods(subject: FormatSubject) -> None:
    """It has save, load, save_weights and load_weights."""
    lacking = [name for name in _METHODS if not callable(getattr(subject.make(), name, None))]
    expect(not lacking, f"{subject.name} lacks the methods {lacking}.")


def weights_come_back(subject: FormatSubject) -> None:
    """Weights that were written and read are the same to the last bit."""
    model, twin = subject.model(), subject.model()
    with subject.place() as path:
        subject.make().save_weights(model, path, overwrite=True)
        subject.make().load_weights(twin, path)
    expect_equal(
        twin.get_weights(),
        model.get_weights(),
        f"{subject.name}: weights after save_weights and load_weights",
        "Write the dtype that the weights have.",
    )


def extreme_values_come_back(subject: FormatSubject) -> None:
    """NaN, infinities, the smallest numbers and minus zero come back bit by bit."""
    model, twin = subject.model(), subject.model()
    odd = np.array([np.nan, np.inf, -np.inf, 1e-45, -0.0, 3.4e38], "float32")
    values = [np.resize(odd, w.shape) for w in model.get_weights()]
    model.set_weights(values)
    with subject.place() as path:
        subject.make().save_weights(model, path, overwrite=True)
        subject.make().load_weights(twin, path)
    for found, expected in zip(twin.get_weights(), values, strict=True):
        expect(
            found.tobytes() == expected.tobytes(),
            f"{subject.name}: {expected.ravel()[:6]} came back as {found.ravel()[:6]}. Write "
            "bytes, not decimal numbers.",
        )


def model_comes_back(subject: FormatSubject) -> None:
    """A model that was written and read computes the same."""
    subject.need(subject.whole_model, "weights only")
    model = subject.model()
    with subject.place() as path:
        subject.make().save(model, path, overwrite=True)
        again = subject.load(path)
    expect_equal(
        again(subject.data()),
        model(subject.data()),
        f"{subject.name}: outputs after save and load",
        "Write configuration and weights.",
    )


def optimizer_comes_back(subject: FormatSubject) -> None:
    """The optimizer's state is in the file, unless include_optimizer=False."""
    subject.need(subject.whole_model, "weights only")
    model = subject.model(trained=True)
    with subject.place() as path:
        subject.make().save(model, path, overwrite=True)
        again = subject.load(path)
        expect(
            getattr(again, "optimizer", None) is not None,
            f"{subject.name}: a compiled model comes back without its optimizer.",
        )
        expect_equal(
            again.optimizer.get_weights(),
            model.optimizer.get_weights(),
            f"{subject.name}: the optimizer's state after save and load",
            "Write the optimizer's variables.",
        )
        subject.make().save(model, path, overwrite=True, include_optimizer=False)
        expect(
            getattr(subject.load(path), "optimizer", None) is None,
            f"{subject.name}: include_optimizer=False wrote the optimizer.",
        )


def _write(subject: FormatSubject, model: Any, path: Path, overwrite: bool = True) -> None:
    form = subject.make()
    (form.save if subject.whole_model else form.save_weights)(model, path, overwrite=overwrite)


def _read(subject: FormatSubject, path: Path) -> Any:
    if subject.whole_model:
        return subject.load(path)
    model = subject.model()
    subject.make().load_weights(model, path)
    return model


def any_file_name_works(subject: FormatSubject) -> None:
    """Spaces and letters of other alphabets in the path do not matter."""
    model = subject.model()
    with subject.place("größe 模型 1.5") as path:
        _write(subject, model, path)
        expect(path.is_file(), f"{subject.name} did not write {path.name}.")
        again = _read(subject, path)
    expect_equal(
        again.get_weights(),
        model.get_weights(),
        f"{subject.name}: weights",
        "Use the path as it is.",
    )


def files_are_not_replaced_unasked(subject: FormatSubject) -> None:
    """With overwrite=False an existing file is an error that names it, and stays."""
    with subject.place() as path:
        path.write_bytes(b"precious")
        try:
            _write(subject, subject.model(), path, overwrite=False)
        except (KcoreError, OSError) as error:
            expect(
                path.name in str(error),
                f"{subject.name}: the error for an existing file does not name it: {error}",
            )
        else:
            fail(f"{subject.name} replaced a file although overwrite=False.")
        expect(path.read_bytes() == b"precious", f"{subject.name} changed the existing file.")


class _BrokenModelError(Exception):
    """Stands for a full disk or a bad weight in the middle of writing."""


def failed_writing_keeps_the_old_file(subject: FormatSubject) -> None:
    """If writing fails in the middle, the old file stays and no half file is left."""
    with subject.place() as path:
        _write(subject, subject.model(), path)
        before, others = path.read_bytes(), sorted(p.name for p in path.parent.iterdir())
        model = subject.model()

        def fails(*_: Any, **__: Any) -> Any:
            raise _BrokenModelError

        last = model.layers[-1].bias
        type_of = type(last)
        broken = type(
            "Broken", (type_of,), {"numpy": fails, "view": fails, "value": property(fails)}
        )
        last.__class__ = broken
        try:
            _write(subject, model, path)
        except _BrokenModelError:
            pass
        else:
            fail(f"{subject.name} wrote a weight that cannot be read.")
        finally:
            last.__class__ = type_of
        found = sorted(p.name for p in path.parent.iterdir())
        expect(
            path.is_file() and path.read_bytes() == before and found == others,
            f"{subject.name}: after writing failed in the middle the folder holds {found}, the old "
            "file changed or gone. Write to a temporary file and move it.",
        )


def _expect_refused(subject: FormatSubject, what: str, read: Callable[[], Any]) -> None:
    try:
        read()
    except KcoreError as error:
        expect(
            len(str(error)) > 20, f"{subject.name}: the error for {what} says too little: {error}"
        )
        return
    except (OSError, LookupError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
        fail(
            f"{subject.name}: {what} raised {type(error).__name__}: {error}. Raise LoadError with "
            "the path and what is wrong."
        )
    fail(f"{subject.name} read {what} without an error.")


def other_files_are_refused(subject: FormatSubject) -> None:
    """An empty file, and one of something else, are a LoadError."""
    for what, content in (("an empty file", b""), ("a file of something else", b"no model" * 99)):
        with subject.place() as path:
            path.write_bytes(content)
            _expect_refused(subject, what, lambda path=path: _read(subject, path))  # type: ignore[misc]


def cut_files_are_refused(subject: FormatSubject) -> None:
    """A file that lacks its end is a LoadError, unless all that was written is there."""
    model = subject.model()
    with subject.place() as path:
        _write(subject, model, path)
        whole = path.read_bytes()
        for share in (0.3, 0.7, 0.98):
            path.write_bytes(whole[: int(len(whole) * share)])
            if not _holds(subject, path, model):
                _expect_refused(subject, f"{share:.0%} of a file", lambda: _read(subject, path))


def _holds(subject: FormatSubject, path: Path, model: Any) -> bool:
    """Whether a file can be read and gives the weights of a model."""
    try:
        found = _read(subject, path).get_weights()
    except Exception:
        return False
    pairs = zip(found, model.get_weights(), strict=True)
    return all(np.array_equal(own, other) for own, other in pairs)


def other_weights_are_refused(subject: FormatSubject) -> None:
    """Weights of other shapes are an error, and the model's own weights stay."""
    wider = subject.model(units=5)
    before = wider.get_weights()
    with subject.place() as path:
        subject.make().save_weights(subject.model(), path, overwrite=True)
        _expect_refused(
            subject,
            "weights of another shape",
            lambda: subject.make().load_weights(wider, path),
        )
    expect_equal(
        wider.get_weights(),
        before,
        f"{subject.name}: weights after loading was refused",
        "Check everything before the first weight is assigned.",
    )
