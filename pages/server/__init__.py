"""What `make run` starts."""
