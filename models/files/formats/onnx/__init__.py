"""A reader of ONNX graphs as chains of layers."""
