"""How a value is quoted in a command. Pure: imports no Django. Others import `runbooks.variables`."""
