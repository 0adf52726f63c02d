"""MNIST: 60,000 training and 10,000 test images of handwritten digits, 28×28 pixels each (LeCun et al. 1998)."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from zerosweep.data.dataset import Dataset, Source, expanded
from zerosweep.data.idx import read_idx
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

    def source(self) -> Source:
        parts = []
        for part in ("train", "t10k"):
            images_file, labels_file = self.file(f"{part}-images-idx3-ubyte"), self.file(f"{part}-labels-idx1-ubyte")
            images, labels = read_idx(images_file, 3), read_idx(labels_file, 1)
            if len(images) != len(labels) or not len(labels):
                raise DataError(
                    f"{labels_file}: {len(labels)} labels for the {len(images)} images of {images_file.name}"
                )
            if not images.size:
                raise DataError(
                    f"{images_file}: images of {images.shape[1]}×{images.shape[2]} pixels; must have at least one pixel"
                )
            if labels.max() >= self.classes:
                raise DataError(f"{labels_file}: label {labels.max()}; must be 0 to {self.classes - 1}")
            parts.append((images.reshape(len(images), -1), labels))
        (train, train_labels), (test, test_labels) = parts
        if train.shape[1] != test.shape[1]:
            raise DataError(f"{self.dir}: training images have {train.shape[1]} pixels and test images {test.shape[1]}")
        return Source(np.concatenate([train, test]), np.concatenate([train_labels, test_labels]), own_test=len(test))

    def file(self, name: str) -> Path:
        """Return the path of an IDX file, which is downloaded first if `dir` is null.

        Args:
            name: The name of the file without ".gz".

        Raises:
            DataError: The file is not in the folder, or cannot be downloaded.
        """
        if self.dir is None:
            return download(name)
        folder = expanded("dataset.dir", self.dir)
        if not os.path.isdir(folder):  # noqa: PTH112  # Path.is_dir raises where a name is too long
            raise DataError(f"dataset.dir={self.dir}: no such folder")
        for file in (folder / name, folder / f"{name}.gz"):
            if file.exists():
                return file
        raise DataError(f"dataset.dir={self.dir}: holds neither {name} nor {name}.gz")


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
