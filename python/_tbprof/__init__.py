"""What records Python programs under `tbprof run`. Not for users: they import tbprof."""
