"""catalog over HTTP: what everyone reads, and what admins and managers change."""
