"""The office: its rules, what changes it, and who asks."""
