"""The rules of the office, in plain Python: the standard library and nothing else."""
