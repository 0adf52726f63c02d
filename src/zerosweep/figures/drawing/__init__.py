"""The parts that all figures are made of: style, sheet, axes, palette, levels."""
