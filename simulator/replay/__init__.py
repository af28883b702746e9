"""Doing a run again that has left a manifest, and telling what is different and why."""
