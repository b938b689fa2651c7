"""Recurrent layers and their cells: layers on one another, directions, packed sequences, recorded steps."""

import copy
import pickle

import numpy as np
import pytest

import mushin
import reference_recurrent as r
from mushin import Tensor, nn, optim
from mushin.nn.utils import rnn

STEPS = {"RNN": r.rnn_step, "GRU": r.gru_step, "LSTM": r.lstm_step}
KINDS = pytest.mark.parametrize("kind", STEPS)


def drawn(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def states_of(kind, *shape):
    """What is passed as hx, and the arrays in it."""
    arrays = [drawn(*shape, seed=7 + i) for i in range(2 if kind == "LSTM" else 1)]
    tensors = tuple(Tensor(a) for a in arrays)
    return (tensors if kind == "LSTM" else tensors[0]), arrays


def in_numpy(layer, kind, x, first):
    """Layer after layer and direction after direction; x (time, batch, features)."""
    x = x.astype(np.float64)
    count, last, outputs = len(first), [], []
    for number, weights in enumerate(layer.all_weights):
        arrays = [w.array.astype(np.float64) for w in weights]
        arrays += [np.zeros(len(arrays[0]))] * (4 - len(arrays))
        reverse = layer.bidirectional and number % 2 == 1
        flat = r.recurrent(STEPS[kind], count, x, *arrays, *[each[number] for each in first], reverse=reverse)
        hidden = layer.hidden_size
        y, rest = np.split(flat, [x.shape[0] * x.shape[1] * hidden])
        last.append(rest.reshape(count, -1, hidden))
        outputs.append(y.reshape(*x.shape[:2], hidden))
        if not layer.bidirectional or reverse:
            x, outputs = np.concatenate(outputs, -1), []
    return x, np.stack(last, 1)


@KINDS
@pytest.mark.parametrize(
    "options",
    [{}, {"num_layers": 3, "bias": False}, {"num_layers": 2, "bidirectional": True}, {"batch_first": True}],
    ids=str,
)
def test_layers_and_directions(kind, options):
    layer = getattr(nn, kind)(3, 5, **options)
    x = drawn(4, 2, 3)
    hx, first = states_of(kind, layer.num_layers * layer.num_directions, 2, 5)
    y, last = layer(Tensor(x.swapaxes(0, 1).copy() if layer.batch_first else x), hx)
    wanted, wanted_last = in_numpy(layer, kind, x, first)
    shown = y.array.swapaxes(0, 1) if layer.batch_first else y.array
    np.testing.assert_allclose(shown, wanted, rtol=0, atol=2e-6)
    for state, wanted_state in zip(last if kind == "LSTM" else (last,), wanted_last):
        np.testing.assert_allclose(state.array, wanted_state, rtol=0, atol=2e-6)


@KINDS
def test_a_sample_without_batch(kind):
    layer = getattr(nn, kind)(3, 5, num_layers=2)
    x = Tensor(drawn(4, 3))
    y, last = layer(x)
    in_batch, last_of_batch = layer(x.unsqueeze(1))
    assert y.shape == (4, 5)
    np.testing.assert_array_equal(y.array, in_batch.array[:, 0])
    for state, of_batch in zip(*[each if kind == "LSTM" else (each,) for each in (last, last_of_batch)]):
        np.testing.assert_array_equal(state.array, of_batch.array[:, 0])


@KINDS
def test_a_cell_is_a_step_of_the_layer(kind):
    layer, cell = getattr(nn, kind)(3, 5), getattr(nn, f"{kind}Cell")(3, 5)
    cell.load_state_dict({name.removesuffix("_l0"): value for name, value in layer.state_dict().items()})
    x, state = Tensor(drawn(4, 2, 3)), None
    y, _ = layer(x)
    for step in range(4):
        state = cell(x[step], state)
        hidden = state[0] if kind == "LSTM" else state
        np.testing.assert_array_equal(hidden.array, y.array[step])
    alone = cell(x[0, 1])
    np.testing.assert_array_equal((alone[0] if kind == "LSTM" else alone).array, y.array[0, 1])


@KINDS
@pytest.mark.parametrize("enforce_sorted", [True, False])
def test_packed_sequences_are_as_those_alone(kind, enforce_sorted):
    layer = getattr(nn, kind)(3, 5, num_layers=2, bidirectional=True)
    lengths = [6, 4, 4, 1] if enforce_sorted else [4, 1, 6, 4]
    sequences = [Tensor(drawn(length, 3, seed=i)) for i, length in enumerate(lengths)]
    y, last = layer(rnn.pack_sequence(sequences, enforce_sorted=enforce_sorted))
    hidden = last[0] if kind == "LSTM" else last
    for i, (of_batch, sequence) in enumerate(zip(rnn.unpack_sequence(y), sequences)):
        alone, last_alone = layer(sequence)
        np.testing.assert_array_equal(of_batch.array, alone.array)
        np.testing.assert_array_equal(hidden.array[:, i], (last_alone[0] if kind == "LSTM" else last_alone).array)


def test_padding_has_no_gradient_and_no_influence():
    layer, x = nn.LSTM(3, 5), drawn(6, 2, 3)
    gradients = []
    for filled in (0.0, np.nan):
        padded = Tensor(x.copy(), requires_grad=True)
        padded.array[4:, 1] = filled
        layer.zero_grad()
        y, _ = layer(rnn.pack_padded_sequence(padded, [6, 4]))
        (rnn.pad_packed_sequence(y)[0] ** 2).sum().backward()
        assert not padded.grad.array[4:, 1].any()
        gradients.append([padded.grad.array, *[p.grad.array for p in layer.parameters()]])
    for of_zeros, of_nan in zip(*gradients):
        np.testing.assert_array_equal(of_zeros, of_nan)


def test_a_packed_sequence_has_what_torch_calls_its_parts():
    sequences = [mushin.tensor([1.0, 2.0]), mushin.tensor([3.0]), mushin.tensor([4.0, 5.0, 6.0])]
    packed = rnn.pack_sequence(sequences, enforce_sorted=False)
    data, batch_sizes, sorted_indices, unsorted_indices = packed
    assert data.tolist() == [4, 1, 3, 5, 2, 6]
    assert batch_sizes.tolist() == [3, 2, 1]
    assert sorted_indices.tolist() == [2, 0, 1]
    assert unsorted_indices.tolist() == [1, 2, 0]
    anew = rnn.PackedSequence(data.reshape(-1, 1), batch_sizes, sorted_indices)
    padded, lengths = rnn.pad_packed_sequence(anew, batch_first=True, padding_value=-1, total_length=4)
    assert padded[..., 0].tolist() == [[1, 2, -1, -1], [3, -1, -1, -1], [4, 5, 6, -1]]
    assert lengths.tolist() == [2, 1, 3]


def test_names_and_initial_values():
    mushin.manual_seed(0)
    layer = nn.GRU(3, 16, num_layers=2, bidirectional=True)
    names = [f"{name}_l{k}{end}" for k in (0, 1) for end in ("", "_reverse") for name in WEIGHTS]
    assert list(layer.state_dict()) == names
    assert layer.weight_ih_l1_reverse.shape == (48, 32)
    every = np.concatenate([p.array.ravel() for p in layer.parameters()])
    assert np.abs(every).max() <= 0.25
    assert abs(every.std() - 0.25 / 3**0.5) < 0.01
    assert repr(nn.LSTM(3, 4, 2, False, True, 0.5, True)) == (
        "LSTM(3, 4, num_layers=2, bias=False, batch_first=True, dropout=0.5, bidirectional=True)"
    )


WEIGHTS = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")


def test_copies_compute_the_same():
    layer, x = nn.LSTM(3, 5, num_layers=2), Tensor(drawn(4, 2, 3))
    y, _ = layer(x)
    for other in (copy.deepcopy(layer), pickle.loads(pickle.dumps(layer))):
        np.testing.assert_array_equal(other(x)[0].array, y.array)
        assert other.weight_ih_l0 is not layer.weight_ih_l0


def test_dropout_lies_between_layers_and_only_in_training():
    layer, x = nn.RNN(3, 5, num_layers=2, dropout=1.0), Tensor(drawn(4, 2, 3))
    _, in_training = layer(x)
    _, evaluated = layer.eval()(x)
    np.testing.assert_array_equal(in_training.array[0], evaluated.array[0])
    assert not np.array_equal(in_training.array[1], evaluated.array[1])
    _, of_nothing = nn.RNN(3, 5)(Tensor(np.zeros((4, 2, 3), np.float32)))
    assert of_nothing.array.any()


def trained(kind, threads, record):
    mushin.manual_seed(0)
    mushin.set_num_threads(threads)
    layer, head = getattr(nn, kind)(8, 40, num_layers=2, dropout=0.2), nn.Linear(40, 3)
    optimizer = optim.Adam([*layer.parameters(), *head.parameters()])

    def step(x, labels):
        optimizer.zero_grad()
        y, _ = layer(x)
        loss = nn.functional.cross_entropy(head(y[-1]), labels)
        loss.backward()
        optimizer.step()
        return loss

    run = mushin.compile(step) if record else step
    for i in range(6):
        run(Tensor(drawn(9, 33, 8, seed=i)), Tensor(np.arange(33) % 3))
    return [p.array.copy() for p in layer.parameters()]


@KINDS
def test_weights_are_the_same_bits_for_any_threads_and_in_recorded_steps(kind):
    before = mushin.get_num_threads()
    try:
        wanted = trained(kind, 1, False)
        for threads, record in ((2, False), (3, False), (2, True)):
            for ours, theirs in zip(trained(kind, threads, record), wanted):
                np.testing.assert_array_equal(ours, theirs)
    finally:
        mushin.set_num_threads(before)


def test_a_recorded_step_heeds_the_lengths_of_each_batch():
    mushin.manual_seed(2)
    layer = nn.LSTM(3, 4, bidirectional=True, batch_first=True)

    def outputs(x, lengths):
        packed = rnn.PackedSequence.of_padded(x, lengths, batch_first=True, is_sorted_here=True)
        return layer(packed)[0].padded(batch_first=True)

    recorded = mushin.compile(outputs)
    random = np.random.default_rng(4)
    for _ in range(8):
        x, lengths = mushin.randn(5, 6, 3), random.integers(1, 7, 5)
        y = recorded(x, mushin.tensor(lengths)).numpy()
        np.testing.assert_array_equal(y, outputs(x, mushin.tensor(lengths)).detach().numpy())
        padded, _ = layer(rnn.pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False))
        np.testing.assert_array_equal(y, padded.padded(batch_first=True).detach().numpy())
        assert not y[np.arange(6) >= lengths[:, None]].any()
    assert recorded.step.replayed >= 5


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: nn.LSTM(3, 0), r"\[LSTM\] hidden_size must be at least 1, got 0"),
        (lambda: nn.GRU(3, 4, num_layers=0), r"\[GRU\] num_layers must be at least 1, got 0"),
        (lambda: nn.RNN(3, 4, nonlinearity="sine"), r"\[RNN\] nonlinearity must be 'tanh' or 'relu', got 'sine'"),
        (lambda: nn.LSTM(3, 4, dropout=1.5), r"\[LSTM\] p must be in \[0, 1\], got 1.5"),
        (lambda: nn.LSTM(3, 4)(mushin.ones(2, 2, 5)), r"\[LSTM\] input must have 3 features, got shape \(2, 2, 5\)"),
        (lambda: nn.LSTM(3, 4)(mushin.ones(3)), r"\[LSTM\] input must have shape \(time, batch, features\)"),
        (lambda: nn.LSTM(3, 4)(mushin.ones(2, 2, 3), mushin.ones(1)), r"\[LSTM\] hx must be a pair \(h_0, c_0\)"),
        (
            lambda: nn.GRU(3, 4)(mushin.ones(2, 2, 3), mushin.ones(1, 3, 4)),
            r"\[GRU\] hx must have shape \(1, 2, 4\), got \(1, 3, 4\)",
        ),
        (
            lambda: nn.LSTMCell(3, 4)(mushin.ones(2, 4)),
            r"\[LSTMCell\] input must have shape \(batch, 3\), got \(2, 4\)",
        ),
        (
            lambda: rnn.pack_padded_sequence(mushin.ones(4, 2, 3), [4, 5]),
            r"\[pack_padded_sequence\] lengths must be in \[1, 4\], got 4 to 5",
        ),
        (
            lambda: rnn.pack_padded_sequence(mushin.ones(4, 2, 3), [3, 4]),
            r"\[pack_padded_sequence\] lengths must not rise, or enforce_sorted be False",
        ),
        (
            lambda: rnn.PackedSequence(mushin.ones(4, 2), [2, 3]),
            r"\[PackedSequence\] batch_sizes must not rise and have 4 tokens in all",
        ),
    ],
)
def test_bad_arguments(call, message):
    with pytest.raises((ValueError, TypeError), match=message):
        call()


def test_a_state_that_decays_becomes_zero_not_subnormal():
    """Arithmetic on subnormal numbers takes many times as long: the state is flushed to zero in the kernel."""
    layer = nn.LSTM(1, 20)
    for parameter in layer.parameters():
        nn.init.zeros_(parameter)
    first = mushin.ones(1, 3, 20)
    y, (_, c) = layer(mushin.zeros(160, 3, 1), (first, first))  # each step halves c, and y is half its tanh
    tiny = np.finfo(np.float32).tiny
    assert (y.array[100] > tiny).all()
    assert not y.array[-1].any()
    assert not c.array.any()
    values = np.abs(y.array)
    assert not ((values > 0) & (values < tiny)).any()
