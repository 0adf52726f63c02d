"""One run: its assembly from settings, its identity, training and recording, its diagnosis page, and its repetition."""
