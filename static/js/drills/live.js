// A live page asks each second whether anything changed, and says so where it stands.
