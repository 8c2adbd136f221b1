"""CIFAR-100: 60,000 colour photographs of 100 kinds of things in 20 groups, 32x32 pixels.

The publisher states no licence; the photographs were collected from the web for research.
"""

from __future__ import annotations

from .card import ArrayCard, Card
from .cifar import CITATION, HOME, read_batches
from .source import RemoteFile, fetch
from .split import Split

__all__ = ["CARD", "CLASS_NAMES", "COARSE_CLASS_NAMES", "load_data"]

# In alphabetical order, which is the order of the labels.
CLASS_NAMES = tuple(
    """apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus
    butterfly camel can castle caterpillar cattle chair chimpanzee clock cloud cockroach couch crab
    crocodile cup dinosaur dolphin elephant flatfish forest fox girl hamster house kangaroo keyboard
    lamp lawn_mower leopard lion lizard lobster man maple_tree motorcycle mountain mouse mushroom
    oak_tree orange orchid otter palm_tree pear pickup_truck pine_tree plain plate poppy porcupine
    possum rabbit raccoon ray road rocket rose sea seal shark shrew skunk skyscraper snail snake
    spider squirrel streetcar sunflower sweet_pepper table tank telephone television tiger tractor
    train trout tulip turtle wardrobe whale willow_tree wolf woman worm""".split()
)
COARSE_CLASS_NAMES = tuple(
    """aquatic_mammals fish flowers food_containers fruit_and_vegetables
    household_electrical_devices household_furniture insects large_carnivores
    large_man-made_outdoor_things large_natural_outdoor_scenes large_omnivores_and_herbivores
    medium_mammals non-insect_invertebrates people reptiles small_mammals trees vehicles_1
    vehicles_2""".split()
)
ARCHIVE = RemoteFile(
    "cifar100/cifar-100-python.tar.gz",
    "sha256:85cd44d02ba6437773c5bbd22e183051d648de2e7d6b014e1ef29b855ba677a7",
    169001437,
    (f"{HOME}cifar-100-python.tar.gz",),
    keras_names=("cifar-100-python-target_archive", "cifar-100-python.tar.gz"),
)
FILES = [["cifar-100-python/train"], ["cifar-100-python/test"]]

CARD = Card(
    name="cifar100",
    summary="Colour photographs of 100 kinds of things in 20 groups, 32x32 pixels.",
    train=50000,
    test=10000,
    x=ArrayCard("(n, height=32, width=32, channel=3)", "uint8", "0 to 255, red green blue"),
    y=ArrayCard("(n, 1)", "uint8", "class 0 to 99 (fine) or 0 to 19 (coarse)"),
    classes=CLASS_NAMES,
    files=(ARCHIVE,),
    licence="none stated; collected from the web for research",
    source=f"A. Krizhevsky, V. Nair, G. Hinton, {HOME}cifar.html",
    citation=CITATION,
)


def load_data(label_mode: str = "fine") -> Split:
    """Load CIFAR-100.

    Args:
        label_mode: 'fine' (default) for 100 classes, named by CLASS_NAMES; 'coarse' for 20
            groups, named by COARSE_CLASS_NAMES.

    Shapes:
        x: (n, height=32, width=32, channel=3), uint8, 0 to 255.
        y: (n, 1), uint8; mind the second axis.

    Returns:
        ((x_train, y_train), (x_test, y_test)): 50,000 and 10,000 images in the official order.

    Raises:
        ValueError: If `label_mode` is another word.
        UnavailableError: If no source has the archive; says how to get it.
        FormatError: If the archive does not hold what it should.

    Example:
        >>> (x_train, y_train), _ = load_data("coarse")  # doctest: +SKIP
        >>> int(y_train.max())  # doctest: +SKIP
        19
    """
    if label_mode not in ("fine", "coarse"):
        raise ValueError(
            f"cifar100.load_data: label_mode must be 'fine' or 'coarse'; got {label_mode!r}."
        )
    train, test = read_batches(fetch(ARCHIVE), FILES, f"{label_mode}_labels")
    return train, test
