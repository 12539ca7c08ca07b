"""The lines of Python that make a fit and its page again."""

from typing import Any

MOST_CHARACTERS = 10**6
"""Of an estimator's own repr, which by itself would be cut."""


def remade(model: Any, *, sample_weight: bool, feature_names: bool, image_shape: Any, held_out: bool) -> str:
    """A program; the arrays go by the names that everybody gives them."""
    of, weights = vars(model), ", sample_weight" if sample_weight else ""
    module, name = type(model).__module__, type(model).__qualname__
    own = module.split(".")[0] == "taut"
    scaled, X = "scale_" in of, "X"
    if scaled:
        X = "taut.as_matrix(X, scale=scale, shift=shift)"
    witness = ", witness=True" if "witness_" in of else ""
    options = [
        *(["feature_names=feature_names"] if feature_names else []),
        *([f"image_shape={image_shape}"] if image_shape else []),
        *(["held_out=(X_test, y_test)"] if held_out else []),
    ]
    made = model.__repr__(N_CHAR_MAX=MOST_CHARACTERS)
    lines = [
        *(["import taut", ""] if own or scaled else []),
        *([f"from {module} import {name}", ""] if not own and module != "__main__" else []),
        f"model = {'taut.' if own else ''}{made}",
        f"model.fit({X}, y{weights}{witness})",
        *(["model.unscale(scale=scale, shift=shift)"] if scaled else []),
        f"page = model.report_.to_html({', '.join(['X', f'y{weights}', *options])})",
    ]
    return "\n".join(lines)
