"""The figures the project promises, as runnable programs: `make bench`."""
