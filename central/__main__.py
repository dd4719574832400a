"""`python -m central` is the same as the `central` command."""

from central.cli import main

if __name__ == "__main__":
    main()
