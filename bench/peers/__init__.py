"""What others do for the same task, written by us from general knowledge, to be measured beside our own way."""
