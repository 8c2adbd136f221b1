from kapps import resnet as resnet
from kapps import resnet50 as resnet50
from kapps.resnet import ResNet50 as ResNet50

__version__: str
__all__: list[str]
