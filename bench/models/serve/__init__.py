"""Serving: a study's models behind a small HTTP interface, and a page to try them on.

- ``extra``: whether the packages are installed; imports none of them.
- ``predictor``: predictions and explanations for image files; needs Keras.
- ``application``: the HTTP interface; needs Starlette.
- ``server``: its socket, and the loop of the server; needs uvicorn.

The other modules are private.
"""
