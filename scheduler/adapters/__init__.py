"""The world outside the office: its clock, its post, its calendars and its secrets."""
