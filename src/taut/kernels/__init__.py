"""Fused kernels: loss and gradient of some rows of X in one visit; imported when first needed."""
