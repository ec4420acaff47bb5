"""A reader of the files of torch.export.save, .pt2: README.md."""
