"""Django's PostgreSQL backend, with a look at the connection that costs no question (settings.DATABASES)."""
