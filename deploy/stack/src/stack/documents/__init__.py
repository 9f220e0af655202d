"""The public documents, made from the code of all services: OpenAPI, AsyncAPI and the page of error codes."""
