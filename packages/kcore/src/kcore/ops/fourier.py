"""Fourier transforms and sequences cut into frames.

Complex values are pairs of tensors, real and imaginary part. Transforms run along the last
axis, the last two for `fft2`.
"""

from __future__ import annotations

from typing import Any

from kcore import backend, config, dtypes, shapes
from kcore.errors import ConfigurationError, ShapeError
from kcore.graph.symbolic import SymbolicTensor
from kcore.ops import shape_rules as rules
from kcore.ops.operation import operation
from kcore.typing import Shape, Tensor

Pair = tuple[Tensor, Tensor]

__all__ = ["extract_sequences", "fft", "fft2", "ifft2", "irfft", "istft", "rfft", "stft"]

WINDOWS = ("hann", "hamming")


def _float_of(dtype: str) -> str:
    """The transforms compute in 32 or 64 bits."""
    return dtype if dtype in ("float32", "float64") else "float32"


def _values(x: Any) -> Tensor:
    x = backend.tensor.convert(x)
    return backend.tensor.cast(x, _float_of(backend.tensor.dtype_of(x)))


def _parts(x: Any, owner: str) -> tuple[Shape, str]:
    if not isinstance(x, (tuple, list)) or len(x) != 2:
        raise ConfigurationError(
            f"{owner} takes a pair (real, imaginary) of tensors; received {type(x).__name__}."
        )
    (real, kind), (imaginary, other) = rules.spec(x[0]), rules.spec(x[1])
    if len(real) != len(imaginary) or not shapes.compatible(real, imaginary):
        raise ShapeError(
            f"{owner}: real and imaginary part need one shape; received {real} and {imaginary}."
        )
    return real, _float_of(dtypes.combine(kind, other))


def _pair(x: Any, owner: str) -> Any:
    dtype = _parts(x, owner)[1]
    return tuple(backend.tensor.cast(backend.tensor.convert(part), dtype) for part in x)


def _pair_rule(x: Any) -> tuple[SymbolicTensor, SymbolicTensor]:
    shape, dtype = _parts(x, "A Fourier transform")
    return rules.make(shape, dtype), rules.make(shape, dtype)


@operation(_pair_rule)
def fft(x: Pair) -> Pair:
    """The discrete Fourier transform along the last axis.

    Args:
        x: real and imaginary part (..., length).

    Example:
        >>> real, imaginary = fft(([1.0, 0.0], [0.0, 0.0]))
        >>> real.numpy().tolist()
        [1.0, 1.0]
    """
    return backend.fft.transform("fft", _pair(x, "fft"))


@operation(_pair_rule)
def fft2(x: Pair) -> Pair:
    """The transform over the last two axes."""
    return backend.fft.transform("fft2d", _pair(x, "fft2"))


@operation(_pair_rule)
def ifft2(x: Pair) -> Pair:
    """The inverse of `fft2`."""
    return backend.fft.transform("ifft2d", _pair(x, "ifft2"))


def _rfft_rule(x: Any, fft_length: int | None = None) -> tuple[SymbolicTensor, SymbolicTensor]:
    shape, dtype = rules.spec(x)
    length = shape[-1] if fft_length is None else fft_length
    out = (*shape[:-1], None if length is None else length // 2 + 1)
    return rules.make(out, _float_of(dtype)), rules.make(out, _float_of(dtype))


@operation(_rfft_rule)
def rfft(x: Tensor, fft_length: int | None = None) -> Pair:
    """The transform of real values: frequencies 0 to length / 2; the others mirror them.

    Args:
        x: (..., length).
        fft_length: the values are cut or filled with zeros to this length; their own if None.

    Shapes:
        both results (..., fft_length // 2 + 1).
    """
    return backend.fft.real_transform(_values(x), fft_length)


def _irfft_rule(x: Any, fft_length: int | None = None) -> SymbolicTensor:
    shape, dtype = _parts(x, "irfft")
    size = None if shape[-1] is None else 2 * (shape[-1] - 1)
    return rules.make((*shape[:-1], fft_length if fft_length is not None else size), dtype)


@operation(_irfft_rule)
def irfft(x: Pair, fft_length: int | None = None) -> Tensor:
    """The real values whose `rfft` is given.

    Args:
        x: real and imaginary part (..., frequencies).
        fft_length: of the result; 2 * (frequencies - 1) if None.
    """
    return backend.fft.inverse_real_transform(_pair(x, "irfft"), fft_length)


def _frames(size: int | None, length: int, stride: int) -> int | None:
    return None if size is None else max(0, (size - length) // stride + 1)


def _check_positive(owner: str, **numbers: int) -> None:
    for name, value in numbers.items():
        if value < 1:
            raise ConfigurationError(f"{owner}: {name} must be at least 1; received {value}.")


def _sequences_rule(x: Any, sequence_length: int, sequence_stride: int) -> SymbolicTensor:
    _check_positive(
        "extract_sequences", sequence_length=sequence_length, sequence_stride=sequence_stride
    )
    shape, dtype = rules.spec(x)
    count = _frames(shape[-1], sequence_length, sequence_stride)
    return rules.make((*shape[:-1], count, sequence_length), dtype)


@operation(_sequences_rule)
def extract_sequences(x: Tensor, sequence_length: int, sequence_stride: int) -> Tensor:
    """Overlapping parts of the last axis; a rest that is too short is left out.

    Shapes:
        (..., length) gives (..., parts, sequence_length).

    Example:
        >>> extract_sequences([1, 2, 3, 4, 5], 3, 2).numpy().tolist()
        [[1, 2, 3], [3, 4, 5]]
    """
    _sequences_rule(x, sequence_length, sequence_stride)
    return backend.fft.frames(backend.tensor.convert(x), sequence_length, sequence_stride)


def _check_stft(owner: str, length: int, stride: int, fft_length: int, window: Any) -> None:
    _check_positive(owner, sequence_length=length, sequence_stride=stride, fft_length=fft_length)
    if fft_length < length:
        raise ConfigurationError(
            f"{owner}: fft_length must be at least sequence_length; received {fft_length} and "
            f"{length}."
        )
    if isinstance(window, str) and window not in WINDOWS:
        raise ConfigurationError(
            f"{owner}: window must be one of {WINDOWS}, an array or None; received {window!r}."
        )


def _window(window: Any, length: int, fft_length: int, dtype: str) -> Tensor:
    """The window in the middle of `fft_length`, zeros around it."""
    if window is None:
        return backend.math.ones((fft_length,), dtype)
    if isinstance(window, str):
        values = backend.fft.window(window, length, dtype)
    else:
        values = backend.tensor.cast(backend.tensor.convert(window), dtype)
        if tuple(values.shape) != (length,):
            raise ShapeError(
                f"A window must have shape ({length},), as sequence_length says; received "
                f"{tuple(values.shape)}."
            )
    left = (fft_length - length) // 2
    return backend.math.pad(values, [(left, fft_length - length - left)], "constant", 0)


def _stft_rule(
    x: Any,
    sequence_length: int,
    sequence_stride: int,
    fft_length: int,
    window: Any = "hann",
    center: bool = True,
) -> tuple[SymbolicTensor, SymbolicTensor]:
    _check_stft("stft", sequence_length, sequence_stride, fft_length, window)
    shape, dtype = rules.spec(x)
    size = shape[-1]
    if center and size is not None:
        size += 2 * (fft_length // 2)
    out = (*shape[:-1], _frames(size, fft_length, sequence_stride), fft_length // 2 + 1)
    return rules.make(out, _float_of(dtype)), rules.make(out, _float_of(dtype))


@operation(_stft_rule)
def stft(
    x: Tensor,
    sequence_length: int,
    sequence_stride: int,
    fft_length: int,
    window: Any = "hann",
    center: bool = True,
) -> Pair:
    """The spectrum of each of many overlapping parts of a signal.

    Args:
        x: real signals (..., length).
        sequence_length: length of the window.
        sequence_stride: from the start of a part to that of the next.
        fft_length: length of a part; the window lies in its middle.
        window: "hann", "hamming", an array (sequence_length,), or None for the whole part as it
            is.
        center: whether part i is centred at i * sequence_stride; the signal is mirrored at its
            ends.

    Shapes:
        both results (..., parts, fft_length // 2 + 1).
    """
    _check_stft("stft", sequence_length, sequence_stride, fft_length, window)
    values = _values(x)
    if center:
        around = [(0, 0)] * (len(values.shape) - 1) + [(fft_length // 2, fft_length // 2)]
        values = backend.math.pad(values, around, "reflect", 0)
    parts = backend.fft.frames(values, fft_length, sequence_stride)
    dtype = backend.tensor.dtype_of(values)
    weighted = parts * _window(window, sequence_length, fft_length, dtype)
    return backend.fft.real_transform(weighted, None)


def _istft_rule(
    x: Any,
    sequence_length: int,
    sequence_stride: int,
    fft_length: int,
    length: int | None = None,
    window: Any = "hann",
    center: bool = True,
) -> SymbolicTensor:
    _check_stft("istft", sequence_length, sequence_stride, fft_length, window)
    shape, dtype = _parts(x, "istft")
    size = length
    if size is None and shape[-2] is not None:
        size = fft_length + sequence_stride * (shape[-2] - 1)
        size -= 2 * (fft_length // 2) if center else 0
    return rules.make((*shape[:-2], size), dtype)


@operation(_istft_rule)
def istft(
    x: Pair,
    sequence_length: int,
    sequence_stride: int,
    fft_length: int,
    length: int | None = None,
    window: Any = "hann",
    center: bool = True,
) -> Tensor:
    """The signal whose `stft` is given.

    Args:
        x: real and imaginary part (..., parts, fft_length // 2 + 1).
        sequence_length: as for `stft`.
        sequence_stride: as for `stft`.
        fft_length: as for `stft`.
        length: of the signal; what the parts cover if None.
        window: as for `stft`.
        center: as for `stft`.

    Shapes:
        (..., length).
    """
    _check_stft("istft", sequence_length, sequence_stride, fft_length, window)
    parts = backend.fft.inverse_real_transform(_pair(x, "istft"), fft_length)
    weights = _window(window, sequence_length, fft_length, backend.tensor.dtype_of(parts))
    count = backend.tensor.dynamic_shape(parts)[-2]
    summed = backend.fft.overlap_add(parts * weights, sequence_stride)
    squares = backend.math.broadcast_to(weights * weights, (count, fft_length))
    cover = backend.fft.overlap_add(squares, sequence_stride)
    # samples that no window covers are zero, not NaN
    signal = backend.math.binary("divide_no_nan", summed, cover, config.floatx())
    start = fft_length // 2 if center else 0
    end = -start if length is None and start else None
    if length is not None:
        end = start + length
    return backend.math.getitem(signal, (Ellipsis, slice(start, end)))
