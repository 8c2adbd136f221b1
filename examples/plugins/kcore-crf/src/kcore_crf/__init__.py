"""A linear-chain conditional random field for kcore: `from kcore.layers import CRF`."""
