"""Bringing the runbooks that a team already has: read a tree, convert it gently, propose or publish."""
