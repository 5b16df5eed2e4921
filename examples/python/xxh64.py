"""xxh64 in plain Python, for the checksums of small pages. python3-xxhash does the same a thousand times faster."""

import struct

_MASK = 0xFFFFFFFFFFFFFFFF
_P1 = 11400714785074694791
_P2 = 14029467366897019727
_P3 = 1609587929392839161
_P4 = 9650029242287828579
_P5 = 2870177450012600261


def _rotl(x, bits):
    return ((x << bits) | (x >> (64 - bits))) & _MASK


def _round(acc, lane):
    return (_rotl((acc + lane * _P2) & _MASK, 31) * _P1) & _MASK


def _merge(acc, lane):
    return ((acc ^ _round(0, lane)) * _P1 + _P4) & _MASK


def xxh64(data, seed=0):
    """The 64-bit hash of bytes, as an int."""
    view = memoryview(data).cast("B")
    length = len(view)
    at = 0
    if length >= 32:
        v1 = (seed + _P1 + _P2) & _MASK
        v2 = (seed + _P2) & _MASK
        v3 = seed
        v4 = (seed - _P1) & _MASK
        stripes = length // 32 * 32
        for a, b, c, d in struct.iter_unpack("<QQQQ", view[:stripes]):
            v1 = _round(v1, a)
            v2 = _round(v2, b)
            v3 = _round(v3, c)
            v4 = _round(v4, d)
        at = stripes
        acc = (_rotl(v1, 1) + _rotl(v2, 7) + _rotl(v3, 12) + _rotl(v4, 18)) & _MASK
        for lane in (v1, v2, v3, v4):
            acc = _merge(acc, lane)
    else:
        acc = (seed + _P5) & _MASK
    acc = (acc + length) & _MASK
    while at + 8 <= length:
        (lane,) = struct.unpack_from("<Q", view, at)
        acc = (_rotl(acc ^ _round(0, lane), 27) * _P1 + _P4) & _MASK
        at += 8
    if at + 4 <= length:
        (lane,) = struct.unpack_from("<I", view, at)
        acc = (_rotl(acc ^ (lane * _P1 & _MASK), 23) * _P2 + _P3) & _MASK
        at += 4
    while at < length:
        acc = (_rotl(acc ^ (view[at] * _P5 & _MASK), 11) * _P1) & _MASK
        at += 1
    acc = ((acc ^ (acc >> 33)) * _P2) & _MASK
    acc = ((acc ^ (acc >> 29)) * _P3) & _MASK
    return acc ^ (acc >> 32)
