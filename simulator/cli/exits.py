"""What exit codes mean."""

EXIT_FAILED = 1
EXIT_INVALID = 2
