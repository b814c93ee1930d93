#!/usr/bin/env python
"""Django's command line."""

from portal.command_line import main

if __name__ == "__main__":
    main()
