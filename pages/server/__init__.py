"""The server of the app: its start, its end, and what it changes in Streamlit (see the README)."""
