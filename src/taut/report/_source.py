"""Where a report takes from what it does not hold itself: the weights, and what rows say of them."""

from abc import ABC, abstractmethod
from typing import Any


class Source(ABC):
    """The fitted model behind a report, as the report knows it."""

    @abstractmethod
    def facts(
        self,
        X: Any = None,
        y: Any = None,
        sample_weight: Any = None,
        *,
        feature_names: Any = None,
        image_shape: Any = None,
        held_out: Any = None,
    ) -> dict[str, Any]:
        """What a page shows beside the report's own facts; arguments as those of ``FitReport.to_html``."""
