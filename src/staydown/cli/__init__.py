"""Room: one file per subcommand."""
