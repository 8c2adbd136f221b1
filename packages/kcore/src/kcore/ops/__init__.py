"""Operations that compute on real tensors and record on symbolic ones."""

from __future__ import annotations

from kcore.ops import image as image
from kcore.ops import operators
from kcore.ops.array import *  # noqa: F403
from kcore.ops.attention import *  # noqa: F403
from kcore.ops.math import *  # noqa: F403
from kcore.ops.nn import *  # noqa: F403
from kcore.ops.normalization import *  # noqa: F403
from kcore.ops.reduction import *  # noqa: F403
from kcore.ops.spatial import *  # noqa: F403

operators.attach()
