"""The hidden layer of the multi-label classifier: trained as the two-layer classifier is."""

from typing import Any, NamedTuple

from sklearn.utils import check_random_state

from taut._typing import AnyArray, FloatArray
from taut.estimators._net_report_of import net_report_of
from taut.estimators._training import Settings, blas_held, checked_settings, general_solver
from taut.estimators._two_layer_classifier import SEEDS, TwoLayerClassifier
from taut.losses import MultilabelLoss
from taut.matrix import Matrix
from taut.models import TwoLayer
from taut.objective import NetRisk
from taut.report import NetReport
from taut.solvers import train

NET_SOLVERS = ("auto", "adam", "sgd", "quasi_newton")


class Net(NamedTuple):
    """W1, b1, W2 and b2, and how they were found."""

    parts: tuple[FloatArray, ...]
    report: NetReport


def net_settings(estimator: Any) -> tuple[Any, Settings]:
    """The two-layer classifier with these parameters, and its settings, checked."""
    names = ("hidden", "learning_rate", "decay", "momentum", "batch_size", "max_iter", "tol")
    solver = "adam" if estimator.solver == "auto" else estimator.solver
    net = TwoLayerClassifier(solver=solver, **{name: getattr(estimator, name) for name in names})
    return net, checked_settings(net)


def trained_net(
    estimator: Any,
    loss: MultilabelLoss,
    l2: float,
    matrix: Matrix,
    table: AnyArray,
    weights: FloatArray | None,
    weight_sum: float,
) -> Net:
    """Train on all rows until the loss falls no more."""
    net, settings = net_settings(estimator)
    rng = check_random_state(estimator.random_state)
    model = TwoLayer(matrix.shape[1], settings.hidden, table.shape[1])
    risk = NetRisk(matrix, table, loss, model, l2, weights, estimator.n_threads)
    theta = model.drawn(rng, mean_square=risk.mean_square).astype(matrix.dtype)
    solver = general_solver(net, settings.name, rng.randint(SEEDS))
    with blas_held(risk, net.batch_size):
        training = train(solver, risk, theta, settings.patience)
    report = net_report_of(risk, training, settings, weight_sum)
    return Net(tuple(part.copy() for part in model.views(training.theta.astype(matrix.dtype))), report)
