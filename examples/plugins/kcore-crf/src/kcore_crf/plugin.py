"""What this package provides. kcore reads this table; a component is imported when it is used."""

from __future__ import annotations

import pluggy

hookimpl = pluggy.HookimplMarker("kcore")

KCORE_API = ">=0.1,<1"

# the first row of a class gives its identity; the others are further names of it
ROWS = [
    ("layer", "CRF", "kcore_crf.layers:CRF"),
    ("layer", "Viterbi", "kcore_crf.layers:Viterbi"),
    ("loss", "CRFNegativeLogLikelihood", "kcore_crf.loss:CRFNegativeLogLikelihood"),
    ("loss", "crf_negative_log_likelihood", "kcore_crf.loss:CRFNegativeLogLikelihood"),
    ("metric", "CRFAccuracy", "kcore_crf.metric:CRFAccuracy"),
    ("metric", "crf_accuracy", "kcore_crf.metric:CRFAccuracy"),
]


@hookimpl
def kcore_components() -> list[tuple[str, str, str]]:
    """Rows of (kind, name, target)."""
    return ROWS


@hookimpl
def kcore_checks() -> list[tuple[str, str, str]]:
    """Rows of (kind, name, function that gives its checks)."""
    return [
        ("layer", "CRF", "kcore_crf.checks:crf"),
        ("layer", "Viterbi", "kcore_crf.checks:viterbi"),
        ("loss", "CRFNegativeLogLikelihood", "kcore_crf.checks:loss"),
        ("metric", "CRFAccuracy", "kcore_crf.checks:metric"),
    ]
