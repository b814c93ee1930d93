"""Pages of people: signing in, one's own account, everybody's, and the audit trail."""
