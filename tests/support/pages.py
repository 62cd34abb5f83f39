"""Reading the pages that the project writes: their tags, what they refer to, and what they would run."""

import hashlib
import re
from base64 import b64encode
from html.parser import HTMLParser

VOID = {"meta", "br", "hr", "img", "link", "input", "col"}


class Reader(HTMLParser):
    """Checks that tags balance; keeps tags, attributes, ids, text and scripts."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open, self.ids, self.attributes, self.tags, self.texts, self.scripts = [], [], [], [], [], []

    def handle_starttag(self, tag, attrs):
        self.handle_startendtag(tag, attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        self.ids += [value for name, value in attrs if name == "id"]

    def handle_endtag(self, tag):
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data):
        inside = self.open[-1] if self.open else ""
        if inside == "script":
            self.scripts.append(data)
        elif inside != "style":
            self.texts.append(data)

    @property
    def text(self):
        """Give all that a reader sees, in one line."""
        return " ".join(" ".join(self.texts).split())


def read(html):
    reader = Reader()
    reader.feed(html)
    reader.close()
    assert not reader.open
    return reader


def outer_references(html):
    """List what a page would load, open or run from elsewhere; its own script, which its policy names, is none."""
    reader = read(html)
    found = [
        (tag, name, value)
        for tag, name, value in reader.attributes
        if name in ("src", "srcset", "data", "action", "xlink:href", "poster", "background")
        or (name == "href" and not value.startswith("#"))
        or name.startswith("on")
        or re.search(r"https?:|javascript:", value)
    ]
    bare = html.replace(reader.scripts[0], "") if reader.scripts else html
    found += re.findall(r"@import|url\((?!#)[^)]*|<link|https?://\S+", bare)
    own = [f"'sha256-{b64encode(hashlib.sha256(script.encode()).digest()).decode()}'" for script in reader.scripts]
    policy = next(value for tag, name, value in reader.attributes if tag == "meta" and value.startswith("default-src"))
    found += [("script", "policy", policy)] if len(own) != 1 or f"script-src {own[0]}" not in policy else []
    found += [("meta", "policy", policy)] if not policy.startswith("default-src 'none';") else []
    return found
