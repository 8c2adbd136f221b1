from kcore.layer import Layer as Layer
from kcore.models.inputs import Input as Input
from kcore.models.inputs import InputLayer as InputLayer
from klayers.activation.elu import ELU as ELU
from klayers.activation.leaky_relu import LeakyReLU as LeakyReLU
from klayers.activation.prelu import PReLU as PReLU
from klayers.activation.relu import ReLU as ReLU
from klayers.activation.softmax import Softmax as Softmax
from klayers.activation.thresholded_relu import ThresholdedReLU as ThresholdedReLU
from klayers.attention.additive_attention import AdditiveAttention as AdditiveAttention
from klayers.attention.attention import Attention as Attention
from klayers.attention.grouped_query_attention import (
    GroupedQueryAttention as GroupedQueryAttention,
)
from klayers.attention.multi_head_attention import MultiHeadAttention as MultiHeadAttention
from klayers.convolution.conv1d import Conv1D as Conv1D
from klayers.convolution.conv1d_transpose import Conv1DTranspose as Conv1DTranspose
from klayers.convolution.conv2d import Conv2D as Conv2D
from klayers.convolution.conv2d_transpose import Conv2DTranspose as Conv2DTranspose
from klayers.convolution.conv3d import Conv3D as Conv3D
from klayers.convolution.conv3d_transpose import Conv3DTranspose as Conv3DTranspose
from klayers.convolution.depthwise_conv1d import DepthwiseConv1D as DepthwiseConv1D
from klayers.convolution.depthwise_conv2d import DepthwiseConv2D as DepthwiseConv2D
from klayers.convolution.separable_conv1d import SeparableConv1D as SeparableConv1D
from klayers.convolution.separable_conv2d import SeparableConv2D as SeparableConv2D
from klayers.core.activation import Activation as Activation
from klayers.core.activity_regularization import ActivityRegularization as ActivityRegularization
from klayers.core.dense import Dense as Dense
from klayers.core.einsum_dense import EinsumDense as EinsumDense
from klayers.core.flatten import Flatten as Flatten
from klayers.core.identity import Identity as Identity
from klayers.core.lambda_layer import Lambda as Lambda
from klayers.core.masking import Masking as Masking
from klayers.core.permute import Permute as Permute
from klayers.core.repeat_vector import RepeatVector as RepeatVector
from klayers.core.reshape import Reshape as Reshape
from klayers.cropping.cropping1d import Cropping1D as Cropping1D
from klayers.cropping.cropping2d import Cropping2D as Cropping2D
from klayers.cropping.cropping3d import Cropping3D as Cropping3D
from klayers.embedding import Embedding as Embedding
from klayers.locally_connected.locally_connected1d import LocallyConnected1D as LocallyConnected1D
from klayers.locally_connected.locally_connected2d import LocallyConnected2D as LocallyConnected2D
from klayers.merging.add import Add as Add
from klayers.merging.add import add as add
from klayers.merging.average import Average as Average
from klayers.merging.average import average as average
from klayers.merging.concatenate import Concatenate as Concatenate
from klayers.merging.concatenate import concatenate as concatenate
from klayers.merging.dot import Dot as Dot
from klayers.merging.dot import dot as dot
from klayers.merging.maximum import Maximum as Maximum
from klayers.merging.maximum import maximum as maximum
from klayers.merging.minimum import Minimum as Minimum
from klayers.merging.minimum import minimum as minimum
from klayers.merging.multiply import Multiply as Multiply
from klayers.merging.multiply import multiply as multiply
from klayers.merging.subtract import Subtract as Subtract
from klayers.merging.subtract import subtract as subtract
from klayers.noise.alpha_dropout import AlphaDropout as AlphaDropout
from klayers.noise.dropout import Dropout as Dropout
from klayers.noise.gaussian_dropout import GaussianDropout as GaussianDropout
from klayers.noise.gaussian_noise import GaussianNoise as GaussianNoise
from klayers.noise.spatial_dropout import SpatialDropout1D as SpatialDropout1D
from klayers.noise.spatial_dropout import SpatialDropout2D as SpatialDropout2D
from klayers.noise.spatial_dropout import SpatialDropout3D as SpatialDropout3D
from klayers.normalization.batch_normalization import BatchNormalization as BatchNormalization
from klayers.normalization.group_normalization import GroupNormalization as GroupNormalization
from klayers.normalization.layer_normalization import LayerNormalization as LayerNormalization
from klayers.normalization.rms_normalization import RMSNormalization as RMSNormalization
from klayers.normalization.spectral_normalization import (
    SpectralNormalization as SpectralNormalization,
)
from klayers.normalization.unit_normalization import UnitNormalization as UnitNormalization
from klayers.padding.zero_padding1d import ZeroPadding1D as ZeroPadding1D
from klayers.padding.zero_padding2d import ZeroPadding2D as ZeroPadding2D
from klayers.padding.zero_padding3d import ZeroPadding3D as ZeroPadding3D
from klayers.pooling.adaptive_average_pooling1d import (
    AdaptiveAveragePooling1D as AdaptiveAveragePooling1D,
)
from klayers.pooling.adaptive_average_pooling2d import (
    AdaptiveAveragePooling2D as AdaptiveAveragePooling2D,
)
from klayers.pooling.adaptive_average_pooling3d import (
    AdaptiveAveragePooling3D as AdaptiveAveragePooling3D,
)
from klayers.pooling.adaptive_max_pooling1d import AdaptiveMaxPooling1D as AdaptiveMaxPooling1D
from klayers.pooling.adaptive_max_pooling2d import AdaptiveMaxPooling2D as AdaptiveMaxPooling2D
from klayers.pooling.adaptive_max_pooling3d import AdaptiveMaxPooling3D as AdaptiveMaxPooling3D
from klayers.pooling.average_pooling1d import AveragePooling1D as AveragePooling1D
from klayers.pooling.average_pooling2d import AveragePooling2D as AveragePooling2D
from klayers.pooling.average_pooling3d import AveragePooling3D as AveragePooling3D
from klayers.pooling.global_average_pooling1d import (
    GlobalAveragePooling1D as GlobalAveragePooling1D,
)
from klayers.pooling.global_average_pooling2d import (
    GlobalAveragePooling2D as GlobalAveragePooling2D,
)
from klayers.pooling.global_average_pooling3d import (
    GlobalAveragePooling3D as GlobalAveragePooling3D,
)
from klayers.pooling.global_max_pooling1d import GlobalMaxPooling1D as GlobalMaxPooling1D
from klayers.pooling.global_max_pooling2d import GlobalMaxPooling2D as GlobalMaxPooling2D
from klayers.pooling.global_max_pooling3d import GlobalMaxPooling3D as GlobalMaxPooling3D
from klayers.pooling.max_pooling1d import MaxPooling1D as MaxPooling1D
from klayers.pooling.max_pooling2d import MaxPooling2D as MaxPooling2D
from klayers.pooling.max_pooling3d import MaxPooling3D as MaxPooling3D
from klayers.preprocessing.auto_contrast import AutoContrast as AutoContrast
from klayers.preprocessing.category_encoding import CategoryEncoding as CategoryEncoding
from klayers.preprocessing.center_crop import CenterCrop as CenterCrop
from klayers.preprocessing.cut_mix import CutMix as CutMix
from klayers.preprocessing.discretization import Discretization as Discretization
from klayers.preprocessing.equalization import Equalization as Equalization
from klayers.preprocessing.hashed_crossing import HashedCrossing as HashedCrossing
from klayers.preprocessing.hashing import Hashing as Hashing
from klayers.preprocessing.integer_lookup import IntegerLookup as IntegerLookup
from klayers.preprocessing.mix_up import MixUp as MixUp
from klayers.preprocessing.normalization import Normalization as Normalization
from klayers.preprocessing.rand_augment import RandAugment as RandAugment
from klayers.preprocessing.random_brightness import RandomBrightness as RandomBrightness
from klayers.preprocessing.random_color_degeneration import (
    RandomColorDegeneration as RandomColorDegeneration,
)
from klayers.preprocessing.random_color_jitter import RandomColorJitter as RandomColorJitter
from klayers.preprocessing.random_contrast import RandomContrast as RandomContrast
from klayers.preprocessing.random_crop import RandomCrop as RandomCrop
from klayers.preprocessing.random_flip import RandomFlip as RandomFlip
from klayers.preprocessing.random_gaussian_blur import RandomGaussianBlur as RandomGaussianBlur
from klayers.preprocessing.random_grayscale import RandomGrayscale as RandomGrayscale
from klayers.preprocessing.random_hue import RandomHue as RandomHue
from klayers.preprocessing.random_invert import RandomInvert as RandomInvert
from klayers.preprocessing.random_perspective import RandomPerspective as RandomPerspective
from klayers.preprocessing.random_posterization import RandomPosterization as RandomPosterization
from klayers.preprocessing.random_rotation import RandomRotation as RandomRotation
from klayers.preprocessing.random_saturation import RandomSaturation as RandomSaturation
from klayers.preprocessing.random_sharpness import RandomSharpness as RandomSharpness
from klayers.preprocessing.random_shear import RandomShear as RandomShear
from klayers.preprocessing.random_translation import RandomTranslation as RandomTranslation
from klayers.preprocessing.random_zoom import RandomZoom as RandomZoom
from klayers.preprocessing.rescaling import Rescaling as Rescaling
from klayers.preprocessing.resizing import Resizing as Resizing
from klayers.preprocessing.solarization import Solarization as Solarization
from klayers.preprocessing.string_lookup import StringLookup as StringLookup
from klayers.preprocessing.text_vectorization import TextVectorization as TextVectorization
from klayers.recurrent.conv_lstm1d import ConvLSTM1D as ConvLSTM1D
from klayers.recurrent.conv_lstm2d import ConvLSTM2D as ConvLSTM2D
from klayers.recurrent.conv_lstm3d import ConvLSTM3D as ConvLSTM3D
from klayers.recurrent.cudnn import CuDNNGRU as CuDNNGRU
from klayers.recurrent.cudnn import CuDNNLSTM as CuDNNLSTM
from klayers.recurrent.gru import GRU as GRU
from klayers.recurrent.gru_cell import GRUCell as GRUCell
from klayers.recurrent.lstm import LSTM as LSTM
from klayers.recurrent.lstm_cell import LSTMCell as LSTMCell
from klayers.recurrent.rnn import RNN as RNN
from klayers.recurrent.simple_rnn import SimpleRNN as SimpleRNN
from klayers.recurrent.simple_rnn_cell import SimpleRNNCell as SimpleRNNCell
from klayers.recurrent.stacked_rnn_cells import StackedRNNCells as StackedRNNCells
from klayers.upsampling.up_sampling1d import UpSampling1D as UpSampling1D
from klayers.upsampling.up_sampling2d import UpSampling2D as UpSampling2D
from klayers.upsampling.up_sampling3d import UpSampling3D as UpSampling3D
from klayers.wrappers.bidirectional import Bidirectional as Bidirectional
from klayers.wrappers.time_distributed import TimeDistributed as TimeDistributed
from klayers.wrappers.wrapper import Wrapper as Wrapper

Convolution1D = Conv1D
Convolution1DTranspose = Conv1DTranspose
MaxPool1D = MaxPooling1D
AvgPool1D = AveragePooling1D
GlobalMaxPool1D = GlobalMaxPooling1D
GlobalAvgPool1D = GlobalAveragePooling1D
SeparableConvolution1D = SeparableConv1D
Convolution2D = Conv2D
Convolution2DTranspose = Conv2DTranspose
Deconvolution2D = Conv2DTranspose
MaxPool2D = MaxPooling2D
AvgPool2D = AveragePooling2D
GlobalMaxPool2D = GlobalMaxPooling2D
GlobalAvgPool2D = GlobalAveragePooling2D
SeparableConvolution2D = SeparableConv2D
Convolution3D = Conv3D
Convolution3DTranspose = Conv3DTranspose
Deconvolution3D = Conv3DTranspose
MaxPool3D = MaxPooling3D
AvgPool3D = AveragePooling3D
GlobalMaxPool3D = GlobalMaxPooling3D
GlobalAvgPool3D = GlobalAveragePooling3D
Recurrent = RNN
GroupQueryAttention = GroupedQueryAttention
__version__: str
__all__: list[str]
