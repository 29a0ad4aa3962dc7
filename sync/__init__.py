"""Packages to the province, receipts and changes back, over a line that may break at any byte."""
