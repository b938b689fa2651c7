"""The words of `--help`."""

from __future__ import annotations

DESCRIPTION = "Neural networks on the CPU you have: NumPy arrays, C++ kernels, the same bits on every run."

EXAMPLES = """examples:
  mushin demo                                          learn to read handwritten digits, in seconds
  mushin train --data flowers.csv --target species     learn from a table of your own
  mushin evaluate mushin-train/model.safetensors flowers.csv
  mushin predict mushin-train/model.safetensors new.csv --out answers.csv
  mushin generate novels.safetensors --prompt "It is "   what a language model writes
  mushin summary mushin-train/model.safetensors        what a model's file holds
  mushin info                                          what runs here: processor, threads, versions

It ends with 0; with 1 if data or files are at fault, 2 if what was typed is, and 130 after Ctrl-C.
"""

DEMO = """Trains a small network to read the 1,797 handwritten digits that come with mushin, tests it on those
it has never seen, draws what it learned and what it misread, and saves the weights."""

DEMO_EXAMPLES = """examples:
  mushin demo
  mushin demo --seed 7 --out seven
"""

TRAIN = """Trains a classifier or a regressor, and writes to the folder --out: the model of the best round
(model.safetensors), the scores of every round (history.csv), all settings (settings.toml), and pictures if
Matplotlib is there. The best round is the one with the least loss on what was held back; without that, the last.
Ctrl-C leaves the best model so far."""

TRAIN_EXAMPLES = """DATA is one of
  - a table (.csv, .tsv or other text), numbers in all columns but the one that is predicted. Words or whole
    numbers there are classes, other numbers are predicted as such; --task says otherwise. Missing values are an error
    unless --missing says what becomes of them; with mean, evaluate and predict fill in the same means.
  - an .npz file with the arrays x and y, or x_train, y_train, x_test and y_test; an .npy file of a table
  - a folder with a folder of images for each class (PGM, PPM; with Pillow PNG, JPEG and others), or with folders
    train and test of that kind
  - a folder with MNIST's four files; or one of the sets digits, mnist and fashion-mnist

A run can stand in a TOML file. What is typed counts more than the file, and any key can be typed with --set:
  task = "classification"
  [data]
  path = "flowers.csv"
  target = "species"
  [model]
  hidden = [64, 32]
  dropout = 0.1
  [training]
  epochs = 20

examples:
  mushin train --data digits --epochs 10
  mushin train --data flowers.csv --target species --hidden 64,32 --epochs 20 --patience 5
  mushin train --data houses.csv --target price --task regression --schedule cosine --validation 0.2
  mushin train --data flowers.csv --target species --missing mean
  mushin train --data photos --class-weights balanced --dropout 0.2
  mushin train run.toml --epochs 3 --set model.dropout=0.2
"""

EVALUATE = """Prints how well a model does on data whose answers are known: loss, accuracy, macro F1 and the
confusion matrix of a classifier; mean squared error (MSE), mean absolute error (MAE), RMSE and R2 of a regressor."""

EVALUATE_EXAMPLES = """MODEL is a file that mushin train has written. DATA is what mushin train takes; of data
with a test part it is that part. The columns of a table are found by their names, whatever their order.

examples:
  mushin evaluate mushin-train/model.safetensors flowers.csv
"""

PREDICT = (
    """Prints what a model says of new data, or writes it to a file: classes with their probabilities, or numbers."""
)

PREDICT_EXAMPLES = """MODEL is a file that mushin train has written. DATA is what mushin train takes, without the
answers; or an image, or a folder of images. CSV has a row for each sample. An .npy file gets an
array of numbers, or one with the fields class and probabilities.

examples:
  mushin predict mushin-train/model.safetensors new.csv
  mushin predict mushin-train/model.safetensors new.csv --out answers.csv
  mushin predict mushin-train/model.safetensors new.csv --out answers.npy
"""

GENERATE = """Prints what a language model writes behind a prompt. Each token is drawn with the probability that the
model gives it behind those before, and then read."""

GENERATE_EXAMPLES = """MODEL is a file that LanguageModel.save has written, as examples/language_model.py --out does.

examples:
  mushin generate novels.safetensors
  mushin generate novels.safetensors --prompt "It is " --length 300 --temperature 0.7 --seed 3
  mushin generate novels.safetensors --prompt "It is " --top-k 20 --top-p 0.9 --stop .
"""

SUMMARY = """Prints a model's layers, and what it takes and gives."""

SUMMARY_EXAMPLES = """examples:
  mushin summary mushin-train/model.safetensors
"""

INFO = "Shows what mushin runs on here."

INFO_EXAMPLES = """examples:
  mushin info
  MUSHIN_ISA=baseline mushin info
"""
