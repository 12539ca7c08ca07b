"""From X and theta to scores, and back from score gradients to theta."""

from taut.models._base import Model, Moves, Sample, Steps
from taut.models._linear import Linear, fuses, is_small
from taut.models._two_layer import TwoLayer

__all__ = ["Linear", "Model", "Moves", "Sample", "Steps", "TwoLayer", "fuses", "is_small"]
