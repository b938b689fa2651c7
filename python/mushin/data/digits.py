"""Handwritten digits that come with the package: 1,797 images of 8 x 8 pixels.

Source: Optical Recognition of Handwritten Digits, test part, UCI Machine Learning Repository,
https://doi.org/10.24432/C50P49. Licence: CC BY 4.0.

Citation: E. Alpaydin and C. Kaynak (1998). Optical Recognition of Handwritten Digits [Dataset]. UCI Machine
Learning Repository.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray


def load_digits() -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return the handwritten digits that come with the package, each call in arrays of its own.

    Returns:
        images: uint8 (1797, 8, 8), pixel values 0 to 16.
        labels: int64 (1797,), the digit 0 to 9 that each image shows.

    Source: E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, test part, UCI, CC BY 4.0.
    """
    with np.load(Path(__file__).with_name("digits.npz"), allow_pickle=False) as archive:
        return archive["images"], archive["labels"].astype(np.int64)
