"""What a language model of prose has to beat: n-grams with interpolated modified Kneser-Ney smoothing.

Run it: python examples/ngram_prose.py
        python examples/ngram_prose.py --data DIR --tune northanger --test persuasion

A language model gives each character a probability, given those before it. How good it is, is said in bits per
character: the mean of -log2 of the probabilities that it gave to what came, in text that it has not seen. Here models
of one character, of three, of five and six are counted in some texts, their discounts (what is taken from counts and
given to characters that were never seen behind a context) are tuned on another text, and they are judged by a third.

Which texts these are, and how they are kept apart, is in common/prose.py.
"""

from __future__ import annotations

import argparse
import time

from common.prose import add_options, parts_of, vocabulary_of
from mushin.models import NGram

SHOWN = 300


def main(arguments: list[str] | None = None) -> dict[str, float]:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_options(parser)
    parser.add_argument("--orders", type=int, nargs="+", default=[1, 3, 5, 6], help="how long grams are")
    parser.add_argument("--seed", type=int, default=0, help="of the text that the last model writes")
    options = parser.parse_args(arguments)

    parts = parts_of(options)
    vocabulary = vocabulary_of(parts["train"])
    ids = {part: [vocabulary.encode(text) for text in texts] for part, texts in parts.items()}
    train, tune, test = (sum(map(len, ids[part])) for part in ("train", "tune", "test"))
    print(
        f"{train:,} characters to count in, {tune:,} to tune on, {test:,} to predict; "
        f"{len(vocabulary) - len(vocabulary.specials)} different"
    )

    print("           bits per character         seconds")
    print("  order   estimated      tuned    count   tune")
    results = {}
    for order in options.orders:
        begin = time.perf_counter()
        model = NGram(order, len(vocabulary)).fit(ids["train"])
        counted = time.perf_counter()
        estimated = model.bits_per_token(ids["test"])
        judged = time.perf_counter()
        model.tune(ids["tune"])
        tuned = time.perf_counter()
        results[f"{order}, estimated"] = estimated
        results[f"{order}"] = model.bits_per_token(ids["test"])
        print(f"  {order:5} {estimated:11.3f} {results[f'{order}']:10.3f} {counted - begin:8.1f} {tuned - judged:6.1f}")
    print(f"The model of order {options.orders[-1]} writes:\n")
    written = model.sample(SHOWN, generator=options.seed)
    print(vocabulary.decode(written))
    return results


if __name__ == "__main__":
    main()
