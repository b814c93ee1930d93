"""The parts that `runbooks.rendering` draws with. Pure: imports no Django. Others import `rendering`."""
