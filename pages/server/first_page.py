"""The HTML document of the app: Streamlit's, with the app's title, its style, and a first line of text.

Streamlit's document is empty until its scripts have run. Then its parts arrive one by one: the style that a script
sends arrives after the elements that it styles, and the sidebar pushes the page aside. This document has the style from
the start, keeps the sidebar's place free, and lets the browser fetch at once the files that every page needs.
"""

from __future__ import annotations

from http import HTTPStatus
from pathlib import Path

from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from pages import heights

DOCUMENT = "index.html"
FRESH = {"Cache-Control": "no-cache"}  # requested anew at every visit, like Streamlit's
STYLE = Path(__file__).parents[1] / "style.css"
# Scripts that every page needs, and that the browser would fetch late.
NEEDED = ("Html", "purify.es", "BidiComponent", "ButtonGroup", "Selectbox", "NumberInput")
WORDS = (
    '<div class="first-words"><b>ReLUscope</b><br>The linear regions of ReLU networks, exactly. '
    "The page is on its way …</div>"
)
BEFORE = """
@media (min-width: 769px) { /* the sidebar's place, until it is there, and in it that of the list of pages */
  .stApp:not(:has([data-testid="stSidebar"])) :has(> [data-testid="stMain"]) { margin-left: 281px; }
  :root .stApp.stApp:not(:has([data-testid="stSidebar"])) [data-testid="stMainBlockContainer"] { padding-top: 1.4rem; }
}
[data-testid="stSidebarContent"]:not(:has([data-testid="stSidebarNav"])) [data-testid="stSidebarUserContent"] {
  margin-top: 210px; }
.first-words { position: fixed; top: 1.4rem; left: 1.8rem; font: 1rem/1.6 "Source Sans", sans-serif; }
@media (prefers-color-scheme: dark) { body:has(.first-words) { background: #0E1117; color: #FAFAFA; } }
"""


def serve_first_page() -> None:
    """Let Streamlit's server send this document instead of its own. No file is written."""
    from streamlit.web.server.starlette import starlette_static_routes as routes

    create_handler = routes.create_streamlit_static_handler

    def handler(directory: str, base_url: str | None) -> StaticFiles:
        files = create_handler(directory, base_url)
        respond, page = files.get_response, first_page(Path(directory)).encode()

        async def get_response(path: str, scope: Scope) -> Response:
            response = await respond(path, scope)
            return Response(page, media_type="text/html", headers=FRESH) if _is_document(response, path) else response

        files.get_response = get_response  # type: ignore[method-assign]
        return files

    routes.create_streamlit_static_handler = handler


def _is_document(response: Response, path: str) -> bool:
    """Whether a response is Streamlit's document, or tells the browser to use the copy that it has of it.

    The browser may have that copy from another Streamlit app at the same address.
    """
    if isinstance(response, FileResponse):
        return Path(response.path).name == DOCUMENT
    return response.status_code == HTTPStatus.NOT_MODIFIED and path in (".", DOCUMENT)


def first_page(frontend: Path) -> str:
    """The document, made from the folder of Streamlit's frontend. Files that the folder lacks are not preloaded."""
    page = (frontend / DOCUMENT).read_text(encoding="utf-8")
    links = [
        f'<link rel="modulepreload" crossorigin href="./{script.relative_to(frontend).as_posix()}">'
        for name in NEEDED
        for script in sorted(frontend.glob(f"static/js/{name}.*.js"))
    ]
    style = STYLE.read_text(encoding="utf-8")  # nested, it overrides Streamlit's style, which comes later
    head = "\n".join([*links, f"<style>:root {{\n{style}}}\n{heights.style_at_first()}\n{BEFORE}</style>", "</head>"])
    page = page.replace("<title>Streamlit</title>", "<title>ReLUscope</title>").replace("</head>", head, 1)
    return page.replace('<div id="root"></div>', f'<div id="root">{WORDS}</div>', 1)
