"""Recurrent kernels with hand-written gradients, and a loop for any other step.

The input's projection is one large product made before the loop, the weights' gradients are one
large product made after it, and the loops between hold only what must happen step by step.
"""

from kcore.backend.rnn.gru import gru as gru
from kcore.backend.rnn.gru import gru_reset_first as gru_reset_first
from kcore.backend.rnn.loop import in_halves as in_halves
from kcore.backend.rnn.loop import require_batch as require_batch
from kcore.backend.rnn.lstm import lstm as lstm
from kcore.backend.rnn.scan import scan as scan
from kcore.backend.rnn.simple import simple_rnn as simple_rnn

__all__ = ["gru", "gru_reset_first", "in_halves", "lstm", "require_batch", "scan", "simple_rnn"]
