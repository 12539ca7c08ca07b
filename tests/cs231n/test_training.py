"""Training: the random streams of the course, its published figures, its lines on the screen."""

import numpy as np
import pytest
from scipy import sparse

from taut.cs231n import eval_numerical_gradient, full, half, rel_error

COURSES = pytest.mark.parametrize("course", [half, full], ids=["half", "full"])
CLASSIFIERS = pytest.mark.parametrize("name", ["LinearSVM", "Softmax"])


@pytest.fixture(autouse=True)
def global_stream():
    state = np.random.get_state()
    yield
    np.random.set_state(state)


def blobs(n=60, d=4, k=3, seed=0):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, k, n)
    return 3 * np.eye(k, d)[y] + rng.standard_normal((n, d)), y


def toy_net(course):
    np.random.seed(0)
    return course.TwoLayerNet(4, 10, 3, std=1e-1)


def toy_data():
    np.random.seed(1)
    return 10 * np.random.randn(5, 4), np.array([0, 1, 2, 2, 1])


# --- linear classifiers -----------------------------------------------------------------------------------------------


@COURSES
@CLASSIFIERS
def test_steps_and_random_numbers_are_those_of_the_course(course, name):
    X, y = blobs()
    loss = course.svm_loss_naive if name == "LinearSVM" else course.softmax_loss_naive
    np.random.seed(3)
    W = 0.001 * np.random.randn(4, 3)
    losses = []
    for _ in range(7):
        rows = np.random.choice(60, 11, replace=True)
        value, gradient = loss(W, X[rows], y[rows], 0.1)
        losses.append(value)
        W -= 0.2 * gradient
    model = getattr(course, name)()
    np.random.seed(3)
    history = model.train(X, y, learning_rate=0.2, reg=0.1, num_iters=7, batch_size=11)
    np.testing.assert_allclose(history, losses, rtol=1e-12)
    np.testing.assert_allclose(model.W, W, rtol=1e-12, atol=1e-14)


@CLASSIFIERS
def test_a_second_training_goes_on(name):
    X, y = blobs()
    whole, parts = getattr(half, name)(), getattr(half, name)()
    np.random.seed(0)
    history = whole.train(X, y, num_iters=6, batch_size=5)
    np.random.seed(0)
    assert parts.train(X, y, num_iters=4, batch_size=5) + parts.train(X, y, num_iters=2, batch_size=5) == history
    np.testing.assert_array_equal(parts.W, whole.W)


@CLASSIFIERS
def test_it_learns_and_leaves_what_it_was_given(name):
    X, y = blobs()
    model = getattr(half, name)()
    model.W = start = np.zeros((4, 3))
    given = X.copy()
    history = model.train(X, y, learning_rate=0.1, num_iters=200)
    assert history[-1] < 0.5 * history[0]
    assert np.mean(model.predict(X) == y) > 0.9
    assert type(model.W) is np.ndarray
    assert not start.any()
    np.testing.assert_array_equal(X, given)


def test_sparse_examples_and_matrices():
    X, y = blobs()
    trained = {}
    for name, given in (("dense", X), ("sparse", sparse.csr_array(X)), ("matrix", X.view(np.matrix))):
        np.random.seed(0)
        model = half.Softmax()
        model.train(given, y, num_iters=5)
        trained[name] = model.W
        predicted = model.predict(given)
        assert type(predicted) is np.ndarray
        assert predicted.shape == (60,)
    np.testing.assert_allclose(trained["sparse"], trained["dense"], rtol=1e-9)
    np.testing.assert_allclose(trained["matrix"], trained["dense"], rtol=1e-12)


@CLASSIFIERS
def test_progress_is_told_only_on_request(name, capsys):
    X, y = blobs()
    model = getattr(half, name)()
    history = model.train(X, y, num_iters=201)
    assert capsys.readouterr().out == ""
    model.W = None
    history = model.train(X, y, num_iters=201, verbose=True)
    assert capsys.readouterr().out.splitlines() == [f"iteration {i} / 201: loss {history[i]:f}" for i in (0, 100, 200)]


def test_errors_of_training():
    X, y = blobs()
    with pytest.raises(ValueError, match=r"images become rows by X\.reshape"):
        half.LinearSVM().train(np.zeros((5, 32, 32, 3)), np.zeros(5, int))
    with pytest.raises(ValueError, match="y must hold 60 class numbers"):
        half.LinearSVM().train(X, y[:-1])
    with pytest.raises(ValueError, match="no weights yet"):
        half.LinearSVM().predict(X)
    with pytest.raises(ValueError, match="no weights yet"):
        half.Softmax().loss(X, y, 0.0)
    with pytest.raises(TypeError, match="abstract"):
        half.LinearClassifier()


# --- the two-layer network --------------------------------------------------------------------------------------------

SCORES = [
    [-0.81233741, -1.27654624, -0.70335995],
    [-0.17129677, -1.18803311, -0.47310444],
    [-0.51590475, -1.01354314, -0.8504215],
    [-0.15419291, -0.48629638, -0.52901952],
    [-0.00618733, -0.12435261, -0.15226949],
]


@COURSES
def test_the_published_scores_of_the_toy_network(course):
    net, (X, _) = toy_net(course), toy_data()
    assert np.abs(net.loss(X) - SCORES).max() < 1e-8


@pytest.mark.parametrize(("course", "reg"), [(full, 0.05), (half, 0.1)])
def test_the_published_loss_of_the_toy_network(course, reg):
    net, (X, y) = toy_net(course), toy_data()
    assert net.loss(X, y, reg=reg)[0] == pytest.approx(1.30378789133, abs=1e-11)


@pytest.mark.parametrize(("course", "final"), [(full, 0.017149607938732093), (half, 0.017143643532923747)])
def test_the_published_training_of_the_toy_network(course, final):
    (X, y), net = toy_data(), toy_net(course)
    stats = net.train(X, y, X, y, learning_rate=1e-1, reg=5e-6, num_iters=100, verbose=False)
    assert stats["loss_history"][-1] == pytest.approx(final, rel=1e-11)
    assert stats["loss_history"][0] == pytest.approx(1.241994 if course is full else 1.241992, abs=1e-6)
    assert [len(stats[name]) for name in ("loss_history", "train_acc_history", "val_acc_history")] == [100] * 3
    assert stats["val_acc_history"][-1] == 1.0


@COURSES
def test_gradients_of_the_network(course):
    net, (X, y) = toy_net(course), toy_data()
    loss, grads = net.loss(X, y, reg=0.1)
    assert type(loss) is float
    assert set(grads) == {"W1", "b1", "W2", "b2"}
    for name, gradient in grads.items():
        assert type(gradient) is np.ndarray
        # the course's way: the function ignores its argument, and looks at the parameter that is changed in place
        numeric = eval_numerical_gradient(lambda _: net.loss(X, y, reg=0.1)[0], net.params[name], verbose=False)
        assert rel_error(numeric, gradient) < 1e-7


def test_start_of_the_network():
    np.random.seed(5)
    expected = {"W1": 0.1 * np.random.randn(6, 4), "W2": 0.1 * np.random.randn(4, 3)}
    np.random.seed(5)
    net = half.TwoLayerNet(6, 4, 3, std=0.1)
    for name, wanted in (expected | {"b1": np.zeros(4), "b2": np.zeros(3)}).items():
        np.testing.assert_array_equal(net.params[name], wanted)
    assert list(net.params) == ["W1", "b1", "W2", "b2"]
    small = half.TwoLayerNet(500, 50, 10)
    assert 0.9e-4 < small.params["W1"].std() < 1.1e-4
    X = np.random.default_rng(0).standard_normal((20, 500))
    assert small.loss(X, np.arange(20) % 10)[0] == pytest.approx(-np.log(0.1), rel=1e-4)


@COURSES
def test_training_of_the_network_step_by_step(course):
    (X, y), (X_val, y_val) = blobs(), blobs(seed=1)
    np.random.seed(2)
    net, twin = course.TwoLayerNet(4, 5, 3, std=0.5), course.TwoLayerNet(4, 5, 3)
    twin.params = {name: each.copy() for name, each in net.params.items()}
    np.random.seed(9)
    stats = net.train(X, y, X_val, y_val, 0.3, 0.5, reg=0.01, num_iters=9, batch_size=15)
    np.random.seed(9)
    rate, losses, seen, held_out = 0.3, [], [], []
    for iteration in range(9):
        rows = np.random.choice(60, 15)
        loss, grads = twin.loss(X[rows], y[rows], reg=0.01)
        losses.append(loss)
        for name in grads:
            twin.params[name] -= rate * grads[name]
        if iteration in (0, 4, 8):  # an epoch is 60 / 15 iterations
            seen.append(np.mean(np.argmax(twin.loss(X[rows]), axis=1) == y[rows]))
            held_out.append(np.mean(twin.predict(X_val) == y_val))
            rate *= 0.5
    np.testing.assert_allclose(stats["loss_history"], losses, rtol=1e-12)
    assert (stats["train_acc_history"], stats["val_acc_history"]) == (seen, held_out)
    for name in grads:
        np.testing.assert_allclose(net.params[name], twin.params[name], rtol=1e-12, atol=1e-14)


def test_the_network_tells_its_progress_on_request(capsys):
    (X, y), net = toy_data(), toy_net(half)
    net.train(X, y, X, y, num_iters=3)
    assert capsys.readouterr().out == ""
    history = net.train(X, y, X, y, num_iters=101, verbose=True)["loss_history"]
    assert capsys.readouterr().out.splitlines() == [f"iteration {i} / 101: loss {history[i]:f}" for i in (0, 100)]


def test_enormous_scores_do_not_overflow():
    net = half.TwoLayerNet(2, 2, 2)
    net.params = {"W1": 1e3 * np.eye(2), "b1": np.zeros(2), "W2": 1e3 * np.eye(2), "b2": np.zeros(2)}
    loss, grads = net.loss(np.eye(2), np.array([1, 0]))
    assert loss == 1e6
    assert all(np.isfinite(each).all() for each in grads.values())


def test_errors_of_the_network():
    (X, y), net = toy_data(), toy_net(half)
    with pytest.raises(ValueError, match=r"images become rows"):
        net.train(X[:, :, None], y, X, y)
    with pytest.raises(ValueError, match="y must hold 5 class numbers"):
        net.train(X, y, X, y[:3])
    with pytest.raises(ValueError, match=r"y\[2\] = 3"):
        net.loss(X, np.array([0, 1, 3, 2, 1]))


@COURSES
def test_lists_train_too_and_batches_hold_rows(course):
    X, y = blobs()
    for rows, labels in ((X, y), (X.tolist(), y.tolist())):
        np.random.seed(0)
        svm, net = course.LinearSVM(), course.TwoLayerNet(4, 3, 3)
        svm.train(rows, labels, num_iters=2)
        net.train(rows, labels, rows, labels, num_iters=2)
        if rows is X:
            first = svm.W, net.params["W1"]
    np.testing.assert_array_equal(first[0], svm.W)
    np.testing.assert_array_equal(first[1], net.params["W1"])
    with pytest.raises(ValueError, match="batch_size must be >= 1, got 0"):
        svm.train(X, y, batch_size=0)
    with pytest.raises(ValueError, match="batch_size must be >= 1, got 0"):
        net.train(X, y, X, y, batch_size=0)
