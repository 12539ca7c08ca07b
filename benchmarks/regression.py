"""Ridge regression beside scikit-learn's Ridge, in turns: python benchmarks/regression.py --news DIR

Dense: 1,000,000 × 100 float64, one target. Sparse: the TF-IDF of 20 newsgroups (DIR holds train.jsonl.gz, one JSON
object a line with "text" and "label"), the logarithm of a text's length as one target, and the twenty labels one-hot.
Ridge keeps its own choice of solver; an error is the relative distance of an objective from that of a fit with
tol=1e-13.
"""

import argparse
import gzip
import json
import statistics
from functools import partial
from pathlib import Path

import numpy as np
import scipy
import sklearn
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import Ridge

import taut
from taut.bench._turns import seconds_in_turns


def objective(X, T, model, l2):
    """The risk at a model's weights."""
    coef = np.atleast_2d(model.coef_)
    residual = X @ coef.T + model.intercept_ - T.reshape(len(T), -1)
    return 0.5 * float((residual**2).sum()) / X.shape[0] + 0.5 * l2 * float((coef**2).sum())


def compare(name, X, T, alpha, rounds, *, ours, peers):
    """Print the median seconds, the ratio of each round's pair, and the errors."""
    l2 = alpha / X.shape[0]
    finest = taut.LinearRegressor(l2=l2, tol=1e-13, max_iter=3000).fit(X, T)
    lowest = objective(X, T, finest, l2)
    print(f"\n{name}: {X.shape[0]:,} x {X.shape[1]:,}, alpha {alpha:g}; optimum {lowest:.10g}, gap {finest.gap_:.1e}")
    makers = {f"LinearRegressor({told(words)})": partial(taut.LinearRegressor, l2=l2, **words) for words in ours}
    makers |= {f"Ridge({told(words)})": partial(Ridge, alpha=alpha, **words) for words in peers}
    contenders = {who: lambda make=make: make().fit(X, T) for who, make in makers.items()}
    errors = {who: objective(X, T, fit(), l2) / lowest - 1 for who, fit in contenders.items()}
    seconds = seconds_in_turns(contenders, rounds)
    first = next(iter(contenders))
    for who, each in seconds.items():
        ratio = statistics.median(b / a for a, b in zip(seconds[first], each, strict=True))
        print(f"  {who:<28} {statistics.median(each):8.3f} s   {ratio:6.2f} x the first   error {errors[who]:.1e}")


def told(words):
    """What was asked for."""
    return ", ".join(f"{name}={value!r}" for name, value in words.items())


def dense(rows, columns):
    """A made problem: X, t."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((rows, columns))
    X += rng.uniform(-1, 1, columns)
    return X, X @ rng.standard_normal(columns) + rng.standard_normal(rows) + 3.0


def news(folder):
    """TF-IDF, the logarithms of the texts' lengths, and the labels one-hot."""
    with gzip.open(Path(folder) / "train.jsonl.gz", "rt", encoding="utf-8") as lines:
        texts = [json.loads(line) for line in lines]
    X = TfidfVectorizer(sublinear_tf=True, min_df=2).fit_transform([text["text"] for text in texts])
    labels = np.unique([text["label"] for text in texts], return_inverse=True)[1]
    return X, np.log1p([float(len(text["text"])) for text in texts]), np.eye(20)[labels]


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rows", type=int, default=1_000_000)
    options.add_argument("--columns", type=int, default=100)
    options.add_argument("--news", help="folder with train.jsonl.gz; without it the sparse part is left out")
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--targets", choices=("one", "twenty", "both"), default="both", help="of the sparse part")
    asked = options.parse_args()
    libraries = {"taut": taut, "NumPy": np, "SciPy": scipy, "scikit-learn": sklearn}
    print(", ".join(f"{name} {library.__version__}" for name, library in libraries.items()))
    if asked.rows:
        X, t = dense(asked.rows, asked.columns)
        compare("dense", X, t, 1.0, asked.rounds, ours=[{}], peers=[{}])
        del X
    if asked.news:
        X, length, labels = news(asked.news)
        if asked.targets != "twenty":
            # Their tolerances mean other things: those beside each other end about as near to the optimum.
            ours, peers = [{}, {"tol": 2e-7}], [{"tol": 1e-5}, {}]
            compare("20 newsgroups, one target", X, length, 1.0, asked.rounds, ours=ours, peers=peers)
        if asked.targets != "one":
            compare("20 newsgroups, twenty targets", X, labels, 1.0, asked.rounds, ours=[{}], peers=[{}])


if __name__ == "__main__":
    main()
