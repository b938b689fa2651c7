"""What Keras has in keras.preprocessing: sequences of one length."""

from mushin.keras.preprocessing import sequence

__all__ = ["sequence"]
