"""
Top words of a text classifier
==============================

Sparse text, a softmax classifier, and for each topic the words with the largest weights. Where scikit-learn has 20
newsgroups in its cache they are used, else a small corpus is made up here.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import fetch_20newsgroups
from sklearn.feature_extraction.text import TfidfVectorizer

import taut

# %%
# Texts
# -----

GROUPS = ["rec.autos", "sci.med", "sci.space"]
WORDS = {
    "cooking": "oven butter flour salt pan simmer onion garlic bake dough",
    "sailing": "mast wind sail harbour anchor tide rope deck keel hull",
    "chess": "rook bishop pawn castle check mate opening knight queen endgame",
}
COMMON = ["the", "a", "of", "and", "to", "in", "it", "was", "with", "for", "that", "on", "as", "by", "this"]


def made_up(n=600, seed=0):
    """Sentences of topic words, common words, and now and then a word of another topic."""
    rng = np.random.default_rng(seed)
    topics = list(WORDS)
    labels = rng.integers(0, len(topics), n)
    texts = []
    for label in labels:
        own = WORDS[topics[label]].split()
        other = WORDS[topics[rng.integers(len(topics))]].split()
        texts.append(" ".join([*rng.choice(own, 4), *rng.choice(COMMON, 10), rng.choice(other)]))
    return texts, np.array(topics)[labels]


try:
    news = fetch_20newsgroups(categories=GROUPS, remove=("headers", "footers", "quotes"), download_if_missing=False)
    texts, labels = news.data, np.array(news.target_names)[news.target]
except OSError:
    texts, labels = made_up()

# %%
# Fit, without turning the sparse matrix into a dense one
# -------------------------------------------------------

words = TfidfVectorizer(min_df=3, stop_words="english", sublinear_tf=True)
X = words.fit_transform(texts)
model = taut.LinearClassifier("softmax", l2=1e-3).fit(X, labels)
print(model.report_)
print(f"{X.shape[0]} texts, {X.shape[1]} words, {X.nnz / X.shape[0]:.0f} of them in a text")

# %%
# The words that speak for each topic, and those against it
# ----------------------------------------------------------

names = words.get_feature_names_out()
figure, axes = plt.subplots(1, len(model.classes_), figsize=(9, 4), layout="constrained", sharex=True)
for axis, topic, weights in zip(axes, model.classes_, model.coef_, strict=True):
    order = np.argsort(weights)
    shown = np.r_[order[:4], order[-8:]]
    axis.barh(names[shown], weights[shown], color=np.where(weights[shown] > 0, "#b5532a", "#1d5fa8"))
    axis.set_title(topic)
    axis.axvline(0, color="black", linewidth=0.8)
    print(f"{topic}: {', '.join(names[order[::-1][:8]])}")
plt.show()
