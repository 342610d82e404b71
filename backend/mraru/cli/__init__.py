"""The command line: one file a command, thin over the rooms below; errors are one line on stderr."""
