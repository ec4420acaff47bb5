"""ONNX graphs, read into a chain of layers."""
