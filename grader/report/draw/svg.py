"""A few shapes as SVG text. Everything is escaped; numbers are short; there are no ids, so that many fit on one page."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Any

# Colours are custom properties with a fallback, so that a page can give its own and a lone file still has some.
STYLE = """
:root{--ink:#1f2328;--dim:#656d76;--line:#d0d7de;--paper:#fff;--input:#0969da;--other:#8250df;--got:#bc4c00;--wanted:#116329}
@media (prefers-color-scheme:dark){:root{--ink:#e6edf3;--dim:#9198a1;--line:#3d444d;--paper:#0d1117;--input:#58a6ff;
--other:#bc8cff;--got:#f0883e;--wanted:#56d364}}
""".strip()
FONT = (
    "system-ui, -apple-system, 'Segoe UI', 'Noto Sans CJK SC', 'PingFang SC', 'Microsoft YaHei', sans-serif"
)


def element(name: str, content: str = "", **attributes: Any) -> str:
    """`content` is SVG already; attributes are escaped. `stroke_width=1` gives stroke-width="1"."""
    parts = "".join(f' {k.replace("_", "-")}="{_value(v)}"' for k, v in attributes.items() if v is not None)
    return f"<{name}{parts}>{content}</{name}>" if content else f"<{name}{parts}/>"


def text(x: float, y: float, words: str, **attributes: Any) -> str:
    """A line of text; `words` are escaped."""
    settings = {"font_size": 11, "fill": "var(--dim,#656d76)"} | attributes
    return element("text", escape(words), x=x, y=y, **settings)


def picture(width: float, height: float, shapes: Iterable[str], label: str) -> str:
    """The whole SVG. `label` is what a screen reader says."""
    title = element("title", escape(label) or " ")
    return element(
        "svg",
        title + "".join(shapes),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {_number(width)} {_number(height)}",
        width=width,
        height=height,
        role="img",
        font_family=FONT,
    )


def standalone(svg: str) -> str:
    """The same as a file of its own, which follows the reader's dark or light."""
    style = f"<style>{STYLE} svg{{background:var(--paper)}}</style>"
    return svg.replace("<title>", style + "<title>", 1)


def _value(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return _number(value) if isinstance(value, float) else escape(str(value))


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") or "0"
