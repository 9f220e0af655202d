"""What the page for developers shows of the local stack. Off by default, and refused in production."""
