"""Losses: classes for compile, functions for one value a sample, and look-up by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kcore import components
from kcore.losses.base import FormulaLoss, FunctionLoss, Loss, Reduction
from kcore.losses.ctc import CTC, ctc
from kcore.losses.focal import (
    BinaryFocalCrossentropy,
    CategoricalFocalCrossentropy,
    binary_focal_crossentropy,
    categorical_focal_crossentropy,
)
from kcore.losses.functions import (
    binary_crossentropy,
    categorical_crossentropy,
    categorical_generalized_cross_entropy,
    categorical_hinge,
    cosine_similarity,
    hinge,
    huber,
    kl_divergence,
    log_cosh,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
    mean_squared_logarithmic_error,
    poisson,
    sparse_categorical_crossentropy,
    squared_hinge,
)
from kcore.losses.metric_learning import (
    Circle,
    ContrastiveLoss,
    TripletHardLoss,
    TripletSemiHardLoss,
    circle,
    contrastive_loss,
    triplet_hard_loss,
    triplet_semihard_loss,
)
from kcore.losses.probabilistic import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    CategoricalGeneralizedCrossEntropy,
    KLDivergence,
    Poisson,
    SparseCategoricalCrossentropy,
)
from kcore.losses.regression import (
    CategoricalHinge,
    CosineSimilarity,
    Hinge,
    Huber,
    LogCosh,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
    SquaredHinge,
)
from kcore.losses.segmentation import Dice, Tversky, dice, tversky

__all__ = [
    "CTC",
    "BinaryCrossentropy",
    "BinaryFocalCrossentropy",
    "CategoricalCrossentropy",
    "CategoricalFocalCrossentropy",
    "CategoricalGeneralizedCrossEntropy",
    "CategoricalHinge",
    "Circle",
    "ContrastiveLoss",
    "CosineSimilarity",
    "Dice",
    "FormulaLoss",
    "FunctionLoss",
    "Hinge",
    "Huber",
    "KLDivergence",
    "LogCosh",
    "Loss",
    "MeanAbsoluteError",
    "MeanAbsolutePercentageError",
    "MeanSquaredError",
    "MeanSquaredLogarithmicError",
    "Poisson",
    "Reduction",
    "SparseCategoricalCrossentropy",
    "SquaredHinge",
    "TripletHardLoss",
    "TripletSemiHardLoss",
    "Tversky",
    "binary_crossentropy",
    "binary_focal_crossentropy",
    "categorical_crossentropy",
    "categorical_focal_crossentropy",
    "categorical_generalized_cross_entropy",
    "categorical_hinge",
    "circle",
    "contrastive_loss",
    "cosine_similarity",
    "ctc",
    "deserialize",
    "dice",
    "get",
    "hinge",
    "huber",
    "kl_divergence",
    "log_cosh",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "mean_squared_error",
    "mean_squared_logarithmic_error",
    "poisson",
    "serialize",
    "sparse_categorical_crossentropy",
    "squared_hinge",
    "triplet_hard_loss",
    "triplet_semihard_loss",
    "tversky",
]

# the short names of earlier Keras
bce = BCE = logloss = binary_crossentropy
mse = MSE = mean_squared_error
mae = MAE = mean_absolute_error
mape = MAPE = mean_absolute_percentage_error
msle = MSLE = mean_squared_logarithmic_error
kld = KLD = kullback_leibler_divergence = kl_divergence
logcosh = log_cosh
cosine = cosine_proximity = cosine_similarity


def get(identifier: Any) -> Loss | None:
    """The loss for a name, an object, a function `(y_true, y_pred)` or saved data.

    Example:
        >>> get("mse").name
        'mean_squared_error'
    """
    return _as_loss(components.get("loss", identifier, "loss"))


def serialize(loss: Loss) -> Any:
    """The saved form of a loss."""
    return components.to_data(loss)


def deserialize(config: Any, custom_objects: Mapping[str, Any] | None = None) -> Loss | None:
    """The loss that `serialize` described.

    Args:
        config: the saved form, or a name.
        custom_objects: further classes and functions by name, for this call.
    """
    return _as_loss(components.get_with("loss", config, custom_objects))


def _as_loss(found: Any) -> Loss | None:
    return found if found is None or isinstance(found, Loss) else FunctionLoss(found)
