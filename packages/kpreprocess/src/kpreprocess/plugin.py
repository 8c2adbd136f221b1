"""Table of the preprocessing functions for the plugin host. Imports the marker and nothing else."""

from __future__ import annotations

import pluggy

__all__ = ["kcore_components"]

hookimpl = pluggy.HookimplMarker("kcore")

# Module of kpreprocess: the names that `kcore.preprocessing.<module>` shows.
NAMES = {
    "sequence": (
        "TimeseriesGenerator",
        "make_sampling_table",
        "pad_sequences",
        "skipgrams",
        "sliding_windows",
        "timeseries_dataset_from_array",
        "timeseries_generator_from_json",
    ),
    "text": (
        "Tokenizer",
        "hashing_trick",
        "one_hot",
        "register_analyzer",
        "text_dataset_from_directory",
        "text_to_word_sequence",
        "tokenizer_from_json",
    ),
    "image": (
        "DataFrameIterator",
        "DirectoryIterator",
        "ImageDataGenerator",
        "Iterator",
        "NumpyArrayIterator",
        "apply_affine_transform",
        "apply_brightness_shift",
        "apply_channel_shift",
        "array_to_img",
        "image_dataset_from_directory",
        "img_to_array",
        "load_img",
        "random_brightness",
        "random_channel_shift",
        "random_rotation",
        "random_shear",
        "random_shift",
        "random_zoom",
        "save_img",
        "smart_resize",
    ),
}


@hookimpl
def kcore_components() -> list[tuple[str, str, str]]:
    """Rows of (kind, name, target) of this package's functions and classes.

    Returns:
        One row a name, e.g. ('preprocessor', 'sequence.pad_sequences',
        'kpreprocess.sequence:pad_sequences').

    Example:
        >>> kcore_components()[0]
        ('preprocessor', 'sequence.TimeseriesGenerator', 'kpreprocess.sequence:TimeseriesGenerator')
    """
    return [
        ("preprocessor", f"{module}.{name}", f"kpreprocess.{module}:{name}")
        for module, names in NAMES.items()
        for name in names
    ]
