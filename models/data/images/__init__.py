"""Data sets of images and other labelled inputs: those of the papers, and the user's own."""

from models.data.images.accuracy import accuracy
from models.data.images.archive import NEEDS
from models.data.images.catalogue import available_images, load_images, missing
from models.data.images.download import SOURCES, download_images
from models.data.images.images import Images, Part, data_folder, shape_text
from models.data.images.own import KINDS, is_npz, read_images, read_images_at, read_set
from models.data.images.own_set import OwnSet
from models.data.images.sets import IMAGE_SETS, ImageSet

__all__ = [
    "IMAGE_SETS",
    "KINDS",
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
    "is_npz",
    "load_images",
    "missing",
    "read_images",
    "read_images_at",
    "read_set",
    "shape_text",
]
