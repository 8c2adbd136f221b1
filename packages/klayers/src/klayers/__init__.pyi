from kcore.layer import Layer as Layer
from kcore.models.inputs import Input as Input
from kcore.models.inputs import InputLayer as InputLayer
from klayers.convolution.conv2d import Conv2D as Conv2D
from klayers.core.activation import Activation as Activation
from klayers.core.dense import Dense as Dense
from klayers.core.flatten import Flatten as Flatten
from klayers.core.reshape import Reshape as Reshape
from klayers.embedding import Embedding as Embedding
from klayers.merging.add import Add as Add
from klayers.merging.add import add as add
from klayers.merging.concatenate import Concatenate as Concatenate
from klayers.merging.concatenate import concatenate as concatenate
from klayers.noise.dropout import Dropout as Dropout
from klayers.normalization.batch_normalization import BatchNormalization as BatchNormalization
from klayers.padding import ZeroPadding2D as ZeroPadding2D
from klayers.pooling.global_average_pooling2d import (
    GlobalAveragePooling2D as GlobalAveragePooling2D,
)
from klayers.pooling.max_pooling2d import MaxPooling2D as MaxPooling2D
from klayers.recurrent.lstm import LSTM as LSTM

Convolution2D = Conv2D
MaxPool2D = MaxPooling2D
GlobalAvgPool2D = GlobalAveragePooling2D
__version__: str
__all__: list[str]
