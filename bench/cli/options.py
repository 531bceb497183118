"""The options of the command line, and what their help says."""

from pathlib import Path
from typing import Annotated

import typer

Results = Annotated[
    Path, typer.Option("--results", help="Folder of the store, leaderboard and plots.")
]
Data = Annotated[
    Path | None,
    typer.Option("--data", help="Folder of data sets known by name [env: BENCH_DATA]."),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
Images = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        help="Train and validate on a stratified sample of N images; test on all.",
    ),
]
ImageSize = Annotated[
    str | None,
    typer.Option("--image-size", help="Resize images to N or HEIGHTxWIDTH pixels."),
]
SkipUnreadable = Annotated[
    bool,
    typer.Option("--skip-unreadable", help="Leave out image files that can't be read."),
]

# Of search alone

Families = Annotated[
    list[str],
    typer.Argument(
        metavar="FAMILY...",
        help=(
            "Names (python -m bench families), or your own as PATH.py:NAME or "
            "package.module:NAME."
        ),
    ),
]

Dataset = Annotated[
    str,
    typer.Option(
        help=(
            "A name (python -m bench datasets), folder:PATH, npz:PATH or "
            "npy:X.npy,y.npy."
        )
    ),
]

Tuner = Annotated[
    str, typer.Option(help="What proposes trials (python -m bench tuners).")
]

Folds = Annotated[
    int | None,
    typer.Option(
        help="Of the cross-validation, with tuners of scikit-learn.",
        show_default="3 with these",
    ),
]

Schedule = Annotated[
    str | None,
    typer.Option(
        help="What ends trials early: asha, with random, bayesian or grid.",
    ),
]

Trials = Annotated[
    int | None,
    typer.Option(
        help="Configurations that start.",
        show_default="20, of sklearn-grid and sklearn-halving all",
    ),
]

Epochs = Annotated[int, typer.Option(help="Most epochs a trial may get.")]

Patience = Annotated[
    int, typer.Option(help="Epochs without improvement before a trial ends.")
]

Time = Annotated[
    str | None,
    typer.Option(help="Wall-clock budget of each study, such as 90s, 10m, 2h."),
]

Seeds = Annotated[
    int, typer.Option(help="Times the best configuration is trained and tested.")
]

Seed = Annotated[int, typer.Option(help="Fixes splits, proposals, trainings.")]

Only = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAMES",
        help="Search only these, comma-separated; the rest at their defaults.",
    ),
]

Fix = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME=VALUE", help="Hold a hyperparameter; may be repeated."),
]

Variants = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="Search once for each value of this hyperparameter, and compare them.",
    ),
]

Weights = Annotated[
    str | None,
    typer.Option(
        metavar="PATH",
        help="Pretrained weights of transfer and finetune, in place of a download.",
    ),
]

NoiseMean = Annotated[
    float | None,
    typer.Option(
        help="Of the noise that denoisers take away, pixels in [0, 1].",
        show_default="0.1",
    ),
]

NoiseVariance = Annotated[
    float | None,
    typer.Option(
        help="Of that noise, which is clipped after adding.", show_default="0.3"
    ),
]

MinCompression = Annotated[
    float | None,
    typer.Option(
        help="Times that a denoiser's code is smaller than the image, at least.",
        show_default="10",
    ),
]

FidNetwork = Annotated[
    str | None,
    typer.Option(
        help="Whose features generators are judged by: classifier or inception.",
        show_default="inception with a GPU and its weights, else classifier",
    ),
]

MaxParameters = Annotated[
    int | None,
    typer.Option(
        metavar="N", help="Leave out configurations with more parameters than this."
    ),
]

ValidationFraction = Annotated[
    float, typer.Option(help="Share of the training images that validate.")
]

TestFraction = Annotated[
    float, typer.Option(help="Share that tests, if there is no test split.")
]

Backend = Annotated[
    str | None,
    typer.Option(help="tensorflow, jax or torch [env: KERAS_BACKEND]."),
]

Workers = Annotated[
    int | None,
    typer.Option(
        help="Processes that train; one per core or GPU. 0: this process.",
        show_default="one per core or GPU",
    ),
]

TrialTimeout = Annotated[
    str | None,
    typer.Option(metavar="TIME", help="End a trial that takes longer, as failed."),
]

Fresh = Annotated[
    bool, typer.Option("--fresh", help="Forget these studies and start over.")
]

Quiet = Annotated[bool, typer.Option("--quiet", help="Print the leaderboard only.")]
