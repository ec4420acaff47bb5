"""Image data sets: MNIST, Fashion-MNIST, CIFAR-10, and the user's own."""

from models.data.images.accuracy import accuracy
from models.data.images.archive import NEEDS
from models.data.images.catalogue import IMAGE_SETS, ImageSet, available_images, load_images, missing
from models.data.images.download import SOURCES, download_images
from models.data.images.images import Images, Part, data_folder, shape_text
from models.data.images.own import read_images, read_set
from models.data.images.own_set import OwnSet

__all__ = [
    "IMAGE_SETS",
    "NEEDS",
    "SOURCES",
    "ImageSet",
    "Images",
    "OwnSet",
    "Part",
    "accuracy",
    "available_images",
    "data_folder",
    "download_images",
    "load_images",
    "missing",
    "read_images",
    "read_set",
    "shape_text",
]
