"""Models: what goes with what, who belongs together, what customers are worth, whether promises worked."""
