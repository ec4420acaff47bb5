"""The output plane, live: sets that morph as ε grows, vertices that name the inputs that reach them."""

from pages.polytope.output_view.component import OutputPlane, asked_eps, output_view

__all__ = ["OutputPlane", "asked_eps", "output_view"]
