"""Travel times over streets, and the search for good runs. Knows nothing of the web or the database."""
