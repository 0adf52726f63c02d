"""Networks from zero: layers with their gradients, losses, initializers, and the check of one against the other."""
