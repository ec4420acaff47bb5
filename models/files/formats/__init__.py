"""Kinds of files that networks come in. Each reader gives an architecture and its weights; see
`models.files.network_files`.
"""
