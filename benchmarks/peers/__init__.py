"""The mock beside other mock servers, on one document and in one run."""
