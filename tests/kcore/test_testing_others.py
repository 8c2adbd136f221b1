"""The kit on components made in ways of their own: around others, of functions, for servers."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from kcore import callbacks, losses, metrics, ops, optimizers
from kcore.losses import FunctionLoss
from kcore.optimizers import TFOptimizer
from kcore.testing import (
    Check,
    NotApplicableError,
    check_callback,
    check_loss,
    check_metric,
    check_optimizer,
)
from kcore.utils import register_keras_serializable

RNG = np.random.default_rng(0)
REALS, SHARES = (RNG.uniform(0.1, 0.9, (6, 3)).astype("float32") for _ in range(2))
LABELS = np.array([[1, 2], [2, 1], [1, 1], [2, 2]])
LOGITS = RNG.normal(size=(4, 5, 3)).astype("float32")


@register_keras_serializable()
def squared(y_true: Any, y_pred: Any) -> Any:
    return ops.mean(ops.square(y_true - y_pred), -1)


class Half:
    """An optimizer of somebody else's: half the gradient."""

    def apply_gradients(self, pairs: Any) -> None:
        for gradient, variable in pairs:
            variable.assign_sub(0.05 * gradient)


def found(checks: Iterator[Check]) -> set[str]:
    """The names of the checks that fail."""
    failed = set()
    for check in checks:
        try:
            check()
        except NotApplicableError:
            continue
        except Exception:
            failed.add(check.name)
    return failed


# the shapes are the function's own matter, and broadcasting may be meant
SHAPES = {"wrong_shape_is_refused"}
# the inner optimizer has what these look for
INNER = {
    "schedules_are_followed",
    "clipping_reaches_the_update",
    "decay_shrinks_weights",
    "bad_rates_are_refused",
}
# the wrapped object has no configuration, and an error says so
UNSAVED = INNER | {
    "config_is_plain_data",
    "config_round_trip",
    "config_holds_every_argument",
    "unknown_arguments_are_refused",
    "name_is_kept",
    "serialized_form_names_the_plugin",
    "goes_on_from_a_file",
    "rate_zero_changes_nothing",  # it keeps its own
}
# a mean of whole tensors, element by element: the first axis is none of samples
TENSORS = {
    "batches_add_up",
    "order_does_not_matter",
    "reset_forgets",
    "state_is_in_variables",
    "weight_zero_leaves_out",
    "half_precision_is_counted_whole",
}
CASES: list[tuple[str, Any, set[str]]] = [
    # TensorFlow's kernel computes in float32, which the small changes of this check drown in
    ("CTC", lambda: check_loss(losses.CTC, LABELS, LOGITS), {"gradients_are_right"}),
    ("FunctionLoss", lambda: check_loss(lambda: FunctionLoss(squared), REALS, SHARES), SHAPES),
    (
        "MeanMetricWrapper",
        lambda: check_metric(lambda: metrics.MeanMetricWrapper(squared), REALS, SHARES),
        SHAPES | {"unknown_arguments_are_refused"},  # they are the function's
    ),
    ("Mean", lambda: check_metric(metrics.Mean, REALS), set()),
    ("Sum", lambda: check_metric(metrics.Sum, REALS), set()),
    ("MeanTensor", lambda: check_metric(metrics.MeanTensor, REALS), TENSORS),
    (
        "LossScaleOptimizer",
        lambda: check_optimizer(lambda: optimizers.LossScaleOptimizer(optimizers.SGD(0.1))),
        INNER,
    ),
    ("TFOptimizer", lambda: check_optimizer(lambda: TFOptimizer(Half())), UNSAVED),
]


@pytest.mark.parametrize(("make", "known"), [case[1:] for case in CASES], ids=[c[0] for c in CASES])
def test_all_holds_but_what_is_known(make: Any, known: set[str]) -> None:
    assert found(make()) == known


@pytest.fixture
def posted() -> Iterator[tuple[str, list[Any]]]:
    """The address of a server on this machine, and what was sent to it."""
    received: list[Any] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *arguments: Any) -> None: ...

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", received
    server.shutdown()
    server.server_close()
    thread.join()


def test_remote_monitor(posted: tuple[str, list[Any]]) -> None:
    address, received = posted
    checks = check_callback(lambda: callbacks.RemoteMonitor(address, send_as_json=True))
    assert found(checks) == set()
    assert {"epoch", "loss", "mae", "val_loss", "val_mae"} == set(received[0])
    assert {line["epoch"] for line in received} == {0, 1}
