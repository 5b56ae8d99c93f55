"""The reference backend: orders the events of many stations, serves feeds, leases numbers of codes."""
