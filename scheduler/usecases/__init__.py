"""Changing the office: one function per use case, and none of them commits."""
