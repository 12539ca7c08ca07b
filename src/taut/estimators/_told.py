"""What an estimator's report shows of the model on its page: the weights, and what rows say of them."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from sklearn.base import BaseEstimator

from taut._typing import AnyArray, FloatArray
from taut.estimators._remade import remade
from taut.estimators._scores_of import scores_of
from taut.estimators._validation import validated_matrix
from taut.losses import Loss
from taut.matrix import Matrix
from taut.models import Linear, TwoLayer
from taut.objective import NetRisk, Objective
from taut.report import Source

if TYPE_CHECKING:
    from taut.evidence import Case

TOP = {"classes": 8, "labels": 8, "numbers": 12}
"""Features shown on either side."""


class Reporting(BaseEstimator):
    """An estimator whose report knows the weights that it speaks of.

    The report has a view of the fitted attributes of its own, so that it goes on speaking of its own fit after the
    next one, and no circle of references keeps either alive. A copy or a file of the estimator leaves that view out:
    it would hold every array twice.
    """

    report_: Any
    _teller: ClassVar[type["Told"]]

    def _tell(self) -> None:
        """Bind the report to the fitted attributes as they are now."""
        self.report_ = self.report_.of(told(self))

    def __getstate__(self) -> dict[str, Any]:
        state: dict[str, Any] = dict(super().__getstate__())
        if "report_" in state:
            state["report_"] = state["report_"].of(None)
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        if "report_" in vars(self):
            self._tell()


def told(model: Any) -> "Told":
    """The facts of a fitted model's page, from its fitted attributes as they are now."""
    view = object.__new__(type(model))
    view.__dict__.update({name: value for name, value in vars(model).items() if name != "report_"})
    found: Told = model._teller(view, model.report_.of(None))
    return found


@dataclass(frozen=True)
class Taken:
    """Targets as the loss takes them, the weights of the rows, and the problem that they belong to."""

    targets: AnyArray
    weights: FloatArray | None
    loss: Loss
    l2: float
    labels: AnyArray


@dataclass(frozen=True, eq=False)
class Told(Source):
    """A view of a fitted model, and its report; a subclass knows what its targets are.

    Parameters
    ----------
    model : estimator
        With all but its report.
    report : FitReport
        By itself.
    """

    model: Any
    report: Any

    kind: ClassVar[str]
    convex_risk: ClassVar[type[Any]]

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
        """Everything that `taut.pages.report_page` shows beside the report's own facts."""
        from taut.evidence import gathered, machine  # here: a fit needs neither them nor the gradient checker

        features, shape = self._features(feature_names), self._shape(image_shape)
        parameters = self.model.get_params(deep=False)
        options: dict[str, Any] = {
            "sample_weight": sample_weight is not None,
            "feature_names": feature_names is not None,
            "image_shape": shape,
            "held_out": held_out is not None,
        }
        known = {
            "kind": self.kind,
            "classes": self.names,
            "features": features,
            "image_shape": shape,
            "top": TOP[self.kind],
            "configuration": parameters,
            "machine": machine(parameters.get("random_state", "not used"), parameters.get("n_threads")),
            "code": remade(self.model, **options),
            "rows_known": X is not None,
            **self._weights(),
        }
        if X is None:
            if y is not None or held_out is not None:
                raise ValueError("give X too: the rows that the model was fitted on")
            return known
        if y is None:
            raise ValueError("give y too: the targets of the rows of X, as fit took them")
        matrix = validated_matrix(self.model, X, reset=False)
        taken = self.taken(matrix, y, sample_weight)
        case = self._case(matrix, taken, features, shape)
        self._check_rows(case)
        judged = ("training rows", matrix, y)
        if held_out is not None:
            other, truth = held_out
            judged = ("test rows", validated_matrix(self.model, other, reset=False), truth)
        told = case.judged(judged[0], *self.answers(*judged[1:]))
        return known | gathered(case) | self._card(case, taken, sample_weight) | self.further(case) | told

    @property
    @abstractmethod
    def names(self) -> list[str]:
        """What each score is called."""

    @abstractmethod
    def taken(self, matrix: Matrix, y: Any, sample_weight: Any) -> Taken:
        """The targets and weights of the rows, or a ValueError where the fit cannot have seen them."""

    def risk(self, matrix: Matrix, taken: Taken, model: Any) -> Objective:
        """The objective that was fitted, convex without a hidden layer."""
        kind = self.convex_risk if isinstance(model, Linear) else NetRisk
        return kind(matrix, taken.targets, taken.loss, model, taken.l2, taken.weights, self.model.n_threads)

    @abstractmethod
    def case(self, **known: Any) -> "Case":
        """The kind of case."""

    @abstractmethod
    def answers(self, matrix: Matrix, y: Any) -> tuple[Any, Any]:
        """What is true of these rows, and what the model says."""

    def further(self, case: Any) -> dict[str, Any]:
        """What only some kinds know."""
        return {}

    def scaling(self, matrix: Matrix, taken: Taken) -> tuple[FloatArray, FloatArray]:
        """Scale and shift of the columns that the penalty acts on."""
        d, of = matrix.shape[1], vars(self.model)
        return of.get("scale_", np.ones(d)), of.get("shift_", np.zeros(d))

    def own(self, matrix: Matrix) -> Matrix:
        """Pixels are computed with in the model's own type."""
        return matrix.computed_in(np.dtype(self.report.dtype)) if matrix.stored == np.uint8 else matrix

    def _parts(self) -> list[FloatArray]:
        """W and b, or W1, b1, W2 and b2, of the user's columns."""
        of = vars(self.model)
        if "W1_" in of:
            return [of["W1_"], of["b1_"], of["W2_"], of["b2_"]]
        return [np.atleast_2d(of["coef_"]).T, np.atleast_1d(of["intercept_"])]

    def _weights(self) -> dict[str, Any]:
        parts = self._parts()
        if len(parts) == 2:
            return {"weights": parts[0].T, "weights_of": self.names}
        from taut.evidence import strongest_units

        return strongest_units(parts[0], parts[2], self.names)

    def _case(self, matrix: Matrix, taken: Taken, features: list[str], shape: Any) -> "Case":
        parts = [part.astype(np.float64) for part in self._parts()]
        d, k = matrix.shape[1], len(self.names)
        model = Linear(d, k) if len(parts) == 2 else TwoLayer(d, len(parts[1]), k)
        scale, shift = self.scaling(matrix, taken)
        precise = matrix.computed_in(np.dtype(np.float64))
        risk = self.risk(precise if (scale == 1.0).all() else precise.scaled(scale), taken, model)
        return self.case(
            risk=risk,
            theta=np.concatenate([parts[0] / scale[:, None], *parts[1:]], axis=None),
            raw=matrix,
            raw_theta=np.concatenate(parts, axis=None),
            scores=scores_of(model, self._parts(), self.own(matrix)).astype(np.float64),
            scale=scale,
            shift=shift,
            names=self.names,
            features=features,
            image_shape=shape,
        )

    def _check_rows(self, case: Any) -> None:
        """As many rows as the fit had."""
        held = getattr(self.report, "n_validation", 0)
        n = len(case.risk.targets)
        found = n if len(self._parts()) == 2 else len(case.risk.counted)
        if self.report.status != "partial" and found != self.report.n + held:
            raise ValueError(
                f"X has {n:,} rows, but the model was fitted on {self.report.n + held:,}: give the rows of the fit "
                "(others go into held_out=(X, y))"
            )

    def _card(self, case: Any, taken: Taken, sample_weight: Any) -> dict[str, Any]:
        from taut.evidence import card, checked_objective

        lines = card(case, taken.labels, sample_weight)
        if self.report.status != "partial" and not getattr(self.report, "n_validation", 0):
            lines.append(("objective of these rows", checked_objective(case, self.report)))
        return {"data_card": lines}

    def _features(self, given: Sequence[str] | None) -> list[str]:
        d = self.model.n_features_in_
        if given is None:
            given = vars(self.model).get("feature_names_in_")
        names = [f"column {j + 1}" for j in range(d)] if given is None else [str(name) for name in given]
        if len(names) != d:
            raise ValueError(f"feature_names has {len(names):,} names, but the model has {d:,} columns")
        return names

    def _shape(self, given: Sequence[int] | None) -> tuple[int, ...] | None:
        if given is None:
            return None
        shape, d = tuple(int(size) for size in given), self.model.n_features_in_
        if len(shape) not in (2, 3) or (len(shape) == 3 and shape[0] != 3) or int(np.prod(shape)) != d:
            raise ValueError(f"image_shape must be (h, w) or (3, h, w) with {d:,} pixels in all, got {shape}")
        return shape
