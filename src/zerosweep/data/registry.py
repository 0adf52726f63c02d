"""The registry of datasets, by their names on the command line."""

from zerosweep.data.dataset import Dataset
from zerosweep.data.digits import Digits
from zerosweep.data.kaggle import Kaggle
from zerosweep.data.mnist import Mnist
from zerosweep.data.points import Points

DATASETS: dict[str, type[Dataset]] = {"digits": Digits, "mnist": Mnist, "kaggle": Kaggle, "points": Points}
