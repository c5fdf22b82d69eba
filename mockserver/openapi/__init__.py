"""READ: OpenAPI documents, loaded, corrected, compiled; immutable, without state or HTTP."""
