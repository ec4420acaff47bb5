"""Files of networks. They are untrusted: never unpickled, limited in size, checked before use."""
