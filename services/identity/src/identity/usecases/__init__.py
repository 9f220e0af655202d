"""What identity does, apart from HTTP and Mongo."""
