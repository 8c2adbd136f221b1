"""The table of kapps: one row an application, one a family's module. It imports no layer."""

from __future__ import annotations

import pluggy

hookimpl = pluggy.HookimplMarker("kcore")

# the applications in each module
_FAMILIES: dict[str, tuple[str, ...]] = {
    "xception": ("Xception",),
    "vgg": (
        "VGG16",
        "VGG19",
    ),
    "resnet": (
        "ResNet50",
        "ResNet101",
        "ResNet152",
    ),
    "resnet_v2": (
        "ResNet50V2",
        "ResNet101V2",
        "ResNet152V2",
    ),
    "inception_v3": ("InceptionV3",),
    "inception_resnet_v2": ("InceptionResNetV2",),
    "mobilenet": ("MobileNet",),
    "mobilenet_v2": ("MobileNetV2",),
    "mobilenet_v3": (
        "MobileNetV3Small",
        "MobileNetV3Large",
    ),
    "densenet": (
        "DenseNet121",
        "DenseNet169",
        "DenseNet201",
    ),
    "efficientnet": (
        "EfficientNetB0",
        "EfficientNetB1",
        "EfficientNetB2",
        "EfficientNetB3",
        "EfficientNetB4",
        "EfficientNetB5",
        "EfficientNetB6",
        "EfficientNetB7",
    ),
    "efficientnet_v2": (
        "EfficientNetV2B0",
        "EfficientNetV2B1",
        "EfficientNetV2B2",
        "EfficientNetV2B3",
        "EfficientNetV2S",
        "EfficientNetV2M",
        "EfficientNetV2L",
    ),
    "convnext": (
        "ConvNeXtTiny",
        "ConvNeXtSmall",
        "ConvNeXtBase",
        "ConvNeXtLarge",
        "ConvNeXtXLarge",
    ),
    "nasnet": (
        "NASNetMobile",
        "NASNetLarge",
    ),
}
# modules under the names that Keras users know; vgg is our own name for two of them
_MODULES = (
    "convnext",
    "densenet",
    "efficientnet",
    "efficientnet_v2",
    "inception_resnet_v2",
    "inception_v3",
    "mobilenet",
    "mobilenet_v2",
    "mobilenet_v3",
    "nasnet",
    "resnet",
    "resnet50",
    "resnet_v2",
    "vgg16",
    "vgg19",
    "xception",
)

ROWS: tuple[tuple[str, str, str], ...] = (
    *(
        ("application", title, f"kapps.{module}:{title}")
        for module, titles in _FAMILIES.items()
        for title in titles
    ),
    *(("application", module, f"kapps.{module}") for module in _MODULES),
    ("application", "imagenet_utils", "kapps.imagenet_utils"),
    ("layer", "LayerScale", "kapps.layer_scale:LayerScale"),
    ("model", "Application", "kapps.application:Application"),
)

# what the package itself gives besides its table
EXTRA: dict[str, str] = {
    "describe": "kapps.application:describe",
}


@hookimpl
def kcore_components() -> tuple[tuple[str, str, str], ...]:
    """Rows of (kind, name, target)."""
    return ROWS
