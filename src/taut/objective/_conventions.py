"""Every other convention of the penalty, translated to l2 in this one place."""

import math
from typing import Literal


def l2_from(
    *,
    reg: float | None = None,
    convention: Literal["half", "full"] | None = None,
    C: float | None = None,
    weight_sum: float | None = None,
) -> float:
    """Translate a regularisation strength to taut's ``l2``: loss mean + l2/2 ‖W‖².

    ==============================================  =========================================
    they minimise                                   l2
    ==============================================  =========================================
    loss mean + ½ reg ‖W‖² (older CS231n notes)     ``l2_from(reg=reg, convention="half")``
    loss mean + reg ‖W‖² (newer CS231n notes)       ``l2_from(reg=reg, convention="full")``
    ½ ‖W‖² + C · loss sum (liblinear, LinearSVC,    ``l2_from(C=C, weight_sum=S)``
    LogisticRegression), also loss mean + ‖W‖²/2CS
    a *binary* SVM, ½ ‖w‖² + C Σ max(0, 1 − y w·x)  ``l2_from(C=C / 2, weight_sum=S)`` for the
                                                    two-class hinge: its optimum is w₁ = −w₀ = w/2
    ==============================================  =========================================

    Parameters
    ----------
    reg : float
        Strength in a course's convention, with ``convention`` "half" or "full".
    C : float
        Strength on the sum of the losses, with ``weight_sum``, the sum of the sample weights (n without).

    Returns
    -------
    float
        reg, 2 reg or 1 / (C · weight_sum).

    Raises
    ------
    ValueError
        Another combination of arguments, or a value out of range.

    Examples
    --------
    >>> from taut import l2_from
    >>> l2_from(reg=0.1, convention="full")
    0.2
    >>> l2_from(C=1.0, weight_sum=50_000)
    2e-05
    """
    if reg is not None and C is None and weight_sum is None:
        if convention not in ("half", "full"):
            raise ValueError(f"convention must be 'half' (½ reg ‖W‖²) or 'full' (reg ‖W‖²), got {convention!r}")
        if not (math.isfinite(2 * reg) and reg >= 0):
            raise ValueError(f"reg must be a finite number >= 0, got {reg!r}")
        return reg if convention == "half" else 2 * reg
    if C is not None and weight_sum is not None and reg is None and convention is None:
        if not (C > 0 and weight_sum > 0 and C * weight_sum > 0 and math.isfinite(C * weight_sum)):
            raise ValueError(f"C and weight_sum must be finite and > 0, got C={C!r}, weight_sum={weight_sum!r}")
        return 1 / (C * weight_sum)
    raise ValueError("give either reg and convention, or C and weight_sum")
