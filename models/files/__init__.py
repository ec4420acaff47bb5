"""Networks from and to files. Files are untrusted: never unpickled, limited in size, checked before use."""
