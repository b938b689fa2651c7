"""Regression that says how sure it is: networks that predict a mean and a variance, and an ensemble of them.

Run it: python examples/regression_with_uncertainty.py
        python examples/regression_with_uncertainty.py --epochs 20 --members 2 --out pictures

The target is y = sin(3 x) + noise whose standard deviation grows with x. There are two kinds of not knowing:

- Noise, which more data do not take away. A network predicts it as a variance, trained with the Gaussian negative log
  likelihood, (log(variance) + (y - mean)^2 / variance) / 2.
- What has not been learned, which more data would teach. Networks that start from other weights agree where there were
  data and disagree elsewhere: the spread of an ensemble's means measures it.

A prediction is calibrated if its 50 % interval holds half of the targets, its 90 % interval nine tenths of them.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from statistics import NormalDist
from typing import Any

import numpy as np

import mushin
from mushin import nn, optim
from mushin.data import DataLoader, TensorDataset

WIDTH = 64
BATCH_SIZE = 50
LOW, HIGH = -2.0, 2.0  # where there are data


def noise(x: np.ndarray) -> np.ndarray:
    """The standard deviation of the noise: from 0.05 on the left to 0.45 on the right."""
    return 0.25 + 0.1 * x


def points(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """x and y, (n, 1) float32."""
    random = np.random.default_rng(seed)
    x = random.uniform(LOW, HIGH, (n, 1))
    y = np.sin(3 * x) + noise(x) * random.standard_normal((n, 1))
    return x.astype(np.float32), y.astype(np.float32)


class MeanAndVariance(nn.Module):
    """A network with two outputs: from x, (n, 1), a mean and a variance above zero, (n, 1) each."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Linear(1, WIDTH), nn.ReLU(), nn.Linear(WIDTH, WIDTH), nn.ReLU())
        self.mean = nn.Linear(WIDTH, 1)
        self.log_variance = nn.Linear(WIDTH, 1)

    def forward(self, x: mushin.Tensor) -> tuple[mushin.Tensor, mushin.Tensor]:
        hidden = self.body(x)
        return self.mean(hidden), self.log_variance(hidden).exp()


def train(x: np.ndarray, y: np.ndarray, epochs: int) -> tuple[MeanAndVariance, Any]:
    """A trained network and its recorded step."""
    model = MeanAndVariance()
    optimizer = optim.Adam(model.parameters(), lr=0.005)
    schedule = optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=epochs)

    @mushin.compile
    def train_step(inputs, targets):
        mean, variance = model(inputs)
        loss = nn.functional.gaussian_nll_loss(mean, targets, variance)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    loader = DataLoader(TensorDataset(x, y), batch_size=BATCH_SIZE, shuffle=True)
    for _ in range(epochs):
        losses = [train_step(inputs, targets).item() for inputs, targets in loader]
        schedule.step()
    print(f"  loss of the last epoch {np.mean(losses):.3f}; {train_step.step.summary()}")
    return model, train_step.step


class Prediction:
    """An ensemble's prediction: the normal distribution with the mean and variance of the members' mixture.

    mean: the mean of the members' means.
    noise: the root of the mean of their variances.
    unlearned: the standard deviation of their means.
    deviation: of both, whose squares add up.
    """

    def __init__(self, members: list[MeanAndVariance], x: np.ndarray) -> None:
        with mushin.no_grad():
            pairs = [member(mushin.tensor(x)) for member in members]
        means = np.stack([mean.numpy() for mean, _ in pairs])
        variances = np.stack([variance.numpy() for _, variance in pairs])
        self.mean = means.mean(axis=0)
        self.noise = np.sqrt(variances.mean(axis=0))
        self.unlearned = means.std(axis=0)
        self.deviation = np.hypot(self.noise, self.unlearned)

    def share_inside(self, y: np.ndarray, level: float) -> float:
        """The share of targets inside the central interval that should hold `level` of them."""
        reach = NormalDist().inv_cdf((1 + level) / 2) * self.deviation
        return float((np.abs(y - self.mean) <= reach).mean())


def draw(members: list[MeanAndVariance], x: np.ndarray, y: np.ndarray, path: Path) -> None:
    """The data, the prediction and its 90 % interval, and how much of that is noise."""
    from matplotlib.figure import Figure

    line = np.linspace(LOW - 1.5, HIGH + 1.5, 400, dtype=np.float32)[:, None]
    prediction = Prediction(members, line)
    reach = NormalDist().inv_cdf(0.95)
    figure = Figure(figsize=(8, 4), layout="constrained")
    axes = figure.subplots()
    axes.scatter(x, y, s=4, color="gray", label="data")
    axes.plot(line, prediction.mean, label="mean")
    for deviation, label in ((prediction.deviation, "90 %, all"), (prediction.noise, "90 %, noise alone")):
        low, high = prediction.mean - reach * deviation, prediction.mean + reach * deviation
        axes.fill_between(line[:, 0], low[:, 0], high[:, 0], alpha=0.25, label=label)
    axes.set_ylim(-4, 4)
    axes.legend()
    figure.savefig(path)


def main(arguments: list[str] | None = None) -> dict[str, float]:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=150)
    parser.add_argument("--members", type=int, default=5, help="networks in the ensemble")
    parser.add_argument("--out", type=Path, help="a folder for a picture")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)

    mushin.manual_seed(options.seed)
    x, y = points(1_000, options.seed)
    print(f"{options.members} networks, {len(x):,} points to train on")
    trained = [train(x, y, options.epochs) for _ in range(options.members)]
    members = [model for model, _ in trained]

    test_x, test_y = points(10_000, options.seed + 1)
    results = {"replayed": min(step.replayed_share for _, step in trained)}
    for name, group in (("one network", members[:1]), ("the ensemble", members)):
        prediction = Prediction(group, test_x)
        shares = {level: prediction.share_inside(test_y, level) for level in (0.5, 0.9)}
        error = float(np.sqrt(np.mean((prediction.mean - np.sin(3 * test_x)) ** 2)))
        print(f"{name}: {shares[0.5]:.1%} of 10,000 new targets are inside the 50 % interval, {shares[0.9]:.1%} inside")
        print(f"  the 90 % interval; its mean is {error:.3f} from sin(3 x)")
        results.update({f"{name} {level}": share for level, share in shares.items()})

    places = np.array([[-1.5], [0.0], [1.5], [HIGH + 1.0]], dtype=np.float32)
    prediction = Prediction(members, places)
    print("      x   noise   predicted   members' spread   the mean's error")
    for i, place in enumerate(places[:, 0]):
        numbers = f"{prediction.noise[i, 0]:9.3f}   {prediction.unlearned[i, 0]:15.3f}"
        error = abs(float(prediction.mean[i, 0]) - np.sin(3 * place))
        print(f"  {place:5.1f}   {noise(place):.3f}   {numbers}   {error:16.3f}")
    print("There were no data at the last x: the members disagree, and the mean may be far from the truth.")
    results["not learned inside"] = float(prediction.unlearned[:3].max())
    results["not learned outside"] = float(prediction.unlearned[3, 0])

    if options.out:
        options.out.mkdir(parents=True, exist_ok=True)
        draw(members, x, y, options.out / "regression.png")
        print(f"{options.out / 'regression.png'} shows it")
    return results


if __name__ == "__main__":
    main()
