"""`make bench`: how long loading takes beside a bare COPY and beside other loaders. See docs/performance.md."""
