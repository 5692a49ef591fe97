"""Everything that is kept, in the domain's words. No boto3 exception leaves this package."""
