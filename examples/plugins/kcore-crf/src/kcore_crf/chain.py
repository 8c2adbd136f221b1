"""The mathematics of a linear chain, on its scores.

Scores are (batch, steps, tag before, tag): what a tag at a step adds to the score of a sequence if
that tag stands before it. At the first step there is no tag before, and all rows are the same. A
step that does not count allows the tag before and no other: zeros on the diagonal, FORBIDDEN
beside it.
"""

from __future__ import annotations

from typing import Any

from kcore import ops
from kcore.errors import ShapeError

# exp of it is 0 in every dtype, and float16 can hold it
FORBIDDEN = -1e4


def counted(scores: Any) -> Any:
    """Which steps count: booleans (batch, steps)."""
    return scores[:, :, 0, 1] > FORBIDDEN / 2


def log_partition(scores: Any) -> Any:
    """The log of the sum of exp(score) over all sequences of tags: (batch,)."""

    def step(total: Any, row: Any) -> tuple[Any, None]:
        return ops.logsumexp(ops.expand_dims(total, -1) + row, 1), None

    rows = ops.transpose(scores, (1, 0, 2, 3))
    total, _ = ops.scan(step, _start(scores), rows)
    return ops.logsumexp(total, -1)


def _start(scores: Any) -> Any:
    """As if tag 0 stood before the first step, whose rows are all the same."""
    others = 1 - ops.one_hot(0, ops.shape(scores)[-1], dtype=scores.dtype)
    return ops.zeros_like(scores[:, 0, 0, :]) + others * FORBIDDEN


def score_of(scores: Any, tags: Any) -> Any:
    """The score of given sequences of tags.

    Args:
        scores: (batch, steps, tag before, tag).
        tags: whole numbers (batch, steps); those of steps that do not count do not matter.

    Returns:
        (batch,).
    """
    count = ops.shape(scores)[-1]
    chosen = ops.one_hot(ops.cast(tags, "int32"), count, dtype=scores.dtype)
    before = ops.concatenate([chosen[:, :1], chosen[:, :-1]], 1)
    pairs = ops.expand_dims(before, -1) * ops.expand_dims(chosen, -2)
    values = ops.sum(scores * pairs, (2, 3))
    return ops.sum(ops.where(counted(scores), values, ops.zeros_like(values)), -1)


def viterbi(scores: Any) -> Any:
    """The likeliest sequences of tags: int32 (batch, steps)."""
    count = ops.shape(scores)[-1]

    def forward(best: Any, row: Any) -> tuple[Any, Any]:
        sums = ops.expand_dims(best, -1) + row
        return ops.max(sums, 1), ops.cast(ops.argmax(sums, 1), "int32")

    def backward(tag: Any, pointers: Any) -> tuple[Any, Any]:
        mark = ops.one_hot(tag, count, dtype="int32")
        earlier = ops.sum(pointers * mark, -1)
        return earlier, earlier

    rows = ops.transpose(scores, (1, 0, 2, 3))
    best, pointers = ops.scan(forward, _start(scores), rows)
    last = ops.cast(ops.argmax(best, -1), "int32")
    _, before = ops.scan(backward, last, pointers, reverse=True)
    return ops.transpose(ops.concatenate([before[1:], ops.expand_dims(last, 0)], 0), (1, 0))


def check_shapes(tags: Any, scores: Any, owner: str) -> None:
    """Raises ShapeError unless tags are (batch, steps) for scores (batch, steps, tags, tags)."""
    true, pred = tuple(tags), tuple(scores)
    square = len(pred) == 4 and pred[2] == pred[3]
    if (
        not square
        or len(true) != 2
        or not all(a is None or b is None or a == b for a, b in zip(true, pred, strict=False))
    ):
        raise ShapeError(
            f"{owner}: targets have shape {true}, predictions {pred}; expected tags of shape "
            "(batch, steps) and the scores of a CRF layer, (batch, steps, tags, tags)."
        )
