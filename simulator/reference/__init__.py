"""The scenario language and the journal as others read them: JSON Schemas, pages for people."""
