"""Whether the addresses that live runbooks name still answer. docs/links.md says how it judges."""
