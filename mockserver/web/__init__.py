"""SPEAK: the ASGI adapter, the Starlette application, the control API."""
