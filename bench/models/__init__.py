"""Trained models and what can be done with them once their study is over.

``bench.models.generate`` needs Keras, so it is imported where it is used.
"""
