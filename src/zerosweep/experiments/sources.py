"""The sources of the published experiments, and what is done otherwise here than there."""

from __future__ import annotations

from dataclasses import dataclass

BOOK = (
    "Kōki Saitoh, *Deep Learning from Scratch* (ゼロから作るDeep Learning, O'Reilly Japan 2016), whose code is "
    "[oreilly-japan/deep-learning-from-scratch](https://github.com/oreilly-japan/deep-learning-from-scratch)"
)
"""The book that four of the articles work through, as Markdown."""


@dataclass(frozen=True)
class Source:
    """Where the experiments of one number, such as E1, come from.

    Attributes:
        short: The name of the article in a table, as in "E1 · 筋肉めがね 2018".
        article: The article as Markdown: author, title, year, address where one is known; "" where there is none.
        book: The chapters of the book, as text; "" where it has none of this.
        otherwise: What is done otherwise than published, a sentence each.
    """

    short: str
    article: str
    book: str = ""
    otherwise: tuple[str, ...] = ()


SOURCES = {
    "E1": Source(
        "E1 · 筋肉めがね 2018",
        '筋肉めがね, "ゼロから作るDeep Learning(21日目)", December 2018 (a blog; its address is not known to us)',
        "section 6.2 (the activations) and section 6.3 (batch normalization)",
        (
            "The article draws new mini-batches and new weights for every scale, without a seed; here all 32 networks "
            "see the same mini-batches, and with or without BN start from the same weights.",
            "It measures after the first update and then every tenth, and calls that epochs; here the points are the "
            "ends of epochs 1 to 20, and the untrained network as epoch 0.",
            "The article names the activations and does not show them; the histograms are the book's.",
        ),
    ),
    "E2": Source(
        "E2 · sambaiz 2018",
        'sambaiz, "Deep LearningのBatch Normalizationの効果をTensorFlowで確認する", on '
        "[sambaiz.net](https://www.sambaiz.net/)",
        "",
        (
            "The article trains on 42,000 images of MNIST in a CSV of Kaggle's; here 42,000 of MNIST's own 60,000 "
            "training images stand in for it, split 37,800 to 4,200 as there.",
            "Where both columns differ, the article never updates the running statistics of BN, so that at validation "
            "it normalizes with mean 0 and variance 1; ours are running means.",
            "The runs without a clip are ours.",
        ),
    ),
    "E3": Source(
        "E3 · 写経 4章",
        "「ゼロから作るDeepLearning」を写経してみる(4)「4章ニューラルネットワークの学習」 (a blog, 2017 or later; author and "
        "address are not known to us)",
        "chapter 4 (gradient_2d.py, gradient_method.py, gradient_simplenet.py, train_neuralnet.py)",
        (
            "The article computes every gradient by central differences with h = 1e-4; here each is computed by "
            "calculus, and the central differences stand beside it.",
            "It gave up on the two-layer network in a notebook and ran the book's code; here that network is trained "
            "at the book's size, 10,000 mini-batches of 100.",
        ),
    ),
    "E4": Source(
        "E4 · tibet 2021",
        'tibet, "ラビットチャレンジレポート 深層学習DAY2 その2", November 2021, section 2, of the blog '
        "[tibetter.hatenablog.com](https://tibetter.hatenablog.com/)",
        "section 6.1 (the ravine)",
        (
            "The article shows one unseeded run of each optimizer; here there are several seeds, of which the panels "
            "show one and the last one all.",
            "It measures the accuracy on the mini-batch after the update, here it is that before.",
            "It describes saddles, local minima and valleys and draws none; these surfaces are ours, as are the "
            "schedules.",
        ),
    ),
    "E5": Source(
        "E5 · tibet 2021",
        'tibet, "ラビットチャレンジレポート 深層学習DAY2 その2", November 2021, section 3, of the blog '
        "[tibetter.hatenablog.com](https://tibetter.hatenablog.com/)",
        "section 6.4",
        (
            "Everything that the article does otherwise than most has a setting here, and both are run: its loops for "
            "L2, L1 and dropout with L1 never update the output layer (trainer.frozen), its dropout scales at test "
            "time (regularizer.dropout_scaling), and its dropout keeps an L2 penalty of 0.005.",
            "Its initial weights are not in the text; the book's network of that name uses He's.",
        ),
    ),
    "E6": Source(
        "E6 · t-tkd3a 2017",
        't-tkd3a, "シンプルなNNで 学習失敗時の挙動と Batch Normalization の効果を見る", 2017, '
        "[qiita.com/t-tkd3a/items/fc0c9f7923847a44962c](https://qiita.com/t-tkd3a/items/fc0c9f7923847a44962c)",
        "",
        (
            "Its settings are in pictures only. That gradients are sums is in its text; the scale of the pixels, the "
            "first weights and the slope of the leaky ReLU were searched, in [regimes.md](regimes.md).",
            "It shows one seed; here there are ten or twenty, and the figures show the article's own. A unit counts as "
            "lost where its lines are flat, as in the article.",
        ),
    ),
    "E7": Source("E7", "", "section 6.5 (the random search); the search over learning rate and weight scale is ours"),
}
"""The source of each experiment, by the number with which the titles of its sweeps begin."""


def attribution(experiment: str) -> str:
    """Return where an experiment comes from and what is done otherwise, as Markdown."""
    source = SOURCES[experiment]
    parts = [f"Article: {source.article}."] if source.article else []
    parts += [f"Book: {source.book}."] if source.book else []
    parts += ["Done otherwise than published: " + " ".join(source.otherwise)] if source.otherwise else []
    return " ".join(parts)
