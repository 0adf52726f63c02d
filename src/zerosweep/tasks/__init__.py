"""What is minimised: the loss of a network over examples, or a surface in the plane."""
