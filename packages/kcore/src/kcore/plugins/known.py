"""Names that our own packages provide, so that a package that is missing can be named.

This is for messages only: what is installed is told by the plugins' tables.
"""

from __future__ import annotations

_KNOWN: dict[tuple[str, str], str] = {
    ("layer", "klayers"): """
        Activation ActivityRegularization Add AlphaDropout Average AveragePooling1D AveragePooling2D
        AveragePooling3D AvgPool1D AvgPool2D AvgPool3D BatchNormalization Bidirectional Concatenate
        Conv1D Conv2D Conv2DTranspose Conv3D ConvLSTM2D Convolution1D Convolution2D
        Convolution2DTranspose Convolution3D Cropping1D Cropping2D Cropping3D CuDNNGRU CuDNNLSTM
        Dense Dot Dropout ELU Embedding Flatten GRU GRUCell GaussianDropout GaussianNoise
        GlobalAveragePooling1D GlobalAveragePooling2D GlobalAvgPool1D GlobalAvgPool2D
        GlobalMaxPool1D GlobalMaxPool2D GlobalMaxPooling1D GlobalMaxPooling2D LSTM LSTMCell Lambda
        LeakyReLU LocallyConnected1D LocallyConnected2D Masking MaxPool1D MaxPool2D MaxPool3D
        MaxPooling1D MaxPooling2D MaxPooling3D Maximum Multiply PReLU Permute RNN Recurrent
        RepeatVector Reshape SeparableConv2D SeparableConvolution2D SimpleRNN SimpleRNNCell
        StackedRNNCells Subtract ThresholdedReLU TimeDistributed UpSampling1D UpSampling2D
        UpSampling3D ZeroPadding1D ZeroPadding2D ZeroPadding3D add average concatenate dot maximum
        multiply subtract
    """,
    ("application", "kapps"): """
        InceptionResNetV2 InceptionV3 MobileNet ResNet50 VGG16 VGG19 Xception
        inception_resnet_v2 inception_v3 mobilenet resnet resnet50 vgg16 vgg19 xception
    """,
    ("dataset", "kdatasets"): """
        boston_housing cifar10 cifar100 digits fashion_mnist imdb mnist reuters
    """,
    ("preprocessor", "kpreprocess"): """
        image.ImageDataGenerator image.array_to_img image.img_to_array image.load_img image.save_img
        sequence.TimeseriesGenerator sequence.make_sampling_table sequence.pad_sequences
        sequence.skipgrams text.Tokenizer text.hashing_trick text.one_hot text.text_to_word_sequence
        text.tokenizer_from_json
    """,
}

_PROVIDERS = {
    (kind, name): package for (kind, package), names in _KNOWN.items() for name in names.split()
}


def provider(kind: str, name: str) -> str | None:
    """The distribution of ours that provides a component, or None.

    Example:
        >>> provider("layer", "Dense")
        'klayers'
    """
    return _PROVIDERS.get((kind, name))


def package_of(kind: str) -> str | None:
    """The distribution of ours that provides a kind, or None if that is kcore itself.

    Example:
        >>> package_of("dataset")
        'kdatasets'
    """
    return next((package for known_kind, package in _KNOWN if known_kind == kind), None)


def kinds() -> tuple[str, ...]:
    """The kinds that our other packages provide, installed or not."""
    return tuple(kind for kind, _ in _KNOWN)


def known_names(kind: str) -> tuple[str, ...]:
    """The names of a kind that our packages provide, installed or not.

    Example:
        >>> "mnist" in known_names("dataset")
        True
    """
    return tuple(name for known_kind, name in _PROVIDERS if known_kind == kind)
