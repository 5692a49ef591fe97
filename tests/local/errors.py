"""What stops the local stack with one sentence for a person instead of a traceback."""


class LocalError(Exception):
    """Something on this machine prevents the local stack from running."""


class ConfigurationError(LocalError):
    """The environment or .env.local asks for something impossible: exit status 2."""
