"""Imported by the process that workers are forked from, before anything else.

Every worker holds an end of the pipe by which that process would notice the end of the
process that started it, so a worker that hangs would keep it alive.
"""

from bench.executors.orphans import end_with_parent

end_with_parent()
