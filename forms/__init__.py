"""Reading HTML forms: each form checks the shape of what was typed and returns a value of the rules."""
