"""Numbers beyond all bounds, and words that are no numbers, for every option."""

from __future__ import annotations

from cases import Case, typed

NINES = "9" * 400

_WHOLE = (
    "--images",
    "--folds",
    "--seed",
    "--seeds",
    "--trials",
    "--epochs",
    "--patience",
    "--max-parameters",
    "--workers",
)
_FRACTIONS = ("--validation-fraction", "--test-fraction")
_DURATIONS = ("--time", "--trial-timeout")

_NO_WHOLE_NUMBERS = (NINES, "-1", "1e3", "nan", "inf", "2.5", "x", "", "９", "9" * 5000)
_NO_FRACTIONS = (NINES, "-1", "0", "1", "1e999", "nan", "inf", "-inf", "x", "")
_NO_DURATIONS = (NINES, "-1", "0", "0s", "1e999h", "nan", "inf", "soon", "", "5x")
_NO_DURATIONS += (NINES + "h", "1" + "0" * 5000)
_NO_SIZES = (NINES, "0", "-1", "3", "513", "1000000", "x", "", "8x", "8x8x8", "nan")
_NO_SIZES += (f"8x{NINES}", "9" * 5000, "4.5")


def _of(option: str, values: tuple[str, ...], *more: str) -> list[Case]:
    return [
        typed("numbers", "search", "dense", option, value, *more, name=f"{option} {n}")
        for value in values
        for n in [repr(value) if len(value) < 30 else f"of {len(value)} characters"]
    ]


CASES = [
    *(case for option in _WHOLE for case in _of(option, _NO_WHOLE_NUMBERS)),
    *(case for option in _FRACTIONS for case in _of(option, _NO_FRACTIONS)),
    *(case for option in _DURATIONS for case in _of(option, _NO_DURATIONS)),
    *_of("--image-size", _NO_SIZES),
    typed("numbers", "search", "dense", "--workers", "100000000"),
    typed("numbers", "search", "dense", "--trials", "0"),
    typed("numbers", "search", "dense", "--trials", 10**12),
    typed("numbers", "search", "autoencoder", "--noise-mean", "nan"),
    typed("numbers", "search", "autoencoder", "--noise-mean", "-inf"),
    typed("numbers", "search", "autoencoder", "--noise-mean", NINES),
    typed("numbers", "search", "autoencoder", "--noise-variance", "1e999"),
    typed("numbers", "search", "autoencoder", "--min-compression", "nan"),
    typed("numbers", "search", "autoencoder", "--min-compression", NINES),
    typed("numbers", "describe", "dense", "--image-size", "1000000"),
    typed("numbers", "plan", "dense", "--epochs", NINES),
    typed("numbers", "plan", "dense", "--workers", "100000000"),
]
