"""
Connections and programs that outlast drops: retries, shared logins, several `ssh` at once; none outlives us.

From the bottom up: `process` runs a program that ends when we end, `persist` tries again, `shared_login` logs in beside
the Fabric connection, `streams` chooses how many connections, `relay` (one) and `stripe` (several) stand between rsync
and `ssh`, `remote_shell` starts them, `meter` reads what they count. `healing` runs one long command over `stripe`.
"""
