"""The rows of the office: mapped classes, constraints, the database and its migrations."""
