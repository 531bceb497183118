"""Servers of pages: whether their packages are installed, their socket, their guard.

- ``extra``: whether the packages are installed; imports none of them.
- ``guard``: bounds what an application is sent, and what its pages may do; needs
  Starlette.
- ``server``: the socket and the loop of a server; needs uvicorn.
"""
