"""The auditor's report of a run: plain pages in a folder, which open without a server and read well on paper."""
