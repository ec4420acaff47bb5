"""A reader of ONNX graphs, as chains of layers or as graphs of layers: README.md."""
