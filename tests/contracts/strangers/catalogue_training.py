"""The second half of the table: subclasses, losses, trainings and layers."""

from __future__ import annotations

from strangers.images import PARITY
from strangers.stranger import Stranger

UNITS = {"units": 64}

SUBCLASSED = (
    Stranger("subclassed.py:own_call", "own `call`", second=UNITS),
    Stranger("subclassed.py:train_step", "own `train_step`", second=UNITS),
    Stranger("subclassed.py:mixup", "own `train_step`, one-hot labels", one_hot=True),
    Stranger("subclassed.py:compute_loss_of_images", "`compute_loss` that needs `x`"),
    Stranger("subclassed.py:compute_metrics_of_images", "`compute_metrics` with `x`"),
    Stranger("subclassed.py:own_fit", "own `Model.fit`: class weights"),
    Stranger("subclassed.py:fit_on_mirrored", "own `Model.fit`: more images"),
    Stranger("subclassed.py:predict_step", "own `predict_step`"),
    Stranger("subclassed.py:added_loss", "`add_loss` in `call`"),
    Stranger("subclassed.py:own_compile", "own `compile`", second={"temperature": 2.0}),
)

LOSSES = (
    Stranger("losses.py:from_logits", "`from_logits=True`", second=UNITS),
    Stranger("losses.py:lambda_over_integers", "lambda over integers", second=UNITS),
    Stranger("losses.py:function_over_integers", "function over integers"),
    Stranger("losses.py:focal_over_integers", "focal loss over integers"),
    Stranger("losses.py:wrapped_logits", "wrapped loss of logits", second=UNITS),
    Stranger("losses.py:linear_under_cross_entropy", "wrong: no softmax"),
    Stranger("losses.py:softmax_before_logits", "wrong: softmax and `from_logits`"),
    Stranger("losses.py:relu_outputs", "wrong: ReLU outputs"),
    Stranger("losses.py:sparse_metrics", "metrics of integers"),
    Stranger("losses.py:label_smoothing", "label smoothing", one_hot=True),
    Stranger("losses.py:focal_over_one_hot", "focal loss over one-hot", one_hot=True),
    Stranger("losses.py:focal_of_keras", "Keras' focal loss", one_hot=True),
    Stranger("losses.py:squared_error", "squared error", one_hot=True),
    Stranger("losses.py:squared_error_of_linear", "the same, linear", one_hot=True),
    Stranger("losses.py:binary_for_each_class", "ten sigmoids", one_hot=True),
    Stranger("losses.py:hinge", "categorical hinge", one_hot=True),
    Stranger("losses.py:divergence", "Kullback-Leibler", one_hot=True),
    Stranger("losses.py:f1_score", "F1Score and AUC", one_hot=True),
    Stranger("losses.py:one_sigmoid", "one sigmoid", data=PARITY, second=UNITS),
    Stranger("losses.py:one_logit", "one logit", data=PARITY, threshold=0.0),
    Stranger("losses.py:binary_focal", "binary focal loss", data=PARITY),
    Stranger("losses.py:hinge_of_tanh", "hinge, one tanh", data=PARITY, threshold=0.0),
    Stranger("losses.py:squared_error_of_sigmoid", "squared error", data=PARITY),
    Stranger("losses.py:two_outputs_over_integers", "two outputs", data=PARITY),
    Stranger("losses.py:two_sigmoids", "two sigmoids", data=PARITY, one_hot=True),
)

TRAINING = (
    Stranger("training.py:exponential_decay", "schedule", second={"rate": 2e-2}),
    Stranger("training.py:own_schedule", "schedule of one's own"),
    Stranger("training.py:clipped_norm", "clipped norm", second={"norm": 0.01}),
    Stranger("training.py:clipped_value", "clipped values"),
    Stranger("training.py:globally_clipped", "clipped global norm"),
    Stranger("training.py:moving_average", "`use_ema`"),
    Stranger("training.py:moving_average_overwritten", "`ema_overwrite_frequency`"),
    Stranger(
        "training.py:excluded_from_decay",
        "`exclude_from_weight_decay`",
        second={"excluded": True},
    ),
    Stranger(
        "training.py:accumulated_gradients",
        "gradient accumulation",
        second={"steps": 4},
    ),
    Stranger(
        "training.py:named_optimizer",
        "optimizer by name",
        second={"optimizer": "nadam"},
    ),
    Stranger("training.py:loss_weights", "loss weights"),
    Stranger("training.py:under_xla", "`jit_compile`"),
    Stranger("training.py:eager", "`run_eagerly`"),
    Stranger("training.py:several_steps_per_execution", "`steps_per_execution`"),
    Stranger("training.py:mixed_precision", "mixed precision of a layer"),
    Stranger("training.py:globally_mixed_precision", "global mixed precision"),
    Stranger(
        "training.py:EarlyStopping", "early stopping in `fit`", second={"patience": 4}
    ),
    Stranger("training.py:StopsAfterTwo", "`fit` that ends after two epochs"),
    Stranger("training.py:RatesByEpoch", "learning rates by epoch"),
    Stranger("training.py:ReducedRates", "ReduceLROnPlateau"),
    Stranger("training.py:ClassWeights", "class weights in `fit`"),
    Stranger("training.py:SampleWeights", "sample weights in `fit`"),
    Stranger("training.py:OwnBatchSize", "batch size in `fit`", second={"batch": 128}),
    Stranger("training.py:OwnEpochs", "epochs in `fit`", second={"epochs": 5}),
    Stranger("training.py:OwnValidation", "own validation split in `fit`"),
    Stranger("training.py:DatasetInFit", "`tf.data` in `fit`"),
    Stranger("training.py:FitTwice", "two calls of `fit`"),
)

LAYERS = (
    Stranger("images_first.py:rescaled_bytes", "Rescaling(1/255)", raw=True),
    Stranger("images_first.py:rescaled_to_signs", "Rescaling to [-1, 1]", raw=True),
    Stranger("images_first.py:rescaled_by_a_lambda", "Lambda(x / 255)", raw=True),
    Stranger(
        "images_first.py:augmented", "translate, rotate, zoom", second={"rotation": 0.1}
    ),
    Stranger("images_first.py:augmented_colours", "contrast and brightness"),
    Stranger("images_first.py:cropped", "padding and crops"),
    Stranger("images_first.py:resized", "Resizing"),
    Stranger("images_first.py:normalized", "Normalization by constants"),
    Stranger("images_first.py:adapted", "Normalization, adapted"),
    Stranger("images_first.py:vectors_first", "Reshape to vectors"),
    Stranger("images_first.py:sequences_first", "Reshape to sequences"),
    Stranger("layers_inside.py:noise", "GaussianNoise", second={"deviation": 0.8}),
    Stranger("layers_inside.py:dropouts", "four dropouts", second={"rate": 0.5}),
    Stranger(
        "layers_inside.py:batch_normalization",
        "BatchNormalization",
        second={"momentum": 0.99},
    ),
    Stranger("layers_inside.py:other_normalizations", "layer and group"),
    Stranger("layers_inside.py:kernel_regularizers", "L1 and L2", second={"l2": 1.0}),
    Stranger("layers_inside.py:activity_regularizers", "activity regularizers"),
    Stranger("layers_inside.py:constraints", "MaxNorm", second={"norm": 0.05}),
    Stranger("layers_inside.py:spectral_normalization", "spectral normalization"),
    Stranger("layers_inside.py:frozen_base", "frozen base", second={"filters": 8}),
    Stranger("layers_inside.py:frozen_after_compilation", "frozen after `compile`"),
    Stranger("layers_inside.py:constant_weights", "`set_weights` in `build`"),
    Stranger("layers_inside.py:strides", "strides, LeakyReLU"),
    Stranger("layers_inside.py:separable", "depthwise, separable"),
    Stranger("layers_inside.py:own_weights", "layer with weights"),
    Stranger(
        "layers_inside.py:own_randomness", "layer with seeds", second={"rate": 0.9}
    ),
    Stranger("layers_inside.py:own_loss", "layer with a loss"),
    Stranger("layers_inside.py:own_block", "layer of layers"),
    Stranger("layers_inside.py:own_activation", "lambda as activation"),
)

TF_KERAS = (
    Stranger(
        "tf_keras_imports.py:model_builder", "TensorFlow's tutorial", second=UNITS
    ),
    Stranger(
        "tf_keras_imports.py:loss_of_tensorflow", "a loss of `tf.nn`", one_hot=True
    ),
    Stranger("tf_keras_imports.py:sparse_loss_of_tensorflow", "a sparse one"),
    Stranger("tf_keras_imports.py:decorated_step", "`@tf.function` step"),
    Stranger(
        "tf_keras_imports.py:Hyper",
        "a HyperModel that takes `num_classes`",
        arguments={"num_classes": 10},
        second={"filters": 32},
    ),
)
