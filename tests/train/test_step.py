"""The captured step does what eager steps do, bit for bit."""

import copy

import numpy as np
import pytest

import mushin
from mushin import Tensor, nn, optim
from mushin.nn import functional
from train.steps import (
    AT_FIRST,
    BEFORE_REPLAY,
    CLASSES,
    FEATURES,
    Classifier,
    assert_as_eager,
    batches,
    bits,
    play_batches,
)

OPTIMIZERS = {
    "SGD": lambda p: optim.SGD(p, lr=0.1, momentum=0.9, weight_decay=0.01),
    "plain SGD": lambda p: optim.SGD(p, lr=0.1),
    "Adam": lambda p: optim.Adam(p, lr=0.01, amsgrad=True),
    "AdamW": lambda p: optim.AdamW(p, lr=0.01),
}

# --- the same bits


@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_epochs_that_end_in_a_smaller_batch(count, threads):
    threads(count)
    step = assert_as_eager(play_batches(*[40, 40, 40, 17] * 5), hidden=300)
    assert (step.replayed, step.eager, step.plans) == (15 - AT_FIRST + 5 - BEFORE_REPLAY, AT_FIRST + BEFORE_REPLAY, 2)


def test_a_step_says_how_much_was_replayed():
    classifier = Classifier()
    compiled = mushin.compile(classifier.step)
    assert compiled.step.replayed_share == 0.0
    assert compiled.step.summary() == "0 plans, 0 of 0 calls replayed (0.0 %)"
    for x, y in batches(*[8] * 16):
        compiled(x, y)
    assert compiled.step.replayed_share == (16 - AT_FIRST) / 16 == 0.75
    assert compiled.step.summary() == "1 plan, 12 of 16 calls replayed (75.0 %)"


def test_threads_do_not_change_the_bits(threads):
    results = []
    for count in (1, 2, 3, 7):
        threads(count)
        classifier = Classifier(hidden=300)
        step = mushin.compile(classifier.step)
        losses = [bits(step(*batch)) for batch in batches(*[40, 17] * 4)]
        results.append((losses, classifier.state()))
    assert all(result == results[0] for result in results)


def test_the_number_of_threads_may_change_between_replays(threads):
    def play(classifier, step):
        for i, batch in enumerate(batches(*[40] * 9)):
            threads(1 + i % 4)
            step(*batch)

    assert assert_as_eager(play, hidden=300).replayed == 9 - AT_FIRST


@pytest.mark.parametrize("make", OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_every_optimizer(make):
    step = assert_as_eager(play_batches(*[8] * 7), make_optimizer=make)
    assert step.replayed == 7 - AT_FIRST


def test_a_rate_that_changes_from_step_to_step():
    def play(classifier, step):
        for i, batch in enumerate(batches(*[8] * 9)):
            classifier.optimizer.param_groups[0]["lr"] = 0.01 / (i + 1)
            classifier.optimizer.param_groups[0]["betas"] = (0.9 - i / 100, 0.99)
            step(*batch)

    assert assert_as_eager(play).replayed == 9 - AT_FIRST


def test_options_that_do_not_change_are_no_change():
    def play(classifier, step):
        flags = {"maximize": False, "initial_lr": 0.01}
        for batch in batches(*[8] * 9):
            classifier.optimizer.param_groups[0].update(flags)
            step(*batch)

    assert assert_as_eager(play).replayed == 9 - AT_FIRST


def test_a_flag_that_changes():
    def play(classifier, step):
        for i, batch in enumerate(batches(*[8] * 12)):
            classifier.optimizer.param_groups[0]["maximize"] = i >= 6
            step(*batch)

    assert assert_as_eager(play).replayed == 12 - AT_FIRST - BEFORE_REPLAY


def test_momentum_that_comes_later():
    def play(classifier, step):
        for i, batch in enumerate(batches(*[8] * 12)):
            if i == 6:
                classifier.optimizer.param_groups[0]["momentum"] = 0.9
            step(*batch)

    assert assert_as_eager(play, make_optimizer=OPTIMIZERS["plain SGD"]).replayed == 12 - AT_FIRST - BEFORE_REPLAY


def test_a_layer_that_is_frozen_and_unfrozen():
    def play(classifier, step):
        for i, batch in enumerate(batches(*[8] * 18)):
            if i % 6 == 0:
                classifier.model[0].requires_grad_(i != 6)
            step(*batch)

    assert assert_as_eager(play).replayed == 3 * (6 - AT_FIRST)


def test_a_group_that_is_added():
    def play(classifier, step):
        extra = nn.Linear(FEATURES, CLASSES)
        for i, batch in enumerate(batches(*[8] * 10)):
            if i == 5:
                classifier.extra = extra
                classifier.optimizer.add_param_group({"params": list(extra.parameters()), "lr": 0.5})
            step(*batch)

    def with_extra(classifier, x, y):
        outputs = classifier.model(x)
        if hasattr(classifier, "extra"):
            outputs = outputs + classifier.extra(x)
        loss = functional.cross_entropy(outputs, y)
        classifier.optimizer.zero_grad()
        loss.backward()
        classifier.optimizer.step()
        return loss

    assert assert_as_eager(play, step=with_extra).replayed >= 10 - 2 * AT_FIRST


def test_evaluation_between_training():
    def play(classifier, step):
        for i, batch in enumerate(batches(*[8] * 12)):
            if i % 4 == 3:
                classifier.model.eval()
                with mushin.no_grad():
                    classifier.model(batch[0])
                classifier.model.train()
            step(*batch)

    assert_as_eager(play)


def test_a_step_of_a_model_in_evaluation_mode():
    def play(classifier, step):
        for i, batch in enumerate(batches(*[8] * 12)):
            classifier.model.train(i < 6)
            step(*batch)

    assert_as_eager(play)


def test_gradients_that_accumulate_over_micro_steps():
    def micro_step(classifier, x, y):
        loss = functional.cross_entropy(classifier.model(x), y) / 4
        loss.backward()
        return loss

    def play(classifier, step):
        for i, batch in enumerate(batches(*[8] * 32)):
            step(*batch)
            if i % 4 == 3:
                classifier.optimizer.step()
                classifier.optimizer.zero_grad()

    step = assert_as_eager(play, step=micro_step)
    assert step.plans == 2  # the first gradient of four is written, the others are added
    assert step.replayed == 8 - AT_FIRST + 24 - BEFORE_REPLAY


def test_gradients_that_are_filled_with_zeros():
    def step(classifier, x, y):
        classifier.optimizer.zero_grad(set_to_none=False)
        loss = functional.cross_entropy(classifier.model(x), y)
        loss.backward()
        classifier.optimizer.step()
        return loss

    assert assert_as_eager(play_batches(*[8] * 9), step=step).replayed >= 4


def test_gradients_that_are_forgotten_at_the_end():
    def step(classifier, x, y):
        loss = functional.cross_entropy(classifier.model(x), y)
        loss.backward()
        classifier.optimizer.step()
        classifier.optimizer.zero_grad()
        return loss

    assert assert_as_eager(play_batches(*[8] * 7), step=step).replayed == 7 - AT_FIRST


def test_a_step_that_only_forgets_gradients():
    def play(classifier, step):
        for batch in batches(*[8] * 7):
            functional.cross_entropy(classifier.model(batch[0]), batch[1]).backward()
            step(*batch)

    def forget(classifier, x, y):
        classifier.optimizer.step()
        classifier.optimizer.zero_grad()

    assert_as_eager(play, step=forget)


@pytest.mark.parametrize("clip", [optim.clip_grad_norm_, optim.clip_grad_value_])
def test_clipping_inside_a_step(clip):
    def step(classifier, x, y):
        loss = functional.cross_entropy(classifier.model(x), y)
        classifier.optimizer.zero_grad()
        loss.backward()
        norm = clip(classifier.model.parameters(), 0.05)
        classifier.optimizer.step()
        return loss, norm

    assert assert_as_eager(play_batches(*[8] * 7), step=step).replayed == 7 - AT_FIRST


def test_a_gradient_that_somebody_brought():
    def play(classifier, step):
        for i, batch in enumerate(batches(*[8] * 10)):
            if i == 4:
                for p in classifier.model.parameters():
                    p.grad = np.ones(p.shape, np.float32)
            step(*batch)

    def add_to_it(classifier, x, y):
        functional.cross_entropy(classifier.model(x), y).backward()

    assert_as_eager(play, step=add_to_it)


def test_a_gradient_kept_outside_is_not_overwritten():
    classifier = Classifier()
    step = mushin.compile(classifier.step)
    weight = classifier.model[0].weight
    kept = []

    def play():
        for batch in batches(*[8] * 8):
            step(*batch)
            kept.append((weight.grad, weight.grad.numpy().copy()))

    with pytest.warns(RuntimeWarning, match="stays eager: somebody holds the gradient of a parameter"):
        play()
    for gradient, expected in kept:
        np.testing.assert_array_equal(gradient.numpy(), expected)


def test_the_gradient_after_a_replay_is_this_step_s():
    def play(classifier, step):
        held = []
        for i, batch in enumerate(batches(*[8] * 12)):
            if i == 6:
                held.append(classifier.model[0].weight.grad)
                classifier.optimizer.zero_grad()
                functional.cross_entropy(classifier.model(batch[0]), batch[1]).backward()
            step(*batch)

    assert_as_eager(play)


def test_rebound_data():
    def play(classifier, step):
        for i, batch in enumerate(batches(*[8] * 12)):
            if i == 6:
                weight = classifier.model[0].weight
                weight.data = weight.array * np.float32(2)
            step(*batch)

    assert assert_as_eager(play).replayed >= 6 - BEFORE_REPLAY


def test_values_written_in_place():
    def play(classifier, step):
        for i, batch in enumerate(batches(*[8] * 8)):
            if i == 5:
                with mushin.no_grad():
                    classifier.model[0].weight.mul_(2.0)
            step(*batch)

    assert assert_as_eager(play).replayed == 8 - AT_FIRST


def test_states_loaded_between_replays():
    def play(classifier, step):
        saved = copy.deepcopy((classifier.model.state_dict(), classifier.optimizer.state_dict()))
        for i, batch in enumerate(batches(*[8] * 14)):
            if i == 3:
                saved = copy.deepcopy((classifier.model.state_dict(), classifier.optimizer.state_dict()))
            if i in (5, 7):
                classifier.model.load_state_dict(saved[0])
                classifier.optimizer.load_state_dict(saved[1])
            step(*batch)

    assert assert_as_eager(play).replayed >= 2


def test_a_seed_set_between_replays():
    def play(classifier, step):
        batch = batches(8)[0]
        for i in range(9):
            if i in (5, 7):
                mushin.seed(i)
            step(*batch)

    assert assert_as_eager(play).replayed == 9 - AT_FIRST


def test_every_replay_draws_new_numbers():
    mushin.seed(0)
    step = mushin.compile(lambda x: functional.dropout(x, 0.5) + mushin.rand(100) + mushin.randn(100))
    results = {bits(step(mushin.full((100,), float(i)) * 0.0)) for i in range(8)}
    assert len(results) == 8


def test_buffers_that_a_module_writes_in_place():
    def step(classifier, x, y):
        model = classifier.model
        if not hasattr(model, "mean"):
            model.register_buffer("mean", mushin.zeros(FEATURES))
        model.mean.mul_(0.9)
        model.mean.add_(x.mean(0), alpha=0.1)
        return model.mean * 1.0

    assert assert_as_eager(play_batches(*[8] * 9), step=step).replayed >= 4


def test_float64():
    weight = Tensor(np.linspace(0, 1, 3), requires_grad=True)
    optimizer = optim.SGD([weight], lr=0.1)

    def square(x):
        loss = ((weight - x) * (weight - x)).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    step = mushin.compile(square)
    w = np.linspace(0, 1, 3)
    for i in range(7):
        x = np.arange(3.0) * i
        loss = step(Tensor(x))
        assert loss.dtype == np.float64
        np.testing.assert_allclose(loss.item(), ((w - x) ** 2).sum(), rtol=1e-12)
        w = w - 0.1 * (2 * (w - x))
        np.testing.assert_allclose(weight.array, w, rtol=1e-12)
    assert step.step.replayed == 7 - AT_FIRST


def test_the_tape_notices_what_a_replay_wrote():
    classifier = Classifier()
    step = mushin.compile(classifier.step)
    for batch in batches(*[8] * AT_FIRST):
        step(*batch)
    x, y = batches(8, seed=9)[0]
    loss = functional.cross_entropy(classifier.model(x), y)
    step(x, y)
    assert step.step.replayed == 1
    with pytest.raises(ValueError, match="overwritten in place"):
        loss.backward()
