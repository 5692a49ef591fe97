"""What GitHub tells: verified and queued, nothing else."""

from hub import ingress

handler = ingress.serve("github")
