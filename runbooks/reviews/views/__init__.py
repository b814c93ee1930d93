"""Pages of owners and leads: what is due, one review, the library's health."""
