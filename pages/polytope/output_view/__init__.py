"""The live view of the output plane: sets that morph as ε grows, and vertices with the inputs that reach them."""

from pages.polytope.output_view.component import OutputPlane, asked_eps, output_view

__all__ = ["OutputPlane", "asked_eps", "output_view"]
