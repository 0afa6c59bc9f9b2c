"""Values in the form of secrets, made up for the tests."""

from __future__ import annotations

HF_TOKEN = "hf_" + "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7b" * 2
API_KEY = "9f8e7d6c5b4a39281706f5e4d3c2b1a098765432"
PRIVATE_KEY = (
    "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7\n-----END PRIVATE KEY-----\n"
)
