"""A linear classifier of scikit-learn's digits, trained by scikit-learn itself."""

import pickle
from dataclasses import dataclass

import numpy as np
from sklearn import linear_model
from sklearn.datasets import load_digits
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split

import zerosweep as zs


@zs.trainable("sgd_classifier")
@dataclass
class SGDClassifier:
    """Logistic regression on 8×8 images of digits, by stochastic gradient descent.

    Attributes:
        alpha: The strength of the penalty, > 0.
        penalty: The norm of the weights that is penalised.
        epochs: Passes over the training images.
    """

    alpha: float = zs.number(1e-4, above=0)
    penalty: str = zs.one_of("l2", "l1", "elasticnet")
    epochs: int = zs.number(10, at_least=1)

    classes = 10

    @property
    def steps(self):
        return self.epochs

    def train(self, seed):
        images, labels = load_digits(return_X_y=True)
        x, val_x, y, val_y = train_test_split(images / 16, labels, test_size=0.2, random_state=seed)
        model = linear_model.SGDClassifier(loss="log_loss", alpha=self.alpha, penalty=self.penalty, random_state=seed)
        for _ in range(self.epochs):
            model.partial_fit(x, y, classes=np.arange(self.classes))
            yield {
                "train/loss": log_loss(y, model.predict_proba(x)),
                "train/accuracy": model.score(x, y),
                "val/loss": log_loss(val_y, model.predict_proba(val_x)),
                "val/accuracy": model.score(val_x, val_y),
            }
        return {"model.pkl": pickle.dumps(model)}
