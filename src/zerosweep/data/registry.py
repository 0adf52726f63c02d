"""The registry of datasets, by their names on the command line."""

from zerosweep.data.dataset import Dataset
from zerosweep.data.digits import Digits
from zerosweep.data.idx import Idx
from zerosweep.data.kaggle import Kaggle
from zerosweep.data.mnist import Mnist
from zerosweep.data.npz import Npz
from zerosweep.data.points import Points
from zerosweep.data.table import Csv

DATASETS: dict[str, type[Dataset]] = {
    "digits": Digits,
    "mnist": Mnist,
    "kaggle": Kaggle,
    "points": Points,
    "npz": Npz,
    "csv": Csv,
    "idx": Idx,
}
