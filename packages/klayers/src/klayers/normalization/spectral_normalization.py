"""SpectralNormalization: a layer whose kernel is kept at spectral norm 1."""

from __future__ import annotations

from typing import Any

from kcore import backend, initializers, ops
from kcore.arguments import whole
from kcore.errors import ConfigurationError
from kcore.typing import Tensor
from klayers.wrappers.wrapper import Wrapper, in_dtype, name_paths

# a kernel whose largest singular value is below this is left alone
_SMALLEST = 1e-12


class SpectralNormalization(Wrapper):
    """Divides the kernel of a layer by its largest singular value at each call in training.

    The value is estimated by power iteration, whose vector is kept from call to call; the kernel
    itself is replaced, so that inference uses the last one. Miyato et al., Spectral Normalization
    for Generative Adversarial Networks, 2018.

    Args:
        layer: one with a weight `kernel` or `embeddings`, for example Dense or Conv2D.
        power_iterations: steps of the estimation at each call, at least 1.
        **kwargs: see Layer; the dtype is that of the layer inside unless given.

    Shapes:
        those of the layer inside; weights: the kernel of the layer, vector_u (1, outputs), then the
        other weights of the layer.

    Raises:
        ConfigurationError: if power_iterations is no positive whole number, or the layer has
            neither a kernel nor embeddings.

    Example:
        >>> from klayers import Dense
        >>> SpectralNormalization(Dense(3)).compute_output_shape((None, 8))
        (None, 3)
    """

    def __init__(self, layer: Any, power_iterations: int = 1, **kwargs: Any) -> None:
        super().__init__(layer, **kwargs)
        self.power_iterations = whole(
            power_iterations, "power_iterations", "SpectralNormalization", 1
        )

    def build(self, input_shape: Any) -> None:
        """Builds the layer inside and makes the vector of the power iteration."""
        self.layer.build_once(input_shape)
        kernel = getattr(self.layer, "kernel", getattr(self.layer, "embeddings", None))
        if kernel is None:
            raise ConfigurationError(
                f"{self._describe()} normalises the weight 'kernel' or 'embeddings' of the layer "
                f"inside; {type(self.layer).__name__} has neither. Wrap a layer such as Dense, "
                "Conv2D or Embedding."
            )
        self.kernel = kernel
        self.vector_u = self.add_weight(
            (1, kernel.shape[-1]),
            initializers.TruncatedNormal(stddev=0.02),
            trainable=False,
            name="vector_u",
        )
        name_paths(self, self.layer)

    def call(self, inputs: Any, training: bool = False) -> Any:
        """What the layer inside gives; in training its kernel is normalised before."""
        if training:
            self.normalize_kernel()
        outputs = self.layer(inputs, training=training)
        return in_dtype(outputs, self.compute_dtype)

    def normalize_kernel(self) -> None:
        """Divides the kernel by the estimate of its largest singular value."""
        value = ops.stop_gradient(self.kernel.value)
        matrix = ops.reshape(value, (-1, self.kernel.shape[-1]))
        u = self.vector_u.value
        for _ in range(self.power_iterations):
            v = _unit(backend.math.matmul(u, matrix, transpose_b=True))
            u = _unit(ops.matmul(v, matrix))
        largest = ops.sum(ops.matmul(v, matrix) * u)
        tiny = largest < _SMALLEST
        self.vector_u.assign(ops.where(tiny, self.vector_u.value, u))
        self.kernel.assign(ops.where(tiny, value, value / ops.where(tiny, 1.0, largest)))


def _unit(x: Tensor) -> Tensor:
    return ops.normalize(x, -1, 2, _SMALLEST)
