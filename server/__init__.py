"""The web server: pages, sockets, the session store, jobs, re-scoring and exports."""
