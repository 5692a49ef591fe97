"""Webhooks over the whole stack: what a provider tells reaches the integration, and nobody else."""

import pytest

pytestmark = pytest.mark.stack
