"""What is minimised: the loss of a network over images, or a surface in the plane."""
