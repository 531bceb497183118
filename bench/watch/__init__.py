"""Watching: the pages of a store while another process writes it.

``application`` needs Starlette; ``bench.web.extra`` says whether it is installed. The
store is only read. What is asked of a running study is left in a file for it.
"""
