"""Serving: a study's models behind a small HTTP interface, and a page to try them on.

- ``predictor``: predictions and explanations for image files; needs Keras.
- ``application``: the HTTP interface; needs Starlette.

The other modules are private.
"""
