from typing import Any

from kcore.backend import clear_session as clear_session
from kcore.data.batches import pack_x_y_sample_weight as pack_x_y_sample_weight
from kcore.data.batches import unpack_x_y_sample_weight as unpack_x_y_sample_weight
from kcore.data.sequence import PyDataset as PyDataset
from kcore.data.sequence import Sequence as Sequence
from kcore.data.splitting import split_dataset as split_dataset
from kcore.data.timeseries import timeseries_dataset_from_array as timeseries_dataset_from_array
from kcore.dtypes import standardize
from kcore.graph.symbolic import is_symbolic
from kcore.models.plot import model_to_dot as model_to_dot
from kcore.models.plot import plot_model as plot_model
from kcore.models.summary import print_summary as print_summary
from kcore.random import set_seed
from kcore.saving.objects import deserialize_keras_object as deserialize_keras_object
from kcore.saving.objects import serialize_keras_object as serialize_keras_object
from kcore.utils.arrays import normalize as normalize
from kcore.utils.arrays import to_categorical as to_categorical
from kcore.utils.custom_objects import CustomObjectScope
from kcore.utils.custom_objects import get_custom_objects as get_custom_objects
from kcore.utils.custom_objects import get_registered_name as get_registered_name
from kcore.utils.custom_objects import get_registered_object as get_registered_object
from kcore.utils.custom_objects import register_keras_serializable as register_keras_serializable
from kcore.utils.devices import multi_gpu_model as multi_gpu_model
from kcore.utils.files import get_file as get_file
from kcore.utils.hdf5_matrix import HDF5Matrix as HDF5Matrix
from kcore.utils.kernels import convert_all_kernels_in_model as convert_all_kernels_in_model
from kcore.utils.progbar import Progbar as Progbar

# found in kpreprocess, which has types of its own
array_to_img: Any
image_dataset_from_directory: Any
img_to_array: Any
load_img: Any
save_img: Any
text_dataset_from_directory: Any
custom_object_scope = CustomObjectScope
is_keras_tensor = is_symbolic
set_random_seed = set_seed
standardize_dtype = standardize
__all__: list[str]
