"""The table of strangers' models."""

from __future__ import annotations

from strangers.catalogue_training import (
    LAYERS,
    LOSSES,
    SUBCLASSED,
    TF_KERAS,
    TRAINING,
    UNITS,
)
from strangers.images import COLOUR
from strangers.stranger import Outcome, Stranger

TRAINS, FAILS_ONCE = Outcome.TRAINS, Outcome.FAILS_ONCE
FAILS, REFUSES = Outcome.FAILS, Outcome.REFUSES

GUIDES = (
    Stranger("guides.py:first_model", "no Input layer", one_hot=True, second=UNITS),
    Stranger(
        "guides.py:several_kinds",
        "all kinds of hyperparameters, by existing code",
        one_hot=True,
        second={"units": 128, "activation": "tanh", "dropout": True},
    ),
    Stranger(
        "guides.py:conditional_layers",
        "a searched number of layers",
        one_hot=True,
        second={"num_layers": 3},
    ),
    Stranger("guides.py:SmallHyperModel", "a HyperModel", one_hot=True, second=UNITS),
    Stranger(
        "guides.py:ShuffleOrNot",
        "`fit` with a hyperparameter of its own",
        one_hot=True,
        second={"shuffle": True},
    ),
    Stranger(
        "guides.py:NormalizeInFit",
        "`fit` that changes the images",
        one_hot=True,
        second={"normalize": True},
    ),
    Stranger(
        "guides.py:SharedBetweenBuildAndFit",
        "a hyperparameter of `build` and `fit`",
        one_hot=True,
        second={"units": 96},
    ),
    Stranger("guides.py:ReturnsANumber", "`fit` returns a number", one_hot=True),
    Stranger("guides.py:ReturnsADictionary", "`fit` returns metrics", one_hot=True),
    Stranger("guides.py:own_metric", "a metric of one's own", one_hot=True),
    Stranger(
        "guides.py:regression",
        "one output for ten classes",
        ours=REFUSES,
        says="must return (batch, 10)",
    ),
    Stranger(
        "guides.py:OwnTuner",
        "a tuner in place of a hypermodel",
        ours=REFUSES,
        theirs=REFUSES,
        says="a family must be",
    ),
    Stranger(
        "guides.py:augmentation",
        "HyperImageAugment alone: images to images",
        ours=REFUSES,
        theirs=FAILS,
        says="compiled",
        data=COLOUR,
    ),
    Stranger(
        "guides.py:augmented_in_turn",
        "HyperImageAugment before a network",
        second={"factor_rotate": 0.06},
    ),
    Stranger(
        "guides.py:augmented_at_random",
        "the same, RandAugment: makes variables in `call`",
        ours=FAILS,
        theirs=FAILS,
        says="singleton tf.Variables",
    ),
    Stranger(
        "keras_tuner.applications:HyperResNet",
        "HyperResNet",
        one_hot=True,
        data=COLOUR,
        arguments={"input_shape": (32, 32, 3), "classes": 3},
        slow=True,
    ),
    Stranger(
        "keras_tuner.applications:HyperXception",
        "HyperXception",
        one_hot=True,
        data=COLOUR,
        arguments={"input_shape": (32, 32, 3), "classes": 3},
        slow=True,
    ),
    Stranger(
        "guides.py:distributed",
        "convolutions, poolings and optimizers",
        second={"conv_layers": 1, "global_pooling": "avg", "filters_0": 32},
    ),
    Stranger(
        "guides.py:tailored",
        "an optimizer by its configuration",
        second={"learning_rate": 1e-3, "optimizer": "rmsprop"},
    ),
    Stranger(
        "guides.py:compiled_by_the_tuner",
        "compiled by the tuner's arguments",
        ours=REFUSES,
        theirs=FAILS,
        says="compiled",
    ),
    Stranger(
        "guides.py:visualized",
        "rescaling of bytes in the model",
        raw=True,
        second={"conv_blocks": 2},
    ),
    Stranger(
        "guides_loops.py:OwnTrainingLoop",
        "an uncompiled model and a loop with a tape",
        second={"units": 128, "batch_size": 64},
    ),
    Stranger(
        "guides_loops.py:too_large",
        "FailedTrialError for large models",
        ours=FAILS_ONCE,
        theirs=FAILS_ONCE,
        says="FailedTrialError: the model has too many parameters",
        second={"units": 256, "units_2": 256},
    ),
    Stranger(
        "guides_loops.py:too_large_by_default",
        "FailedTrialError for the defaults",
        ours=REFUSES,
        theirs=REFUSES,
        says="default hyperparameters",
    ),
    Stranger(
        "guides_loops.py:invalid",
        "more poolings than the images allow",
        ours=FAILS_ONCE,
        theirs=FAILS_ONCE,
        says="ValueError",
        second={"poolings": 5},
    ),
    Stranger(
        "guides_loops.py:returns_nothing",
        "`build` without `return`",
        ours=REFUSES,
        theirs=REFUSES,
        says="compiled model",
    ),
    Stranger(
        "guides_loops.py:FitReturnsNothing", "`fit` without `return`", theirs=REFUSES
    ),
)

SEQUENTIAL = (
    Stranger("sequential.py:with_input", "Input", second=UNITS),
    Stranger("sequential.py:with_input_layer", "InputLayer", second=UNITS),
    Stranger("sequential.py:with_input_shape", "`input_shape=`", second=UNITS),
    Stranger("sequential.py:without_input", "no Input layer", second=UNITS),
    Stranger("sequential.py:built_by_hand", "`model.build(shape)`", second=UNITS),
    Stranger("sequential.py:input_of_two_dimensions", "Input of 8x8", second=UNITS),
    Stranger(
        "sequential.py:input_of_vectors",
        "Input of 64 for images",
        ours=REFUSES,
        theirs=FAILS,
        says="(64,)",
    ),
    Stranger("sequential.py:nested", "a model in a model", second=UNITS),
    Stranger(
        "sequential.py:nested_without_input", "the same, no Input layer", second=UNITS
    ),
    Stranger("sequential.py:with_another_head", "`model.pop()`", second=UNITS),
    Stranger("sequential.py:separate_softmax", "softmax as a layer", second=UNITS),
)

FUNCTIONAL = (
    Stranger("functional.py:residual", "residual block", second={"filters": 16}),
    Stranger("functional.py:branches", "branches", second={"filters": 16}),
    Stranger("functional.py:shared_layer", "shared layer", second=UNITS),
    Stranger("functional.py:any_size", "images of any size", second={"filters": 48}),
    Stranger("functional.py:operations", "`keras.ops`", second=UNITS),
    Stranger("functional.py:attention", "attention", second={"heads": 4}),
    Stranger("functional.py:recurrent", "GRU over rows", second={"units": 48}),
    Stranger("functional.py:dictionary_of_one_input", "a dictionary of one input"),
    Stranger("functional.py:list_of_one_output", "a list of one output"),
    Stranger(
        "functional.py:two_inputs",
        "two inputs",
        ours=REFUSES,
        theirs=FAILS,
        says="input",
    ),
    Stranger(
        "functional.py:two_outputs",
        "two outputs",
        ours=REFUSES,
        theirs=FAILS,
        says="output",
    ),
    Stranger(
        "functional.py:too_many_outputs",
        "12 outputs for ten classes",
        ours=REFUSES,
        says="must return (batch, 10)",
    ),
    Stranger(
        "functional.py:too_few_outputs",
        "5 outputs for ten classes",
        ours=REFUSES,
        theirs=FAILS,
        says="must return (batch, 10)",
        one_hot=True,
    ),
    Stranger(
        "functional.py:output_for_each_pixel",
        "no Flatten",
        ours=REFUSES,
        theirs=FAILS,
        says="must return (batch, 10)",
    ),
    Stranger(
        "functional.py:image_to_image",
        "a decoder, trained at chance",
        ours=REFUSES,
        says="must return (batch, 10)",
    ),
    Stranger(
        "functional.py:uncompiled",
        "not compiled",
        ours=REFUSES,
        theirs=FAILS,
        says="compiled",
    ),
    Stranger(
        "functional.py:other_images",
        "Input of 28x28x1 for 8x8x1",
        ours=REFUSES,
        theirs=FAILS,
        says="(28, 28, 1)",
    ),
)

STRANGERS = (
    *GUIDES,
    *SEQUENTIAL,
    *FUNCTIONAL,
    *SUBCLASSED,
    *LOSSES,
    *TRAINING,
    *LAYERS,
    *TF_KERAS,
)
