"""The parts that families are built from.

- ``options``: what a user may set for some families; imports no Keras
- ``sizes``: sizes of search spaces; imports no Keras
- ``blocks``: blocks of layers, and the hyperparameters that many families declare
- ``layers``: layers whose settings are weights, such as ``Dropout``
- ``normalization``: fast batch normalization
- ``augmentation``: random changes of training images, and mixup
- ``training``: optimizers, learning rates, losses, the classifier
- ``residual``: residual blocks, for ``resnet`` and ``wide_resnet``
- ``five_convolutions``: the architecture that ``alexnet`` and ``zfnet`` share
- ``backbones``: the table of pretrained networks
- ``pretrained``: these networks at work on a task's images
- ``denoising``: the base class of denoisers
- ``generation``: the base class of generators

Importing this package does not import Keras; importing its modules does, except for
``options`` and ``sizes``.
"""
