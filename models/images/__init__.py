"""Images to look at, to attack and to learn from: MNIST and its like, CIFAR-10, and one's own."""

from models.images.accuracy import accuracy
from models.images.catalogue import IMAGE_SETS, ImageSet, available_images, load_images
from models.images.download import SOURCES, download_images
from models.images.images import Images, Part, data_folder
from models.images.own import read_images

__all__ = [
    "IMAGE_SETS",
    "SOURCES",
    "ImageSet",
    "Images",
    "Part",
    "accuracy",
    "available_images",
    "data_folder",
    "download_images",
    "load_images",
    "read_images",
]
