"""The `kiosk` command's parts: one module per group of subcommands."""
