from kcore import activations as activations
from kcore import applications as applications
from kcore import backend as backend
from kcore import callbacks as callbacks
from kcore import config as config
from kcore import constraints as constraints
from kcore import datasets as datasets
from kcore import dtype_policies as dtype_policies
from kcore import dtypes as dtypes
from kcore import errors as errors
from kcore import initializers as initializers
from kcore import layers as layers
from kcore import losses as losses
from kcore import metrics as metrics
from kcore import mixed_precision as mixed_precision
from kcore import models as models
from kcore import ops as ops
from kcore import optimizers as optimizers
from kcore import plugins as plugins
from kcore import preprocessing as preprocessing
from kcore import random as random
from kcore import regularizers as regularizers
from kcore import saving as saving
from kcore import tree as tree
from kcore import utils as utils
from kcore.backend import devices as _devices
from kcore.backend.autodiff import remat as remat
from kcore.dtypes import DTypePolicy as DTypePolicy
from kcore.graph.function import Function as Function
from kcore.graph.symbolic import SymbolicTensor as SymbolicTensor
from kcore.initializers import Initializer as Initializer
from kcore.input_spec import InputSpec as InputSpec
from kcore.layer import Layer as Layer
from kcore.losses.base import Loss as Loss
from kcore.metrics.base import Metric as Metric
from kcore.models.inputs import Input as Input
from kcore.models.model import Model as Model
from kcore.models.sequential import Sequential as Sequential
from kcore.optimizers.base import Optimizer as Optimizer
from kcore.random import reproducible as reproducible
from kcore.regularizers import Regularizer as Regularizer
from kcore.training.distribution import distribute as distribute
from kcore.variable import Variable as Variable

KerasTensor = SymbolicTensor
device = _devices.on
__version__: str
__all__: list[str]
