"""Pages of the regressor: one number a row, or several."""

from dataclasses import dataclass
from typing import Any, ClassVar, final

import numpy as np

from taut._typing import FloatArray
from taut.estimators._standard import standard
from taut.estimators._told import Taken, Told
from taut.estimators._validation import validated_numbers, validated_weights
from taut.losses import SquaredError
from taut.matrix import Matrix
from taut.objective import LeastSquaresRisk


@final
@dataclass(frozen=True, eq=False)
class ToldNumbers(Told):
    """Of `LinearRegressor`."""

    kind: ClassVar[str] = "numbers"
    convex_risk: ClassVar[type[Any]] = LeastSquaresRisk

    @property
    def names(self) -> list[str]:
        """Targets have no names."""
        count = len(np.atleast_1d(self.model.intercept_))
        return ["target"] if count == 1 else [f"target {j + 1}" for j in range(count)]

    def taken(self, matrix: Matrix, y: Any, sample_weight: Any) -> Taken:
        """Numbers (n, T)."""
        numbers = validated_numbers(y, matrix.shape[0])
        table, k = numbers.reshape(len(numbers), -1), len(self.names)
        if table.shape[1] != k:
            raise ValueError(f"y has {table.shape[1]:,} targets a row, but the model was fitted on {k:,}")
        nothing = np.empty(0)
        weights, _ = validated_weights(sample_weight, None, nothing, nothing, matrix)
        return Taken(table, weights, SquaredError(), float(self.model.l2), numbers)

    def scaling(self, matrix: Matrix, taken: Taken) -> tuple[FloatArray, FloatArray]:
        """Where the columns were standardised the penalty acts on those."""
        d, nothing = matrix.shape[1], np.zeros(matrix.shape[1])
        if self.model.scaling != "standardize":
            return np.ones(d), nothing
        return standard(matrix.computed_in(np.dtype(np.float64)), taken.weights), nothing

    def case(self, **known: Any) -> Any:
        """Numbers a row."""
        from taut.evidence import NumberCase

        return NumberCase(**known)

    def answers(self, matrix: Matrix, y: Any) -> tuple[Any, Any]:
        """Numbers."""
        return validated_numbers(y, matrix.shape[0]), self.model.predict(matrix)
