"""What a fit was computed with."""

import platform

import numpy as np
import scipy
import sklearn

from taut._version import __version__


def versions() -> dict[str, str]:
    """The versions that a report names."""
    return {
        "taut": __version__,
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "scikit-learn": sklearn.__version__,
        "python": platform.python_version(),
    }
