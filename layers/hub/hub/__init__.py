"""The integration hub: everything the functions share."""
