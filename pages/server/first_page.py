"""The document that a browser gets first: Streamlit's, with the app's name, its style, and words to read at once.

Streamlit's own is empty until its scripts have run, and its parts come one by one: the style that a script sends
arrives after what it is for, the sidebar pushes the page aside. Here the style is there from the start, the sidebar has
its place, and the browser fetches at once what every page needs.
"""

from __future__ import annotations

from http import HTTPStatus
from pathlib import Path

from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from pages import heights

DOCUMENT = "index.html"
FRESH = {"Cache-Control": "no-cache"}  # asked for anew at every visit, as Streamlit's own
STYLE = Path(__file__).parents[1] / "style.css"
NEEDED = ("Html", "purify.es", "BidiComponent", "ButtonGroup", "Selectbox", "NumberInput")  # it would fetch them late
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
  margin-top: 178px; }
.first-words { position: fixed; top: 1.4rem; left: 1.8rem; font: 1rem/1.6 "Source Sans", sans-serif; }
@media (prefers-color-scheme: dark) { body:has(.first-words) { background: #0E1117; color: #FAFAFA; } }
"""


def serve_first_page() -> None:
    """Let Streamlit's server give it wherever it would give its own; no file is written."""
    from streamlit.web.server.starlette import starlette_static_routes as routes

    theirs = routes.create_streamlit_static_handler

    def handler(directory: str, base_url: str | None) -> StaticFiles:
        files = theirs(directory, base_url)
        given, page = files.get_response, first_page(Path(directory)).encode()

        async def get_response(path: str, scope: Scope) -> Response:
            response = await given(path, scope)
            return Response(page, media_type="text/html", headers=FRESH) if _is_document(response, path) else response

        files.get_response = get_response  # type: ignore[method-assign]
        return files

    routes.create_streamlit_static_handler = handler


def _is_document(response: Response, path: str) -> bool:
    """Whether it gives Streamlit's document, or says that the browser has it, from another app at this address."""
    if isinstance(response, FileResponse):
        return Path(response.path).name == DOCUMENT
    return response.status_code == HTTPStatus.NOT_MODIFIED and path in (".", DOCUMENT)


def first_page(given: Path) -> str:
    """The document, from the folder of Streamlit's frontend. What it does not have is left out."""
    page = (given / DOCUMENT).read_text(encoding="utf-8")
    links = [
        f'<link rel="modulepreload" crossorigin href="./{found.relative_to(given).as_posix()}">'
        for name in NEEDED
        for found in sorted(given.glob(f"static/js/{name}.*.js"))
    ]
    style = STYLE.read_text(encoding="utf-8")  # one level down it counts for more than Streamlit's, which comes later
    head = "\n".join([*links, f"<style>:root {{\n{style}}}\n{heights.style_at_first()}\n{BEFORE}</style>", "</head>"])
    page = page.replace("<title>Streamlit</title>", "<title>ReLUscope</title>").replace("</head>", head, 1)
    return page.replace('<div id="root"></div>', f'<div id="root">{WORDS}</div>', 1)
