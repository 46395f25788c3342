"""Looking at the office: one function per page or feed, and none of them writes."""
