"""The independent judge: recorded traffic held against a document by openapi-core."""
