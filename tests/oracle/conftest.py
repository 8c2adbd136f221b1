"""Makes the helpers of these tests importable, and gives the peers the same kernels everywhere."""

from __future__ import annotations

import os
import sys
from pathlib import Path

# where TensorFlow leaves these kernels off, as on processors of AMD, Keras cannot compute
# transposed convolutions with dilation
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")

sys.path.insert(0, str(Path(__file__).parent / "helpers"))
