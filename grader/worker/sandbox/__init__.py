"""The sandbox of workers: which world the system can give them (`layers`), and how they go into it (`outer`, `inner`)."""
