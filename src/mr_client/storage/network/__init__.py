"""Bytes over HTTP: through which proxy, to whom, trusting which certificates, and what a refusal means."""
