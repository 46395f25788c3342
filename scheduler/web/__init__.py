"""The counters of the office on the web: customers, reception, managers, administrators, programs."""
