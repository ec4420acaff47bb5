"""A page that shows hostile texts in every place where Streamlit reads Markdown."""

from __future__ import annotations

import streamlit as st

from pages.shared.plain import complain, plain

TEXTS = (
    "![a](http://x.example/i.png)",
    "<b>bold</b><img src=x onerror=alert(1)>",
    "$x$ and $$y$$ and \\(z\\)",
    ":smile: :red[no] :material/home: :streamlit:",
    "www.example.com http://example.com/a?b=1 me@example.com",
    "*a* **b** _c_ __d__ ~e~ ~~f~~ `g` ``h``",
    "# heading",
    "> quote",
    "- item",
    "+ item",
    "1. item",
    "12) item",
    "a -> b <- c <-> d -- e >= f <= g ~= h",
    "&lt;b&gt; &#65; &copy;",
    "[a]: http://x [^1] [b][a] <http://x>",
    "\\ \\* \\_ \\\\",
    "| a | b | --- | --- |",
    "model_state_dict.pth",
    "---",
    "===",
    "```python",
)


def page() -> None:
    for number, text in enumerate(TEXTS):
        with st.container(key=f"text-{number}"):
            st.caption(plain(text))
            st.button(plain(text), key=f"button-{number}")
            st.error(plain(text))
            st.segmented_control(plain(text), [text], format_func=plain, key=f"choice-{number}")
    with st.container(key="complaint"):
        complain(ValueError(TEXTS[0]))


if __name__ == "__main__":
    page()
