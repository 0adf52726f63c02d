"""The drawing kit that all figures share: style, sheet, axes, palette, levels."""
