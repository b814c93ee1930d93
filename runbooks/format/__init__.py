"""The parts that `runbooks.document` is read with. Pure Python: imports no Django.

Other rooms import `runbooks.document`, which names all that they need.
"""
