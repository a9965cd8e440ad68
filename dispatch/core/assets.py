"""Style sheets, scripts and icons: served packed, under addresses whose content never changes.

Templates and scripts write plain addresses (`/static/js/app.js`). On their way out they get the version of all files
together (`/static/-5f0c.../js/app.js`), and browsers keep what lies there for a year. One version for all, because
modules import each other: two versions of one module on a page would be two modules. A plain address works as well and
is asked for anew each time. A script that was joined with its modules beforehand is sent so (see `bundles`).
"""

from __future__ import annotations

import hashlib
import math
import mimetypes
import re
from dataclasses import dataclass
from pathlib import Path

from flask import Flask, Response, current_app, request
from flask.typing import ResponseReturnValue

from . import clock
from .bundles import BUNDLED, Bundle, read_bundles
from .errors import NotFound
from .packing import LEAST_BYTES, SMALL_ALREADY, Store, choose, pack

FOR_EVER = "public, max-age=31536000, immutable"
PACKED = "packed"
_MADE = (PACKED, BUNDLED)
_SCRIPTS = (".js", ".mjs", ".css")
LOOK_EVERY_S = 2.0
"""The disk is asked for changed files so often: each page and each file names the version, and there are a hundred."""
_VERSION = re.compile(r"^-([0-9a-f]{16})/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """One file as it is sent."""

    content: bytes
    content_type: str


class Assets:
    """The files below some addresses, `{"/static": folder, ...}`, and such as are others joined in an order."""

    def __init__(
        self,
        folders: dict[str, Path],
        store: Path,
        *,
        joined: dict[str, tuple[str, ...]] | None = None,
        bundled: Path | None = None,
        look_every_s: float = LOOK_EVERY_S,
    ) -> None:
        self._look_every_s = look_every_s
        self._looked_s = -math.inf
        self._parts = joined or {}
        self._bundled = bundled
        self._bundles: dict[str, Bundle] = {}
        self._folders = {prefix: folder.resolve() for prefix, folder in folders.items()}
        self._store = Store(store)
        self._seen: object = None
        self._version = ""
        self._sent: dict[Path, Asset] = {}
        prefixes = "|".join(re.escape(prefix) for prefix in folders)
        self._address = re.compile(rf"(?<=[\"'`(])({prefixes})/(?=[a-z])")
        self._address_bytes = re.compile(self._address.pattern.encode())

    def version(self) -> str:
        """A hash of all files; taken anew when one of them was touched."""
        now_s = clock.monotonic_s()
        if now_s - self._looked_s >= self._look_every_s:
            if self._version:
                self._looked_s = now_s  # who asks meanwhile need not look too
            self._look()
            self._looked_s = now_s
        return self._version

    def _look(self) -> None:
        files = self._files()
        made = sorted(self._bundled.glob("*")) if self._bundled else []
        seen = [(path, path.stat().st_mtime_ns) for path in (*files, *made)]
        if seen != self._seen:
            self._bundles = read_bundles(self._bundled, self._path) if self._bundled else {}
            digest = hashlib.sha256()
            for path in files:
                digest.update(self._plain(path).encode() + hashlib.sha256(path.read_bytes()).digest())
            for bundle in self._bundles.values():
                digest.update(bundle.content)
            self._version, self._sent, self._seen = digest.hexdigest()[:16], {}, seen

    def bundle(self, entry: str) -> Bundle | None:
        """The script at a plain address joined with its modules, or None: then it loads them one by one."""
        self.version()
        return self._bundles.get(entry)

    def address(self, plain: str) -> str:
        """`/static/js/app.js` with its version."""
        return self._address.sub(rf"\1/-{self.version()}/", f"'{plain}'")[1:-1]

    def name_versions(self, text: bytes) -> bytes:
        """A page or script in which every address of a file has its version."""
        return self._address_bytes.sub(rb"\1/-" + self.version().encode() + rb"/", text)

    def find(self, address: str) -> tuple[Asset, bool]:
        """The file at an address, and whether the address names the present version; NotFound if there is none."""
        for prefix, folder in self._folders.items():
            if address.startswith(f"{prefix}/"):
                name = address.removeprefix(f"{prefix}/")
                named = _VERSION.match(name)
                plain = _VERSION.sub("", name)
                if f"{prefix}/{plain}" in self._parts:
                    return self._joined(f"{prefix}/{plain}"), named is not None and named[1] == self.version()
                path = (folder / plain).resolve()
                if path.is_relative_to(folder) and path.is_file():
                    return self._asset(path), named is not None and named[1] == self.version()
        raise NotFound(f"there is no file {address[:120]!r}")

    def _joined(self, address: str) -> Asset:
        parts = [self.find(part)[0].content for part in self._parts[address]]
        return Asset(content=b"\n".join(parts), content_type=_content_type(address))

    def packed(self, asset: Asset, encoding: str) -> bytes:
        """An asset's content, packed."""
        return self._store.packed(asset.content, encoding)

    def pack_all(self) -> tuple[int, int]:
        """Pack every file thoroughly; `(files, bytes saved)`."""
        assets = [self._asset(path) for path in self._files()]
        assets += [self._joined(address) for address in self._parts]
        large = [
            asset.content
            for asset in assets
            if len(asset.content) >= LEAST_BYTES and asset.content_type not in SMALL_ALREADY
        ]
        return len(large), self._store.fill(large)

    def _files(self) -> list[Path]:
        return sorted(
            path
            for folder in self._folders.values()
            for path in folder.rglob("*")
            if path.is_file() and not set(_MADE) & set(path.parts)
        )

    def _path(self, plain: str) -> Path | None:
        found = ((prefix, folder) for prefix, folder in self._folders.items() if plain.startswith(f"{prefix}/"))
        return next((folder / plain.removeprefix(f"{prefix}/") for prefix, folder in found), None)

    def _plain(self, path: Path) -> str:
        prefix, folder = next(item for item in self._folders.items() if path.is_relative_to(item[1]))
        return f"{prefix}/{path.relative_to(folder).as_posix()}"

    def _asset(self, path: Path) -> Asset:
        self.version()
        if path not in self._sent:
            bundle = self._bundles.get(self._plain(path))
            content = bundle.content if bundle else path.read_bytes()
            if path.suffix in _SCRIPTS:
                content = self.name_versions(content)
            self._sent[path] = Asset(content=content, content_type=_content_type(path.name))
        return self._sent[path]


def _content_type(name: str) -> str:
    return mimetypes.guess_type(name)[0] or "application/octet-stream"


def install(app: Flask, assets: Assets) -> None:
    """Serve the files, name their versions in pages, and pack all other answers that gain from it."""
    app.extensions["assets"] = assets
    app.add_url_rule("/static/<path:filename>", endpoint="static", view_func=serve)
    app.after_request(_pack_answer)
    app.after_request(_name_versions)


def current() -> Assets:
    """The running application's files."""
    found: Assets = current_app.extensions["assets"]
    return found


def serve(filename: str) -> ResponseReturnValue:
    """One file; which one says the whole address."""
    assets = current()
    asset, is_present = assets.find(request.path)
    encoding = choose(request.accept_encodings, asset.content_type, len(asset.content))
    response = Response(assets.packed(asset, encoding) if encoding else asset.content, mimetype=asset.content_type)
    if encoding:
        response.content_encoding = encoding
    response.vary.add("Accept-Encoding")
    response.headers["Cache-Control"] = FOR_EVER if is_present else "no-cache"
    response.add_etag(weak=True)
    return response.make_conditional(request)  # type: ignore[return-value]


def _name_versions(response: Response) -> Response:
    if response.mimetype == "text/html" and not response.is_streamed:
        response.set_data(current().name_versions(response.get_data()))
    return response


def _pack_answer(response: Response) -> Response:
    """Texts and data; never a stream, a file sent as it lies, or what is packed already."""
    if response.is_streamed or response.direct_passthrough or response.content_encoding or request.method == "HEAD":
        return response
    content_type = response.mimetype or ""
    if not content_type.startswith(("text/", "application/", "image/svg")) or response.status_code in (204, 304):
        return response
    response.vary.add("Accept-Encoding")
    body = response.get_data()
    encoding = choose(request.accept_encodings, content_type, len(body))
    if encoding:
        response.set_data(pack(body, encoding))
        response.content_encoding = encoding
        tag, _is_weak = response.get_etag()
        if tag is not None:
            response.set_etag(tag, weak=True)
    return response
