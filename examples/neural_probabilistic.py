"""The neural probabilistic language model: a network that predicts a word from the few words before it.

Run it: python examples/neural_probabilistic.py
        python examples/neural_probabilistic.py --data DIR --tune northanger --test persuasion

An n-gram knows nothing of a context that it has not seen. This model gives each word a vector, the same one in every
place of the context, and what it learns of one word serves those whose vectors are near:

    x = (C w_{t-1}, ..., C w_{t-n+1}),  y = b + W x + U tanh(d + H x),  P(w_t = i | context) = softmax(y)_i

W, the connections from the vectors to the output that pass the hidden layer by, are there with --direct. It is judged
beside the n-gram of the same order, with the same words of the same texts, and so is the mean of their probabilities:
they are wrong in different places. The tuning texts say which epoch's model is kept.

Source: Bengio, Ducharme, Vincent and Jauvin 2003, A neural probabilistic language model.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

import mushin
from common.prose import add_options, parts_of, vocabulary_of
from mushin import Tensor, nn, optim
from mushin.data import DataLoader, TensorDataset
from mushin.models import NGram

AT_ONCE = 1024  # words that are judged together


class NeuralProbabilistic(nn.Module):
    """See above.

    Args:
        size: of the vocabulary.
        order: n; contexts have order - 1 words.
        features: the width of a word's vector.
        hidden: units of the hidden layer.
        direct: whether there is W.
    """

    def __init__(self, size: int, order: int, features: int, hidden: int, direct: bool) -> None:
        super().__init__()
        width = (order - 1) * features
        self.embedding = nn.Embedding(size, features)
        nn.init.normal_(self.embedding.weight, 0.0, 0.1)
        self.hidden = nn.Linear(width, hidden)
        self.output = nn.Linear(hidden, size)
        self.direct = nn.Linear(width, size, bias=False) if direct else None

    def forward(self, contexts: Tensor) -> Tensor:
        """(batch, order - 1) ids to (batch, size) logits."""
        x = self.embedding(contexts).flatten(1)
        y = self.output(self.hidden(x).tanh())
        return y if self.direct is None else y + self.direct(x)

    def log_prob(self, contexts: np.ndarray, words: np.ndarray) -> np.ndarray:
        """The logarithm of the probability of each word, float64."""
        found = []
        with mushin.no_grad():
            for begin in range(0, len(words), AT_ONCE):
                part = slice(begin, begin + AT_ONCE)
                values = nn.functional.log_softmax(self(mushin.tensor(contexts[part])), dim=1).numpy()
                found.append(values[np.arange(len(values)), words[part]])
        return np.concatenate(found).astype(np.float64)


def windows(texts: list[np.ndarray], order: int, begin: int) -> tuple[np.ndarray, np.ndarray]:
    """Of every word its context, (n, order - 1), and itself, (n,); a text's first words have `begin` before them."""
    padded = [np.concatenate([np.full(order - 1, begin), text]) for text in texts]
    both = np.concatenate([np.lib.stride_tricks.sliding_window_view(each, order) for each in padded])
    return both[:, :-1].copy(), both[:, -1].copy()


def main(arguments: list[str] | None = None) -> dict[str, float]:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_options(parser)
    parser.add_argument("--min-count", type=int, default=3, help="how often a word comes that is known")
    parser.add_argument("--order", type=int, default=4, help="n: one word is predicted from n - 1")
    parser.add_argument("--features", type=int, default=60, help="the width of a word's vector")
    parser.add_argument("--hidden", type=int, default=100)
    parser.add_argument("--direct", action="store_true", help="connections from the vectors to the output")
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--learning-rate", type=float, default=0.002)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)

    parts = parts_of(options)
    vocabulary = vocabulary_of(parts["train"], "words", options.min_count)
    ids = {part: [vocabulary.encode(text) for text in texts] for part, texts in parts.items()}
    contexts, words = windows(ids["train"], options.order, vocabulary.bos_id)
    tune, test = (windows(ids[part], options.order, vocabulary.bos_id) for part in ("tune", "test"))
    print(f"{len(words):,} words to learn from, {len(tune[1]):,} to tune on, {len(test[1]):,} to predict;")
    unknown = np.mean(test[1] == vocabulary.unk_id)
    print(f"{len(vocabulary):,} different, and {unknown:.2%} of those to predict are none of them\n")

    mushin.manual_seed(options.seed)
    model = NeuralProbabilistic(len(vocabulary), options.order, options.features, options.hidden, options.direct)
    optimizer = optim.Adam(model.parameters(), lr=options.learning_rate)
    loader = DataLoader(TensorDataset(contexts, words), batch_size=options.batch_size, shuffle=True)
    schedule = optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.05, total_iters=options.epochs * len(loader))

    @mushin.compile
    def step(inputs, targets):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(inputs), targets)
        loss.backward()
        optimizer.step()
        return loss

    best, kept = np.inf, {}
    print("  epoch   perplexity: training   tuning texts   seconds")
    begin = time.perf_counter()
    for epoch in range(1, options.epochs + 1):
        losses = []
        for inputs, targets in loader:
            losses.append(step(inputs, targets).item())
            schedule.step()
        tuning = np.exp(-model.log_prob(*tune).mean())
        print(
            f"  {epoch:5} {np.exp(np.mean(losses)):22.1f} {tuning:14.1f} {time.perf_counter() - begin:9.1f}", flush=True
        )
        if tuning < best:
            best, kept = tuning, {name: value.numpy().copy() for name, value in model.state_dict().items()}
    model.load_state_dict(kept)

    judged = {
        f"{order}-gram": NGram(order, len(vocabulary)).fit(ids["train"]).tune(ids["tune"]).log_prob(ids["test"])
        for order in (1, options.order)
    }
    judged["neural"] = model.log_prob(*test)
    judged["mean of both"] = np.logaddexp(judged[f"{options.order}-gram"], judged["neural"]) - np.log(2)
    results = {name: float(np.exp(-found.mean())) for name, found in judged.items()}
    print("\nperplexity of the test texts:")
    for name, perplexity in results.items():
        print(f"  {name:14} {perplexity:8.1f}")
    print(f"recorded step: {step.step.summary()}")
    return {**results, "replayed": step.step.replayed_share}


if __name__ == "__main__":
    main()
