"""List the image data sets on this machine, or download some.

python -m models.images                       lists what there is
python -m models.images mnist fashion-mnist   downloads these into the data folder
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from models.data.images.catalogue import available_images
from models.data.images.download import SOURCES, download_images
from models.data.images.images import data_folder
from models.data.images.sets import IMAGE_SETS


def main(names: Sequence[str]) -> int:
    """Download the named data sets, or list all without a name; the exit status, 1 if a download failed."""
    if not names:
        available = available_images()
        print(f"in {data_folder()}, and without files:")
        for name in [*IMAGE_SETS, *(available.keys() - IMAGE_SETS.keys())]:
            remedy = f"not there; get it with: python -m models.images {name}" if name in SOURCES else "not there"
            print(f"  {name:15} {' and '.join(available[name]) if name in available else remedy}")
        return 0
    try:
        for name in names:
            print(f"{name}: in {download_images(name)}")
    except (ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
