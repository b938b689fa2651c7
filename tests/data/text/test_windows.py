"""What is predicted is the next token, and rows go on where they ended."""

import numpy as np
import pytest

import mushin
from mushin import keras
from mushin.data import DataLoader
from mushin.data.text import ContiguousWindows, StreamedWindows, WindowDataset, shuffled

IDS = np.random.default_rng(3).permutation(1000)  # no id comes twice: each tells its place


def arrays(batches):
    return [(inputs.numpy(), targets.numpy()) for inputs, targets in batches]


def rows_of(batches):
    """What the rows of all batches read, and what they predict."""
    return [np.concatenate(parts, axis=1) for parts in zip(*arrays(batches))]


@pytest.mark.parametrize("drop_last", [False, True])
@pytest.mark.parametrize(("n", "batch_size", "time"), [(101, 4, 5), (100, 4, 6), (30, 1, 7), (9, 8, 1), (57, 3, 18)])
def test_rows_go_on_from_batch_to_batch(n, batch_size, time, drop_last):
    windows = ContiguousWindows(IDS[:n], batch_size, time, drop_last)
    batches = arrays(windows)
    assert len(batches) == len(windows) > 0
    inputs, targets = rows_of(windows)
    length = (n - 1) // batch_size
    kept = length // time * time if drop_last else length
    starts = np.arange(batch_size)[:, None] * length + np.arange(kept)
    np.testing.assert_array_equal(inputs, IDS[starts])
    np.testing.assert_array_equal(targets, IDS[starts + 1])
    assert all(x.shape == (batch_size, time) for x, _ in batches[: None if drop_last else -1])
    assert all(each.dtype == np.int64 and each.flags.c_contiguous for batch in batches for each in batch)


def test_one_row_predicts_every_token_but_the_first():
    _, targets = rows_of(ContiguousWindows(IDS, 1, 64))
    np.testing.assert_array_equal(targets[0], IDS[1:])


@pytest.mark.parametrize("stride", [None, 1, 3, 20])
@pytest.mark.parametrize("n", [8, 14, 15, 100])
def test_windows_on_their_own(n, stride):
    windows = WindowDataset(IDS[:n], 7, stride)
    begins = range(0, n - 7, stride or 7)
    assert len(windows) == len(begins)
    for i, begin in enumerate(begins):
        for sample in (windows[i], windows[i - len(windows)]):
            np.testing.assert_array_equal(sample[0].numpy(), IDS[begin : begin + 7])
            np.testing.assert_array_equal(sample[1].numpy(), IDS[begin + 1 : begin + 8])
    for index in (len(windows), -len(windows) - 1):
        with pytest.raises(IndexError, match=r"\[WindowDataset\] index must be in"):
            windows[index]


@pytest.mark.parametrize("workers", [0, 2])
def test_a_seed_fixes_the_order_of_windows(workers):
    def epochs(seed):
        loader = DataLoader(WindowDataset(IDS, 7), 8, shuffle=True, generator=seed, num_workers=workers)
        return [np.concatenate([x.numpy() for x, _ in loader]) for _ in range(2)]

    first, second = epochs(5)
    np.testing.assert_array_equal(np.stack(epochs(5)), [first, second])
    assert (first != second).any()
    assert (first != epochs(6)[0]).any()
    np.testing.assert_array_equal(np.sort(first, axis=None), np.sort(IDS[: first.size]))


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.uint64, np.int64])
def test_ids_of_any_integers(dtype, tmp_path):
    ids = (IDS % 200).astype(dtype)
    ids.tofile(tmp_path / "ids.bin")
    on_disk = np.memmap(tmp_path / "ids.bin", dtype, "r")
    for given in (ids, on_disk, mushin.tensor(ids)):
        np.testing.assert_array_equal(rows_of(ContiguousWindows(given, 3, 10))[0], IDS[:999].reshape(3, 333) % 200)
    with pytest.raises(TypeError, match=r"\[ContiguousWindows\] ids must be integers, got float64"):
        ContiguousWindows(ids.astype(float), 2, 3)


# --- streams


@pytest.mark.parametrize(
    "given",
    [
        lambda: IDS,
        lambda: IDS.tolist(),
        lambda: (IDS[i : i + 37].tolist() for i in range(0, 1000, 37)),
        lambda: [[], IDS[:900], [], IDS[900:]],
    ],
)
def test_a_stream_of_one_row_is_the_text(given):
    for _ in range(2):
        inputs, targets = rows_of(StreamedWindows(given, 1, 8, buffer_size=50))
        np.testing.assert_array_equal(inputs[0], IDS[:-1])
        np.testing.assert_array_equal(targets[0], IDS[1:])


@pytest.mark.parametrize("drop_last", [False, True])
def test_rows_of_a_stream_go_on_within_a_buffer(drop_last):
    windows = StreamedWindows(IDS, 4, 8, buffer_size=100, drop_last=drop_last)
    batches = arrays(windows)
    assert [x.shape for x, _ in batches] == [(4, 8)] * 31 + [(4, 1)] * (not drop_last)
    for k in range(0, 30, 3):  # a buffer of 96 tokens: three batches of 4 rows and 8 tokens
        inputs, targets = rows_of([tuple(map(mushin.tensor, batch)) for batch in batches[k : k + 3]])
        np.testing.assert_array_equal(inputs.ravel(), IDS[32 * k : 32 * k + 96])
        np.testing.assert_array_equal(targets.ravel(), IDS[32 * k + 1 : 32 * k + 97])


def test_a_stream_holds_no_more_than_its_buffer():
    asked = 0

    def endless():
        nonlocal asked
        while True:
            asked += 10
            yield range(10)

    batches = iter(StreamedWindows(endless, 2, 10, buffer_size=200))
    for k in range(1, 100):
        next(batches)
        assert asked <= 20 * k + 220


def test_a_stream_that_is_used_up_says_so():
    windows = StreamedWindows(iter(IDS), 2, 10)
    assert len(list(windows)) == 50
    with pytest.raises(ValueError, match=r"\[StreamedWindows\] ids must give at least 3 tokens in a pass, got 0"):
        list(windows)
    with pytest.raises(TypeError, match=r"\[StreamedWindows\] ids must be integers, got float64"):
        list(StreamedWindows([0.5, 1.5], 2, 10))


def test_a_stream_is_shuffled_and_loaded():
    windows = shuffled(StreamedWindows(IDS, 2, 10), 7, generator=1)
    starts = [x.numpy()[0, 0] for x, _ in windows]
    in_order = [x[0, 0] for x, _ in arrays(DataLoader(StreamedWindows(IDS, 2, 10), batch_size=None))]
    assert starts != in_order
    assert sorted(starts) == sorted(in_order)


# --- users


@pytest.mark.parametrize("make", [ContiguousWindows, StreamedWindows])
def test_fit_takes_batches_as_they_come(make, capsys):
    keras.utils.set_random_seed(0)
    windows = make(np.arange(2001) % 2, 4, 25, drop_last=True)
    model = keras.Sequential([keras.Input((25,)), keras.layers.Dense(25)])
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss="mse")
    history = model.fit(windows, epochs=30, verbose=2).history
    assert history["loss"][-1] < 0.01 < 0.2 < history["loss"][0]
    assert "20/20 - " in capsys.readouterr().out
    assert model.train_function.replayed_share > 0.9


def test_wrong_arguments_are_refused():
    with pytest.raises(ValueError, match=r"\[ContiguousWindows\] ids must have at least 5 tokens for one batch, got 4"):
        ContiguousWindows(IDS[:4], 4, 3)
    with pytest.raises(ValueError, match=r"at least 13 tokens for one batch, got 12"):
        ContiguousWindows(IDS[:12], 4, 3, drop_last=True)
    with pytest.raises(ValueError, match=r"\[WindowDataset\] ids must have at least time \+ 1 = 8 tokens, got 7"):
        WindowDataset(IDS[:7], 7)
    with pytest.raises(ValueError, match=r"ids must have shape \(n,\), got \(10, 100\)"):
        WindowDataset(IDS.reshape(10, 100), 7)
    with pytest.raises(ValueError, match=r"\[StreamedWindows\] buffer_size must be at least 80, got 79"):
        StreamedWindows(IDS, 8, 10, buffer_size=79)
    with pytest.raises(TypeError, match=r"\[StreamedWindows\] ids must be iterable or a function, got int"):
        StreamedWindows(3, 8, 10)
    for make in (ContiguousWindows, StreamedWindows):
        with pytest.raises(ValueError, match=r"time must be at least 1, got 0"):
            make(IDS, 1, 0)
        with pytest.raises(TypeError, match=r"batch_size must be an integer, got float"):
            make(IDS, 2.0, 3)
        with pytest.raises(TypeError, match=r"drop_last must be a bool, got int"):
            make(IDS, 2, 3, drop_last=1)
