"""zerosweep: neural networks written from zero in NumPy, composed by Hydra, swept and searched, recorded in MLflow."""
