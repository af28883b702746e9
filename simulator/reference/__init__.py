"""The languages of files, and the journal, as others read them: JSON Schemas, pages for people."""
