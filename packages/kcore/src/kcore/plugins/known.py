"""Names that our own packages provide, so that a package that is missing can be named.

This is for messages only: what is installed is told by the plugins' tables.
"""

from __future__ import annotations

_KNOWN: dict[tuple[str, str], str] = {
    ("layer", "klayers"): """
        Activation ActivityRegularization AdaptiveAveragePooling1D AdaptiveAveragePooling2D
        AdaptiveAveragePooling3D AdaptiveMaxPooling1D AdaptiveMaxPooling2D
        AdaptiveMaxPooling3D Add AdditiveAttention AlphaDropout Attention AutoContrast
        Average AveragePooling1D AveragePooling2D AveragePooling3D AvgPool1D AvgPool2D
        AvgPool3D BatchNormalization Bidirectional CategoryEncoding CenterCrop Concatenate
        Conv1D Conv1DTranspose Conv2D Conv2DTranspose Conv3D Conv3DTranspose ConvLSTM1D
        ConvLSTM2D ConvLSTM3D Convolution1D Convolution1DTranspose Convolution2D
        Convolution2DTranspose Convolution3D Convolution3DTranspose Cropping1D Cropping2D
        Cropping3D CuDNNGRU CuDNNLSTM CutMix Deconvolution2D Deconvolution3D Dense
        DepthwiseConv1D DepthwiseConv2D Discretization Dot Dropout ELU EinsumDense
        Embedding Equalization Flatten GRU GRUCell GaussianDropout GaussianNoise
        GlobalAveragePooling1D GlobalAveragePooling2D GlobalAveragePooling3D
        GlobalAvgPool1D GlobalAvgPool2D GlobalAvgPool3D GlobalMaxPool1D GlobalMaxPool2D
        GlobalMaxPool3D GlobalMaxPooling1D GlobalMaxPooling2D GlobalMaxPooling3D
        GroupNormalization GroupQueryAttention GroupedQueryAttention HashedCrossing Hashing
        Identity IntegerLookup LSTM LSTMCell Lambda LayerNormalization LeakyReLU
        LocallyConnected1D LocallyConnected2D Masking MaxPool1D MaxPool2D MaxPool3D
        MaxPooling1D MaxPooling2D MaxPooling3D Maximum Minimum MixUp MultiHeadAttention
        Multiply Normalization PReLU Permute RMSNormalization RNN RandAugment
        RandomBrightness RandomColorDegeneration RandomColorJitter RandomContrast
        RandomCrop RandomFlip RandomGaussianBlur RandomGrayscale RandomHue RandomInvert
        RandomPerspective RandomPosterization RandomRotation RandomSaturation
        RandomSharpness RandomShear
        RandomTranslation RandomZoom ReLU Recurrent RepeatVector Rescaling Reshape Resizing
        SeparableConv1D SeparableConv2D SeparableConvolution1D SeparableConvolution2D
        SimpleRNN SimpleRNNCell Softmax Solarization SpatialDropout1D SpatialDropout2D
        SpatialDropout3D SpectralNormalization StackedRNNCells StringLookup Subtract
        TextVectorization ThresholdedReLU TimeDistributed UnitNormalization UpSampling1D
        UpSampling2D UpSampling3D Wrapper ZeroPadding1D ZeroPadding2D ZeroPadding3D
    """,
    ("layer_function", "klayers"): """
        add average concatenate dot maximum minimum multiply subtract
    """,
    ("application", "kapps"): """
        ConvNeXtBase ConvNeXtLarge ConvNeXtSmall ConvNeXtTiny ConvNeXtXLarge DenseNet121
        DenseNet169 DenseNet201 EfficientNetB0 EfficientNetB1 EfficientNetB2 EfficientNetB3
        EfficientNetB4 EfficientNetB5 EfficientNetB6 EfficientNetB7 EfficientNetV2B0
        EfficientNetV2B1 EfficientNetV2B2 EfficientNetV2B3 EfficientNetV2L EfficientNetV2M
        EfficientNetV2S InceptionResNetV2 InceptionV3 MobileNet MobileNetV2
        MobileNetV3Large MobileNetV3Small NASNetLarge NASNetMobile ResNet101 ResNet101V2
        ResNet152 ResNet152V2 ResNet50 ResNet50V2 VGG16 VGG19 Xception convnext densenet
        efficientnet efficientnet_v2 imagenet_utils inception_resnet_v2 inception_v3
        mobilenet mobilenet_v2 mobilenet_v3 nasnet resnet resnet50 resnet_v2 vgg16 vgg19
        xception
    """,
    ("layer", "kapps"): """
        LayerScale
    """,
    ("dataset", "kdatasets"): """
        boston_housing california_housing cifar10 cifar100 digits fashion_mnist imdb mnist
        reuters
    """,
    ("preprocessor", "kpreprocess"): """
        image.DataFrameIterator image.DirectoryIterator image.ImageDataGenerator
        image.Iterator image.NumpyArrayIterator image.apply_affine_transform
        image.apply_brightness_shift image.apply_channel_shift image.array_to_img
        image.image_dataset_from_directory image.img_to_array image.load_img image.random_brightness
        image.random_channel_shift image.random_rotation image.random_shear
        image.random_shift image.random_zoom image.save_img image.smart_resize
        sequence.TimeseriesGenerator sequence.make_sampling_table sequence.pad_sequences
        sequence.skipgrams sequence.sliding_windows sequence.timeseries_dataset_from_array
        sequence.timeseries_generator_from_json text.Tokenizer text.hashing_trick
        text.one_hot text.register_analyzer text.text_dataset_from_directory
        text.text_to_word_sequence text.tokenizer_from_json
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
    return tuple(dict.fromkeys(kind for kind, _ in _KNOWN))


def known_names(kind: str) -> tuple[str, ...]:
    """The names of a kind that our packages provide, installed or not.

    Example:
        >>> "mnist" in known_names("dataset")
        True
    """
    return tuple(name for known_kind, name in _PROVIDERS if known_kind == kind)
