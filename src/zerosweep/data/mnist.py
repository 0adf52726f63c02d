"""MNIST: 60,000 training and 10,000 test images of handwritten digits, 28×28 pixels each (LeCun et al. 1998)."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from zerosweep.data.dataset import Dataset, Source
from zerosweep.data.idx import file_in, read_sets
from zerosweep.errors import DataError
from zerosweep.recipe import Purpose, number, setting

MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)

SHA256 = {
    "train-images-idx3-ubyte": "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
    "train-labels-idx1-ubyte": "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
    "t10k-images-idx3-ubyte": "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
    "t10k-labels-idx1-ubyte": "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
}
"""The checksums of the published gzipped files, by name without ".gz"."""

IDENTITY = "e84350ebb26ebd77"
"""The identity of the published images and labels."""

log = logging.getLogger(__name__)


@dataclass
class Mnist(Dataset):
    """The four IDX files of MNIST, from a folder or downloaded.

    Attributes:
        dir: A folder with the four files, gzipped or not; null downloads them once into the user's cache.
        test_size: Use the first `test_size` test images; null uses all.
    """

    val_size: int = number(3000, at_least=0)
    test_size: int | None = number(None, at_least=0)  # type: ignore[misc]
    dir: str | None = setting(None, Purpose.PLACE)

    classes: ClassVar[int] = 10

    def source(self) -> Source:
        source = read_sets(self.file, self.classes)
        if self.dir is not None and source.identity != IDENTITY:
            log.warning(
                f"dataset.dir={self.dir}: not the published MNIST, though recorded as mnist; "
                "dataset=idx with dataset.name=... records other data under their own name"
            )
        return source

    def file(self, name: str) -> Path:
        """Return the path of an IDX file, which is downloaded first if `dir` is null.

        Args:
            name: The name of the file without ".gz".

        Raises:
            DataError: The file is not in the folder, or cannot be downloaded.
        """
        return download(name) if self.dir is None else file_in(self.dir, name)


def download(name: str) -> Path:
    """Return the path of an IDX file in the user's cache, after downloading it from the first mirror that works.

    Args:
        name: The name of the file without ".gz".

    Raises:
        DataError: No mirror serves the file with the published checksum.
    """
    import pooch

    pooch.get_logger().setLevel("WARNING")
    failures = []
    for mirror in MIRRORS:
        try:
            return Path(
                pooch.retrieve(
                    f"{mirror}{name}.gz",
                    known_hash=f"sha256:{SHA256[name]}",
                    fname=f"{name}.gz",
                    path=pooch.os_cache("zerosweep") / "mnist",
                    progressbar=True,
                )
            )
        except (OSError, ValueError) as error:  # no network, refused, or not the published file
            failures.append(f"{mirror}: {type(error).__name__}")
    raise DataError(
        f"dataset=mnist: cannot download {name}.gz ({'; '.join(failures)}); "
        "give a folder that holds it with dataset.dir=..., or use dataset=digits, which needs no network"
    )
