"""What a package says, byte for byte: changes, merge, signatures, the package file and its receipt."""
