"""Pages of the site that are made from the code: tasks, platforms, known problems, settings, exit codes."""
