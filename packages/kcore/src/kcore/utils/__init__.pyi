from kcore.data.sequence import PyDataset as PyDataset
from kcore.data.sequence import Sequence as Sequence
from kcore.models.plot import model_to_dot as model_to_dot
from kcore.models.plot import plot_model as plot_model
from kcore.random import set_seed
from kcore.saving.objects import deserialize_keras_object as deserialize_keras_object
from kcore.saving.objects import serialize_keras_object as serialize_keras_object
from kcore.utils.arrays import normalize as normalize
from kcore.utils.arrays import to_categorical as to_categorical
from kcore.utils.custom_objects import CustomObjectScope as CustomObjectScope
from kcore.utils.custom_objects import get_custom_objects as get_custom_objects
from kcore.utils.custom_objects import (
    register_keras_serializable as register_keras_serializable,
)
from kcore.utils.files import get_file as get_file

custom_object_scope = CustomObjectScope
set_random_seed = set_seed
__all__: list[str]
