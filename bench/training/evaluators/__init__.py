"""What models of a task type are trained towards, and how good they are at it."""
