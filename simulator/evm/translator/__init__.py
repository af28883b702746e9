"""A tracing translator: frequent runs of instructions become functions of Python."""
