"""Deciding what commune and province changed differently."""
