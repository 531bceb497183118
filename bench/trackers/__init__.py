"""Studies in the trackers that teams use: TensorBoard, MLflow, Weights & Biases.

What a tracker shows is read from the store: a study, and in it each trial and each
final training with its hyperparameters, curve, result and files. What was sent is
remembered beside the store, so that sending again sends only what is new.

- ``table``: ``check`` refuses a tracker that can't be used, and ``tracker`` makes one;
  importing it is light.
- ``sending``: ``send_once`` sends a study.
- ``following``: ``Followed`` sends running studies, from threads of its own.
- ``entry``: ``Kind``, by which what was sent is counted.

The other modules are private to this package. Those named after a tracker import its
package when they are used.
"""
