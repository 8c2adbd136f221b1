"""Cases of the conformance tests: preprocessing layers, what they learn given."""

from __future__ import annotations

from typing import Any

import klayers

ROW, IMAGE, WORDS = (5,), (6, 5, 3), ["red", "green", "blue"]

_RESIZED = {
    "gradients_by_inputs_are_right": "the kernels for resizing compute in float32, too coarse for "
    "differences"
}

CASES: list[tuple[Any, ...]] = [
    ("rescaling", lambda: klayers.Rescaling(1 / 255.0, -0.5), IMAGE, "float32"),
    ("rescaling_whole", lambda: klayers.Rescaling([1, 2, 3]), IMAGE, "int32"),
    ("normalization", lambda: klayers.Normalization(mean=1.0, variance=4.0), ROW, "float32"),
    (
        "normalization_axes",
        lambda: klayers.Normalization((1, -1), [[1.0, 2.0]] * 4, [[2.0, 3.0]] * 4, invert=True),
        (4, 3, 2),
        "float32",
    ),
    ("discretization", lambda: klayers.Discretization([-0.5, 0.5]), ROW, "float32"),
    (
        "discretization_one_hot",
        lambda: klayers.Discretization([-0.5, 0.5], output_mode="one_hot"),
        ROW,
        "float32",
    ),
    ("category_encoding", lambda: klayers.CategoryEncoding(16), ROW, "int32"),
    (
        "category_encoding_one_hot",
        lambda: klayers.CategoryEncoding(16, output_mode="one_hot"),
        (1,),
        "int32",
    ),
    ("hashing", lambda: klayers.Hashing(7, mask_value=""), ROW, "string"),
    (
        "hashing_count",
        lambda: klayers.Hashing(7, salt=[3, 4], output_mode="count"),
        ROW,
        "int64",
    ),
    ("hashed_crossing", lambda: klayers.HashedCrossing(7), [(1,), (1,)], "string"),
    (
        "hashed_crossing_one_hot",
        lambda: klayers.HashedCrossing(7, output_mode="one_hot"),
        [(1,), (1,), (1,)],
        "int32",
    ),
    ("string_lookup", lambda: klayers.StringLookup(vocabulary=WORDS), ROW, "string"),
    (
        "string_lookup_multi_hot",
        lambda: klayers.StringLookup(
            vocabulary=WORDS, num_oov_indices=2, mask_token="", output_mode="multi_hot"
        ),
        ROW,
        "string",
    ),
    (
        "string_lookup_tf_idf",
        lambda: klayers.StringLookup(
            9,
            vocabulary=WORDS,
            idf_weights=[1.0, 2.0, 0.5],
            output_mode="tf_idf",
            pad_to_max_tokens=True,
        ),
        ROW,
        "string",
    ),
    (
        "string_lookup_invert",
        lambda: klayers.StringLookup(vocabulary=WORDS, mask_token="", invert=True),
        ROW,
        "int64",
    ),
    ("integer_lookup", lambda: klayers.IntegerLookup(vocabulary=[1, 5, 3]), ROW, "int64"),
    (
        "integer_lookup_one_hot",
        lambda: klayers.IntegerLookup(
            vocabulary=[1, 5], num_oov_indices=3, mask_token=0, output_mode="one_hot"
        ),
        ROW,
        "int32",
    ),
    ("text_vectorization", lambda: klayers.TextVectorization(vocabulary=WORDS), (), "string"),
    (
        "text_vectorization_length",
        lambda: klayers.TextVectorization(
            vocabulary=WORDS, split="character", ngrams=2, output_sequence_length=4
        ),
        (1,),
        "string",
    ),
    (
        "text_vectorization_count",
        lambda: klayers.TextVectorization(vocabulary=WORDS, output_mode="count"),
        (1,),
        "string",
    ),
    ("resizing", lambda: klayers.Resizing(4, 7), IMAGE, "float32", None, _RESIZED),
    (
        "resizing_whole",
        lambda: klayers.Resizing(3, 3, "bicubic", pad_to_aspect_ratio=True, antialias=True),
        IMAGE,
        "uint8",
    ),
    (
        "resizing_first",
        lambda: klayers.Resizing(3, 2, crop_to_aspect_ratio=True, data_format="channels_first"),
        (3, 6, 5),
        "float32",
        None,
        _RESIZED,
    ),
    ("center_crop", lambda: klayers.CenterCrop(3, 2), IMAGE, "float32"),
    (
        "center_crop_enlarged",
        lambda: klayers.CenterCrop(8, 4, "channels_first"),
        (3, 6, 5),
        "float32",
    ),
    ("random_crop", lambda: klayers.RandomCrop(3, 2), IMAGE, "float32"),
    ("random_flip", lambda: klayers.RandomFlip(), IMAGE, "float32"),
    (
        "random_flip_first",
        lambda: klayers.RandomFlip("vertical", data_format="channels_first"),
        (3, 6, 5),
        "int32",
    ),
    ("random_rotation", lambda: klayers.RandomRotation(0.2), IMAGE, "float32"),
    (
        "random_translation",
        lambda: klayers.RandomTranslation(0.3, 0.2, "wrap", "nearest"),
        IMAGE,
        "float32",
    ),
    ("random_zoom", lambda: klayers.RandomZoom(0.3), IMAGE, "float32"),
    (
        "random_zoom_both",
        lambda: klayers.RandomZoom((-0.3, 0.1), 0.2, "constant", fill_value=1.0),
        IMAGE,
        "float32",
    ),
    ("random_shear", lambda: klayers.RandomShear(0.3, 0.2, fill_mode="nearest"), IMAGE, "float32"),
    ("random_perspective", lambda: klayers.RandomPerspective(1.0, 0.4), IMAGE, "float32"),
    ("random_brightness", lambda: klayers.RandomBrightness(0.3, (-3, 3)), IMAGE, "float32"),
    ("random_contrast", lambda: klayers.RandomContrast(0.5, (-3, 3)), IMAGE, "float32"),
    ("random_hue", lambda: klayers.RandomHue(0.5, (-3, 3)), IMAGE, "float32"),
    ("random_saturation", lambda: klayers.RandomSaturation((0.2, 0.8), (-3, 3)), IMAGE, "float32"),
    ("random_grayscale", lambda: klayers.RandomGrayscale(), IMAGE, "float32"),
    (
        "random_color_jitter",
        lambda: klayers.RandomColorJitter((-3, 3), 0.1, 0.2, 0.5, 0.4),
        IMAGE,
        "float32",
    ),
    (
        "random_gaussian_blur",
        lambda: klayers.RandomGaussianBlur((1.0, 1.0), value_range=(-3, 3)),
        IMAGE,
        "float32",
    ),
    (
        "random_color_degeneration",
        lambda: klayers.RandomColorDegeneration(0.5, (-3, 3)),
        IMAGE,
        "float32",
    ),
    ("random_sharpness", lambda: klayers.RandomSharpness(0.5, (-3, 3)), IMAGE, "float32"),
    ("random_invert", lambda: klayers.RandomInvert(value_range=(-3, 3)), IMAGE, "float32"),
    ("random_posterization", lambda: klayers.RandomPosterization(4, (-3, 3)), IMAGE, "float32"),
    ("solarization", lambda: klayers.Solarization(0.2, 0.5, (-3, 3)), IMAGE, "float32"),
    ("auto_contrast", lambda: klayers.AutoContrast((-3, 3)), IMAGE, "float32"),
    ("equalization", lambda: klayers.Equalization((-3, 3), 16), IMAGE, "float32"),
    ("mix_up", lambda: klayers.MixUp(), IMAGE, "float32"),
    ("cut_mix", lambda: klayers.CutMix(), IMAGE, "float32"),
    ("cut_mix_labels", lambda: klayers.CutMix(), {"images": IMAGE, "labels": (4,)}, "float32"),
    ("rand_augment", lambda: klayers.RandAugment((-3, 3)), IMAGE, "float32"),
]
