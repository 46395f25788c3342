"""What the office does by the clock, in a process of its own."""
