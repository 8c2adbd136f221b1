"""Operations that compute on real tensors and record on symbolic ones."""

from __future__ import annotations

from kcore.ops import image as image
from kcore.ops import operators
from kcore.ops.arrange import *  # noqa: F403
from kcore.ops.arrays import *  # noqa: F403
from kcore.ops.attention import *  # noqa: F403
from kcore.ops.construct import *  # noqa: F403
from kcore.ops.control import *  # noqa: F403
from kcore.ops.crossentropy import *  # noqa: F403
from kcore.ops.fourier import *  # noqa: F403
from kcore.ops.linalg import *  # noqa: F403
from kcore.ops.math import *  # noqa: F403
from kcore.ops.nn import *  # noqa: F403
from kcore.ops.normalization import *  # noqa: F403
from kcore.ops.reduction import *  # noqa: F403
from kcore.ops.segments import *  # noqa: F403
from kcore.ops.spatial import *  # noqa: F403
from kcore.ops.statistics import *  # noqa: F403

operators.attach()

# last of all: from here on the name stands for the function, no more for the module
from kcore.ops.construct import array as array  # noqa: E402
