"""Datasets: sources of labelled examples, their split into three sets, and mini-batches."""
