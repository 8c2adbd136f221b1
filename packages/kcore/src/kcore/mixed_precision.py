"""The dtype policy under the names that scripts for 16-bit training use."""

from __future__ import annotations

from kcore.config import dtype_policy, set_dtype_policy
from kcore.dtypes import DTypePolicy
from kcore.optimizers import LossScaleOptimizer

Policy = DTypePolicy
global_policy = dtype_policy
set_global_policy = set_dtype_policy

__all__ = [
    "DTypePolicy",
    "LossScaleOptimizer",
    "Policy",
    "dtype_policy",
    "global_policy",
    "set_dtype_policy",
    "set_global_policy",
]
