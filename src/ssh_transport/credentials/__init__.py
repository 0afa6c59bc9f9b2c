"""
Recognises private keys, tokens and credential files by content and by name.

The guards of a push, the audit and the linter use these rules.
"""
