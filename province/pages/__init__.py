"""The province's page: what the staff of a department sees and does in a browser."""
