"""train, evaluate, predict and summary on tables, arrays and folders of images."""

import csv
import json
import re

import numpy as np
import pytest

from mushin import io, keras

from .small_data import KINDS, flowers, houses, photos


def accuracy(run):
    return float(re.search(r"accuracy  ([\d.]+) %", run.out)[1])


FAST = ("--epochs", 30, "--learning-rate", 0.01, "--quiet")


@pytest.fixture(scope="module")
def trained(command, tmp_path_factory):
    folder = tmp_path_factory.mktemp("flowers")
    table = flowers(folder / "flowers.csv")
    run = command("train", "--data", table, "--target", "kind", *FAST, folder=folder / "out")
    assert (run.code, run.err) == (0, "")
    assert accuracy(run) > 90
    return folder / "out" / "model.safetensors"


# Tables


def test_a_table_with_words_as_classes(trained, command, tmp_path):
    run = command("evaluate", trained, flowers(tmp_path / "new.csv", seed=5))
    assert (run.code, run.err) == (0, "")
    assert accuracy(run) > 90
    assert re.search(r"macro F1  0\.9|macro F1  1", run.out)
    rows = [re.fullmatch(rf"\s*{kind}((?:\s+(?:\d+|\.)){{3}})", line) for kind in KINDS for line in run.out.split("\n")]
    counts = np.array([[0 if cell == "." else int(cell) for cell in row[1].split()] for row in rows if row])
    assert counts.sum(axis=1).tolist() == [40, 40, 40]
    assert accuracy(run) == pytest.approx(100 * counts.trace() / 120, abs=0.01)


def test_the_model_file_says_what_prediction_needs(trained):
    note = json.loads(io.load_metadata(trained)["mushin.cli"])
    assert note["columns"] == ["length", "width", "noise"]
    assert (note["target"], note["classes"], note["task"]) == ("kind", list(KINDS), "classification")
    model = keras.models.load_model(trained)
    layer = next(layer for layer in model.layers if layer.name == "scaling")
    assert layer.mean.shape == (1, 3)
    assert 1000 < layer.mean.numpy()[0, 1] < 9000
    guess = model.predict(np.array([[0.0, 9000.0, 0.0]]), verbose=0)
    assert KINDS[guess.argmax()] == "violet"


def test_predictions_as_csv_and_npy(trained, command, tmp_path):
    table = flowers(tmp_path / "new.csv", seed=5, target=False)
    run = command("predict", trained, table, "--out", tmp_path / "answers.csv")
    assert (run.code, run.out) == (0, f"120 predictions of {table} written to {tmp_path / 'answers.csv'}\n")
    printed = command("predict", trained, table)
    assert (printed.code, printed.out) == (0, (tmp_path / "answers.csv").read_text())
    with (tmp_path / "answers.csv").open(newline="") as file:
        names, *rows = csv.reader(file)
    assert names == ["prediction", *(f"probability of {kind}" for kind in KINDS)]
    probabilities = np.array([row[1:] for row in rows], float)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-6)
    assert [row[0] for row in rows] == [KINDS[i] for i in probabilities.argmax(axis=1)]
    assert command("predict", trained, table, "--out", tmp_path / "answers.npy").code == 0
    records = np.load(tmp_path / "answers.npy", allow_pickle=False)
    assert records["class"].tolist() == [row[0] for row in rows]
    np.testing.assert_array_equal(records["probabilities"], probabilities.astype(np.float32))


def test_columns_are_found_by_their_names(trained, command, tmp_path):
    plain = flowers(tmp_path / "a.csv", target=False)
    mixed = flowers(tmp_path / "b.csv", order=(2, 0, 1))
    for table in (plain, mixed):
        assert command("predict", trained, table, "--out", table.with_suffix(".npy")).code == 0
    assert (tmp_path / "a.npy").read_bytes() == (tmp_path / "b.npy").read_bytes()


def test_a_table_without_a_header(command, tmp_path):
    table = flowers(tmp_path / "t.csv", header=False)
    run = command("train", "--data", table, "--ignore", 3, *FAST, folder=tmp_path / "out")
    assert (run.code, run.err) == (0, "")
    model = tmp_path / "out" / "model.safetensors"
    assert accuracy(command("evaluate", model, flowers(tmp_path / "u.csv", header=False, seed=4))) > 90
    short = flowers(tmp_path / "short.csv", header=False, order=(0, 1), target=False)
    assert command("predict", model, short, "--out", tmp_path / "p.csv").code == 0
    wrong = flowers(tmp_path / "wrong.csv", header=False, order=(0,), target=False)
    run = command("predict", model, wrong, "--out", tmp_path / "p.csv")
    assert (run.code, run.err) == (1, f"mushin: {wrong}: expected 4 columns, got 1\n")


def test_regression(command, tmp_path):
    table = houses(tmp_path / "houses.csv")
    options = ("--target", "price", "--validation", 0.2, "--schedule", "cosine", "--batch-size", 10)
    run = command("train", "--data", table, *options, *FAST, folder=tmp_path / "out")
    assert (run.code, run.err) == (0, "")
    assert run.files == {"model.safetensors", "history.csv", "settings.toml", "learning-curve.png"}
    assert re.search(r"\nThe model is of (the last of \d+ rounds|round \d+ of \d+), the best ", run.out)
    model = tmp_path / "out" / "model.safetensors"
    run = command("evaluate", model, table)
    scores = {name: float(value) for name, value in re.findall(r"  (\w+) +([\d.e+-]+)$", run.out, flags=re.M)}
    assert set(scores) == {"MSE", "MAE", "RMSE", "R2"}
    assert scores["R2"] > 0.95
    assert scores["RMSE"] ** 2 == pytest.approx(scores["MSE"], rel=1e-4)
    assert command("predict", model, table, "--out", tmp_path / "p.npy").code == 0
    predicted = np.load(tmp_path / "p.npy")
    price = np.loadtxt(table, delimiter=",", skiprows=1)[:, 0]
    assert np.abs(predicted - price).mean() == pytest.approx(scores["MAE"], rel=1e-4)
    assert "Predicted column: price" in command("summary", model).out
    run = command("train", "--data", table, "--target", "price", "--epochs", 1, folder=tmp_path / "loud")
    assert (
        "\nRegression of price, whose loss is the squared error divided by its variance. Training: 1 round" in run.out
    )


def test_whole_numbers_are_classes_unless_it_is_said(command, tmp_path):
    rows = "\n".join(f"{i / 7},{i % 2}" for i in range(40))
    (tmp_path / "t.csv").write_text(rows)
    for task, words in (("auto", "accuracy"), ("regression", "RMSE")):
        run = command("train", "--data", tmp_path / "t.csv", "--task", task, "--quiet", folder=tmp_path / "out")
        assert words in run.out
    (tmp_path / "t.csv").write_text(rows.replace(",0", ",0.0").replace(",1", ",1.0"))
    for task, words in (("auto", "RMSE"), ("classification", "accuracy")):
        run = command("train", "--data", tmp_path / "t.csv", "--task", task, "--quiet", folder=tmp_path / "out")
        assert words in run.out
    (tmp_path / "u.csv").write_text(rows)
    model = tmp_path / "out" / "model.safetensors"
    scores = [command("evaluate", model, tmp_path / name).out.splitlines()[1:] for name in ("t.csv", "u.csv")]
    assert scores[0] == scores[1]
    (tmp_path / "t.csv").write_text(rows + "\n1,0.5")
    run = command("train", "--data", tmp_path / "t.csv", "--task", "classification", folder=tmp_path / "out")
    assert run.code == 1
    assert "classes must be words or whole numbers, got 0.5 (--task regression predicts numbers)" in run.err


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("4.", "x."), r"flowers.csv, line \d+, column 1 \(length\): expected a number, got 'x.* --ignore leaves col"),
        (
            ("rose", ""),
            r"flowers.csv: 40 of 480 values are missing, 40 in kind \(the first in line 2\); .*--missing drop",
        ),
        (
            (",", ";"),
            r"flowers.csv: expected columns with ',' between them, got one column \(--delimiter names another",
        ),
        ((",rose", ""), r"flowers.csv, line 2, column 4: expected 4 cells as in line 1, got 3"),
        (("\n", "\n-1e30,0,0,rose\n"), r"flowers.csv: the columns must hold numbers up to 1e\+18 in size, got 1e\+30"),
        (("kind", "sort"), r"flowers.csv: no column 'kind'; there are length, width, noise, sort"),
    ],
)
def test_mistakes_in_a_table_are_named(command, refused, tmp_path, change, words):
    table = flowers(tmp_path / "flowers.csv")
    table.write_text(table.read_text().replace(*change))
    line = refused(command("train", "--data", table, "--target", "kind", folder=tmp_path / "out"))
    assert re.search(words, line)
    assert not (tmp_path / "out").exists()


def test_another_delimiter(command, refused, tmp_path):
    table = flowers(tmp_path / "flowers.csv")
    table.write_text(table.read_text().replace(",", ";"))
    line = refused(command("train", "--data", table, folder=tmp_path / "out"))
    assert "expected columns with ',' between them, got one column (--delimiter names another character)" in line
    assert command("train", "--data", table, "--delimiter", ";", *FAST, folder=tmp_path / "out").code == 0


def test_a_target_too_large_for_a_model(command, refused, tmp_path):
    np.savez(tmp_path / "a.npz", x=np.ones((3, 2)), y=np.array([0.5, -1e19, 0]))
    line = refused(command("train", "--data", tmp_path / "a.npz", folder=tmp_path / "out"))
    assert "the target must hold numbers up to 1e+18 in size, got 1e+19" in line


def with_gaps(path, rows, **arguments):
    """Flowers that lack the length in some rows, by their numbers from 0, and in the first of them the width, too."""
    lines = flowers(path, **arguments).read_text().splitlines()
    for row in rows:
        cells = lines[row + 1].split(",")
        cells[0] = "NA"
        if row == rows[0]:
            cells[1] = ""
        lines[row + 1] = ",".join(cells)
    path.write_text("\n".join(lines))
    return path


def test_missing_values_are_refused_with_their_number_and_columns(command, refused, tmp_path):
    table = with_gaps(tmp_path / "t.csv", [3, 7, 8])
    line = refused(command("train", "--data", table, folder=tmp_path / "out"))
    assert f"{table}: 4 of 480 values are missing, 3 in length, 1 in width (the first in line 5); mushin train " in line
    (tmp_path / "wide.csv").write_text(",".join(["a1", *(f"c{i}" for i in range(20))]) + "\n1" + "," * 20)
    line = refused(command("train", "--data", tmp_path / "wide.csv", folder=tmp_path / "out"))
    assert "20 of 21 values are missing, 1 in c0, " in line
    assert "1 in c9, others in 10 more columns (the first in line 2)" in line


def test_rows_with_missing_values_are_left_out(command, refused, tmp_path):
    gaps = [3, 7, 8]
    table, whole = with_gaps(tmp_path / "t.csv", gaps), flowers(tmp_path / "whole.csv")
    lines = whole.read_text().splitlines()
    whole.write_text("\n".join(line for i, line in enumerate(lines) if i - 1 not in gaps))
    run = command("train", "--data", table, "--missing", "drop", "--epochs", 2, folder=tmp_path / "1")
    assert "\nMissing values: 3 of 120 rows left out.\n" in run.out
    other = command("train", "--data", whole, "--epochs", 2, folder=tmp_path / "2")
    assert (run.folder / "history.csv").read_bytes() == (other.folder / "history.csv").read_bytes()
    model = run.folder / "model.safetensors"
    assert f"Evaluated: 117 samples of {table}" in command("evaluate", model, table).out
    assert "Missing values: rows are left out" in command("summary", model).out
    # Rows that are left out would shift the answers.
    assert "4 of 360 values are missing" in refused(command("predict", model, table, "--out", tmp_path / "p.npy"))
    (tmp_path / "u.csv").write_text("length,width,kind\n,2,rose\n3,,tulip")
    line = refused(command("train", "--data", tmp_path / "u.csv", "--missing", "drop", folder=tmp_path / "3"))
    assert "u.csv: expected rows without missing values, got none" in line


def test_missing_values_are_filled_with_means_of_what_was_trained_on(command, refused, tmp_path):
    table = with_gaps(tmp_path / "t.csv", [3, 7, 8])
    table.write_text(table.read_text() + "\n1,2,3,?")  # what has no answer teaches nothing
    (tmp_path / "run.toml").write_text('[data]\nmissing = "mean"')
    run = command("train", tmp_path / "run.toml", "--data", table, *FAST[:-1], folder=tmp_path / "out")
    assert (run.code, run.err) == (0, "")
    assert "\nMissing values: 1 of 121 rows left out, 4 filled with means.\n" in run.out
    assert accuracy(run) > 90
    model = run.folder / "model.safetensors"
    means = json.loads(io.load_metadata(model)["mushin.cli"])["means"]
    assert means == pytest.approx([4 / 3, 11000 / 3, 0], abs=400)
    assert "Missing values: filled with means" in command("summary", model).out
    evaluated = command("evaluate", model, table).out
    assert evaluated.startswith("Missing values: 1 of 121 rows left out, 4 filled with means.\nEvaluated: 120 samples")
    for name, cells in (("gaps", ("", "NA", "?")), ("filled", means)):
        new = tmp_path / f"{name}.csv"
        new.write_text("length,width,noise\n" + ",".join(map(str, cells)) + "\n1,2,3\n")
        assert command("predict", model, new, "--out", tmp_path / f"{name}.npy").code == 0
    assert (tmp_path / "gaps.npy").read_bytes() == (tmp_path / "filled.npy").read_bytes()
    table.write_text(re.sub(r"(?m)^[^,]*(,\d)", r"\1", table.read_text()))
    line = refused(command("train", "--data", table, "--missing", "mean", folder=tmp_path / "3"))
    assert line == f"mushin: {table}: column length holds no value to train on; --ignore leaves it out\n"


def test_a_note_with_too_few_means(command, refused, tmp_path):
    table = with_gaps(tmp_path / "t.csv", [3])
    run = command("train", "--data", table, "--missing", "mean", "--epochs", 1, "--quiet", folder=tmp_path / "out")
    model = run.folder / "model.safetensors"
    metadata = io.load_metadata(model)
    note = json.loads(metadata["mushin.cli"])
    metadata["mushin.cli"] = json.dumps({**note, "means": note["means"][:2]})
    io.save_weights(model, io.load_weights(model), metadata)
    assert "takes 3 columns, but its note has 2 means" in refused(command("evaluate", model, table))


@pytest.mark.parametrize("first", [2**63, 10**25])
def test_long_ids_are_classes(command, tmp_path, first):
    table = flowers(tmp_path / "t.csv")
    for i, kind in enumerate(KINDS):
        table.write_text(table.read_text().replace(kind, str(first + i)))
    run = command("train", "--data", table, *FAST, folder=tmp_path / "out")
    assert (run.code, run.err) == (0, "")
    assert accuracy(run) > 90


def test_whole_numbers_beyond_int64_in_an_array(command, refused, tmp_path):
    x = np.arange(60.0)
    np.save(tmp_path / "f.npy", np.column_stack([x, 1e19 * (1 + x % 2)]))
    line = refused(command("train", "--data", tmp_path / "f.npy", folder=tmp_path / "out"))
    assert "the target must hold numbers up to 1e+18 in size, got 2e+19" in line
    np.save(tmp_path / "u.npy", np.column_stack([x.astype(np.uint64), np.uint64(2**63) + x.astype(np.uint64) % 2]))
    run = command("train", "--data", tmp_path / "u.npy", "--quiet", folder=tmp_path / "out")
    assert (run.code, run.err) == (0, "")
    assert f"Classes: {2**63}, {2**63 + 1}" in command("summary", run.folder / "model.safetensors").out


def test_all_defaults_learn_a_small_table(command, tmp_path):
    # Four columns with the means and deviations that the three kinds of Fisher's irises have.
    means = np.array([[5.0, 3.4, 1.5, 0.2], [5.9, 2.8, 4.3, 1.3], [6.6, 3.0, 5.6, 2.0]])
    deviations = np.array([[0.35, 0.38, 0.17, 0.11], [0.52, 0.31, 0.47, 0.20], [0.64, 0.32, 0.55, 0.27]])
    generator = np.random.Generator(np.random.Philox(0))
    kinds = np.arange(150) % 3
    train, test = (means[kinds] + deviations[kinds] * generator.normal(size=(150, 4)) for _ in range(2))
    for name, x in (("train", train), ("test", test)):
        lines = (",".join(f"{value:.1f}" for value in row) + f",{KINDS[k]}" for row, k in zip(x, kinds))
        (tmp_path / f"{name}.csv").write_text("\n".join(lines))
    run = command("train", "--data", tmp_path / "train.csv", "--quiet", folder=tmp_path / "out")
    assert (run.code, run.err) == (0, "")
    assert "epochs = 200\n" in (run.folder / "settings.toml").read_text()
    # The best that anybody can do: the likeliest kind, of the distributions that the rows were drawn from.
    surprise = ((test[:, None] - means) / deviations) ** 2 / 2 + np.log(deviations)
    best = (surprise.sum(axis=-1).argmin(axis=1) == kinds).mean()
    evaluated = command("evaluate", run.folder / "model.safetensors", tmp_path / "test.csv")
    assert accuracy(evaluated) > 100 * best - 3


# Arrays and images


def test_arrays(command, tmp_path):
    generator = np.random.Generator(np.random.Philox(3))
    x = generator.normal(size=(200, 4))
    y = np.where(x[:, 0] > 0, "up", "down")
    np.savez(tmp_path / "a.npz", x=x, y=y)
    assert accuracy(command("train", "--data", tmp_path / "a.npz", *FAST, folder=tmp_path / "1")) > 80
    np.save(tmp_path / "a.npy", np.column_stack([x, x @ [1, 2, 3, 4]]))
    run = command("train", "--data", tmp_path / "a.npy", *FAST, folder=tmp_path / "2")
    assert float(re.search(r"R2 +([\d.]+)", run.out)[1]) > 0.9
    np.save(tmp_path / "b.npy", x)
    model = tmp_path / "2" / "model.safetensors"
    assert command("predict", model, tmp_path / "b.npy", "--out", tmp_path / "p.npy").code == 0
    np.testing.assert_allclose(np.load(tmp_path / "p.npy"), x @ [1, 2, 3, 4], atol=3)


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"a": np.ones(3)}, "expected arrays x_train and y_train, x and y, .*, got a"),
        ({"x": np.ones((3, 2)), "y": np.ones(2)}, r"y must have a number or word for each of x \(3, 2\), got \(2,\)"),
        ({"x": np.ones(3), "y": np.ones(3)}, r"x must hold numbers \(samples, ...\), got float64 \(3,\)"),
        ({"x": np.full((3, 2), np.nan), "y": np.ones(3)}, r"x must hold finite numbers, got nan at \(0, 0\)"),
        ({"x": np.ones((3, 2)), "y": np.array([1, np.inf, 0])}, r"the target must hold finite .* inf at \(1,\)"),
        ({"x": np.full((3, 2), -1e19), "y": np.ones(3)}, r"x must hold numbers up to 1e\+18 in size, got 1e\+19"),
        ({"x": np.ones((0, 2)), "y": np.ones(0)}, "x must hold numbers"),
        ({"x": np.ones((3, 2))}, "holds nothing that could be predicted"),
    ],
)
def test_arrays_that_cannot_be_used(command, refused, tmp_path, arrays, words):
    np.savez(tmp_path / "a.npz", **arrays)
    assert re.search(words, refused(command("train", "--data", tmp_path / "a.npz", folder=tmp_path / "out")))


@pytest.mark.parametrize("ending", [".png", ".ppm"])
def test_folders_of_images(command, tmp_path, ending):
    folder = photos(tmp_path / "photos", ending)
    options = ("--class-weights", "balanced", "--workers", 2)
    run = command("train", "--data", folder, *options, *FAST, folder=tmp_path / "out")
    assert (run.code, run.err) == (0, "")
    model = tmp_path / "out" / "model.safetensors"
    assert accuracy(command("evaluate", model, folder)) > 90
    assert command("predict", model, folder / "night", "--out", tmp_path / "p.csv").code == 0
    lines = (tmp_path / "p.csv").read_text().splitlines()
    assert lines[0] == "file,prediction,probability of day,probability of night"
    assert lines[1].startswith(f"{folder}/night/00{ending},night,")
    assert len(lines) == 13
    one = folder / "day" / f"03{ending}"
    assert command("predict", model, one, "--out", tmp_path / "one.npy").code == 0
    assert np.load(tmp_path / "one.npy")["class"].tolist() == ["day"]


def test_a_damaged_image_is_named(command, refused, tmp_path):
    folder = photos(tmp_path / "photos", ".png", count=4)
    (folder / "night" / "02.png").write_bytes(b"nothing")
    line = refused(command("train", "--data", folder, "--quiet", folder=tmp_path / "out"))
    assert line.startswith(f"mushin: {folder}/night/02.png: not a usable image")


# Models and data that do not fit


def test_files_that_are_no_model(command, refused, tmp_path):
    table = flowers(tmp_path / "t.csv")
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(3)])
    model.save(tmp_path / "other.safetensors")
    io.save_weights(tmp_path / "lies.safetensors", {}, {"mushin.cli": "[" * 100_000})
    for name, words in (
        ("none.safetensors", "No such file"),
        (".", "is a folder; MODEL must be a file that mushin train has written"),
        ("t.csv", "(MODEL must be a file that mushin train has written)"),
        ("other.safetensors", "expected a model that mushin train has written"),
        ("lies.safetensors", "what the file says of its run cannot be read"),
    ):
        for rest in (("evaluate", tmp_path / name, table), ("summary", tmp_path / name)):
            assert words in refused(command(*rest))


def test_data_that_do_not_fit_the_model(trained, command, refused, tmp_path):
    np.savez(tmp_path / "a.npz", x=np.ones((5, 4)), y=np.array(["rose"] * 5))
    line = refused(command("evaluate", trained, tmp_path / "a.npz"))
    assert line == f"mushin: {tmp_path}/a.npz: the model takes samples of shape (3,), got (4,)\n"
    table = flowers(tmp_path / "t.csv")
    table.write_text(table.read_text().replace("tulip", "cactus"))
    first = next(i for i, line in enumerate(table.read_text().splitlines(), 1) if "cactus" in line)
    line = refused(command("evaluate", trained, table))
    assert f"{table}, line {first}: class 'cactus' is none of those that are known" in line
    assert "no column 'kind'" in refused(command("evaluate", trained, flowers(tmp_path / "u.csv", target=False)))


def test_an_unwritable_answer_leaves_nothing(trained, command, refused, tmp_path):
    table = flowers(tmp_path / "t.csv")
    line = refused(command("predict", trained, table, "--out", tmp_path / "no" / "p.csv"))
    assert "no/p.csv: No such file or directory" in line


def test_predictions_do_not_replace_what_is_predicted(trained, command, tmp_path):
    table = flowers(tmp_path / "t.csv")
    before = table.read_bytes()
    (tmp_path / "link.csv").symlink_to(table)
    for out in (table, tmp_path / "link.csv"):
        run = command("predict", trained, table, "--out", out)
        assert run.code == 2
        assert "argument --out: must be another file than DATA" in run.err
    assert table.read_bytes() == before


def test_summary(trained, command):
    run = command("summary", trained)
    assert (run.code, run.err) == (0, "")
    assert 'Model: "classifier"' in run.out
    assert run.out.endswith(
        "Task: classification\nInput: numbers of shape (3,)\nColumns: length, width, noise\n"
        "Predicted column: kind\nClasses: rose, tulip, violet\n"
    )


def test_early_stopping_keeps_the_best_round(command, tmp_path):
    table = flowers(tmp_path / "t.csv", count=60)
    options = ("--learning-rate", 0.3, "--epochs", 60, "--patience", 3, "--quiet")
    assert command("train", "--data", table, *options, folder=tmp_path / "out").code == 0
    with (tmp_path / "out" / "history.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) < 60
    losses = [float(row["val_loss"]) for row in rows]
    assert [int(row["epoch"]) for row in rows] == list(range(1, len(rows) + 1))
    assert len(rows) - 1 - int(np.argmin(losses)) >= 3
