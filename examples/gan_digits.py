"""A generative adversarial network that draws digits of 8 x 8 pixels.

Run it: python examples/gan_digits.py --out pictures
        python examples/gan_digits.py --epochs 30

Two networks play against each other (Goodfellow and others 2014, https://arxiv.org/abs/1406.2661). The generator makes
drawings of random numbers; the discriminator learns to tell them from the digits of the data set, and the generator
learns to make such as the discriminator takes for real. Each has an optimizer and a recorded step of its own.

Neither loss says how good the drawings are, since each depends on what the other network can do. A judge does: a
classifier that has been trained on real digits. Its score (Salimans and others 2016, https://arxiv.org/abs/1606.03498)
is high if it is sure what each drawing shows, and if all ten digits are drawn equally often:

    score = exp(mean of KL(p(digit | drawing) || p(digit)))     from 1 to 10
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np

import mushin
from mushin import nn, optim
from mushin.data import DataLoader, TensorDataset, load_digits

NOISE = 32
HIDDEN = 256
BATCH_SIZE = 64
REAL = 0.9  # what the discriminator should say of a real digit: not quite 1, so that it never grows too sure


def generator_network() -> nn.Sequential:
    """From random numbers, (n, NOISE), to images, (n, 64), of pixels from -1 to 1."""
    return nn.Sequential(
        nn.Linear(NOISE, HIDDEN),
        nn.LeakyReLU(0.2),
        nn.Linear(HIDDEN, HIDDEN),
        nn.LeakyReLU(0.2),
        nn.Linear(HIDDEN, 64),
        nn.Tanh(),
    )


def discriminator_network() -> nn.Sequential:
    """From images, (n, 64), to logits, (n, 1): above 0 for those that it takes for real."""
    return nn.Sequential(
        nn.Linear(64, HIDDEN),
        nn.LeakyReLU(0.2),
        nn.Dropout(0.3),
        nn.Linear(HIDDEN, HIDDEN),
        nn.LeakyReLU(0.2),
        nn.Dropout(0.3),
        nn.Linear(HIDDEN, 1),
    )


def trained_judge(x: np.ndarray, digits: np.ndarray, epochs: int = 20) -> nn.Sequential:
    """A classifier of real digits."""
    judge = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))
    optimizer = optim.Adam(judge.parameters(), lr=0.005)

    @mushin.compile
    def judge_step(images, targets):
        optimizer.zero_grad()
        nn.functional.cross_entropy(judge(images), targets).backward()
        optimizer.step()

    loader = DataLoader(TensorDataset(x, digits), batch_size=BATCH_SIZE, shuffle=True)
    for _ in range(epochs):
        for images, targets in loader:
            judge_step(images, targets)
    return judge


def score(judge: nn.Sequential, images: np.ndarray) -> tuple[float, np.ndarray]:
    """The judge's score of images, (n, 64), and the share of each digit among them, (10,)."""
    with mushin.no_grad():
        p = judge(mushin.tensor(images)).softmax(dim=1).numpy().astype(np.float64)
    share = p.mean(axis=0)
    divergence = (p * (np.log(p + 1e-12) - np.log(share + 1e-12))).sum(axis=1)
    return float(np.exp(divergence.mean())), np.bincount(p.argmax(axis=1), minlength=10) / len(p)


def players(learning_rate: float) -> tuple[nn.Sequential, Callable, Callable]:
    """The generator, and the recorded steps of the discriminator and of the generator."""
    generator, discriminator = generator_network(), discriminator_network()
    of_generator = optim.Adam(generator.parameters(), lr=learning_rate, betas=(0.5, 0.999))
    of_discriminator = optim.Adam(discriminator.parameters(), lr=learning_rate, betas=(0.5, 0.999))
    loss_of = nn.functional.binary_cross_entropy_with_logits

    @mushin.compile
    def discriminator_step(real):
        drawn = generator(mushin.randn(len(real), NOISE)).detach()
        of_real, of_drawn = discriminator(real), discriminator(drawn)
        loss = loss_of(of_real, mushin.full_like(of_real, REAL)) + loss_of(of_drawn, mushin.zeros_like(of_drawn))
        of_discriminator.zero_grad()  # the generator's step has left gradients here
        loss.backward()
        of_discriminator.step()
        return loss

    @mushin.compile
    def generator_step():
        of_drawn = discriminator(generator(mushin.randn(BATCH_SIZE, NOISE)))
        loss = loss_of(of_drawn, mushin.ones_like(of_drawn))
        of_generator.zero_grad()
        loss.backward()
        of_generator.step()
        return loss

    return generator, discriminator_step, generator_step


def draw(generator: nn.Sequential, noise: mushin.Tensor) -> np.ndarray:
    """Images, (n, 64), of pixels from -1 to 1."""
    with mushin.no_grad():
        return generator(noise).numpy()


def save(images: np.ndarray, path: Path, title: str) -> None:
    """A picture of the first 64 images."""
    from matplotlib.figure import Figure

    page = np.pad(images[:64].reshape(8, 8, 8, 8), ((0, 0), (0, 0), (1, 1), (1, 1)), constant_values=-1)
    figure = Figure(figsize=(4, 4.3), layout="constrained")
    axes = figure.subplots()
    axes.imshow(page.transpose(0, 2, 1, 3).reshape(80, 80), cmap="gray", vmin=-1, vmax=1)
    axes.set_axis_off()
    axes.set_title(title)
    figure.savefig(path)


def main(arguments: list[str] | None = None) -> dict[str, float]:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=200)
    parser.add_argument("--learning-rate", type=float, default=0.0005)
    parser.add_argument("--out", type=Path, help="a folder for pictures of drawings")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)

    mushin.manual_seed(options.seed)
    images, digits = load_digits()
    x = (images.reshape(-1, 64) / 8 - 1).astype(np.float32)
    judge = trained_judge(x, digits)
    generator, discriminator_step, generator_step = players(options.learning_rate)
    noise = mushin.randn(1_000, NOISE)  # always the same, so that a drawing can be followed from epoch to epoch
    if options.out:
        options.out.mkdir(parents=True, exist_ok=True)

    loader = DataLoader(TensorDataset(x), batch_size=BATCH_SIZE, shuffle=True, drop_last=True)
    results = {"real": score(judge, x)[0], "before": score(judge, draw(generator, noise))[0]}
    print(f"score: real digits {results['real']:.2f}, an untrained generator {results['before']:.2f}")
    for epoch in range(1, options.epochs + 1):
        losses = [(discriminator_step(real).item(), generator_step().item()) for (real,) in loader]
        if epoch % max(options.epochs // 10, 1) == 0:
            drawn = draw(generator, noise)
            value, _ = score(judge, drawn)
            d, g = np.mean(losses, axis=0)
            print(f"epoch {epoch:4}: losses of discriminator {d:.3f} and generator {g:.3f}; score {value:.2f}")
            if options.out:
                save(drawn, options.out / f"drawings-{epoch:04}.png", f"epoch {epoch}, score {value:.2f}")

    results["after"], shares = score(judge, draw(generator, noise))
    results["rarest"] = float(shares.min())
    print("share of each digit: " + "  ".join(f"{digit}: {share:.0%}" for digit, share in enumerate(shares)))
    print(f"discriminator: {discriminator_step.step.summary()}; generator: {generator_step.step.summary()}")
    results["replayed"] = min(discriminator_step.step.replayed_share, generator_step.step.replayed_share)
    return results


if __name__ == "__main__":
    main()
