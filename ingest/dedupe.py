"""Perceptual hashes of frames come in; which frame repeats which goes out."""

import cv2
import numpy as np


def phash(rgb: np.ndarray) -> int:
    """The 64-bit perceptual hash of an RGB uint8 picture, as a signed integer (MongoDB's kind).

    The signs of the 8x8 lowest frequencies against their median, after a 32x32 reduction
    (Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions", 2010).
    """
    luma = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    reduced = cv2.resize(luma, (32, 32), interpolation=cv2.INTER_AREA).astype(np.float32)
    low = cv2.dct(reduced)[:8, :8].ravel()
    bits = low > np.median(low)
    return int(np.packbits(bits).view(">i8")[0])


class Keepers:
    """The frames kept so far, by their hash.

    `threshold` is the number of differing bits (of 64) up to which two pictures count as one. It
    is low on purpose: at 4 bits a face that begins to cry is lost in half of the cases.
    """

    def __init__(self, threshold: int = 2):
        self.threshold = threshold
        self._hashes = np.empty(256, np.uint64)
        self._ids: list[int] = []

    def find_or_add(self, id: int, hash: int) -> int | None:
        """The id of the nearest keeper within the threshold, or None: this one is kept now."""
        value = np.uint64(hash & 0xFFFFFFFFFFFFFFFF)
        count = len(self._ids)
        if count:
            distances = np.bitwise_count(self._hashes[:count] ^ value)
            nearest = int(distances.argmin())
            if distances[nearest] <= self.threshold:
                return self._ids[nearest]
        if count == len(self._hashes):
            self._hashes = np.resize(self._hashes, 2 * count)
        self._hashes[count] = value
        self._ids.append(id)
        return None
