"""Request headers that the HTTP library acts on, and odd values for them."""

import pathlib
import re
import subprocess

# What names the library's parts, and what it is made of where its header has no definitions.
_HEADER_NAME = re.compile(rb"[A-Z][A-Za-z0-9]*(?:-[A-Z][A-Za-z0-9]*)*")

# Some that the library is known to read: what is found in it must have these.
KNOWN = {"Connection", "Range", "Expect", "Content-Length", "Transfer-Encoding"}


def _texts(path: pathlib.Path) -> set[bytes]:
    """The texts of a source file or of a compiled library."""
    data = path.read_bytes()
    if path.suffix == ".h":
        return set(re.findall(rb'"([^"\\\n]*)"', data))
    return set(re.findall(rb"(?<=\0)([ -~]+)(?=\0)", data))


def _compiled_library() -> list[pathlib.Path]:
    listed = subprocess.run(
        ["ldconfig", "-p"],
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": "/usr/sbin:/sbin:/usr/bin:/bin"},
    ).stdout
    return [pathlib.Path(line.split()[-1]) for line in listed.splitlines() if "httplib" in line]


def names() -> list[str]:
    """Every word of the installed cpp-httplib that may be the name of a request header."""
    found: set[str] = set()
    for path in [pathlib.Path("/usr/include/httplib.h"), *_compiled_library()]:
        for text in _texts(path):
            if len(text) > 1 and _HEADER_NAME.fullmatch(text):
                name = text.decode()
                # A linker lets one text be the end of another: "Range" of "Content-Range".
                parts = name.split("-")
                found |= {"-".join(parts[at:]) for at in range(len(parts))}
    return sorted(found)


_NUMBERS = ["0", "-1", "1", "4096", "99999999", "9" * 19, "9" * 40, "18446744073709551615", "0x10"]
_RANGES = [
    "bytes=0-4095",
    "bytes=0-0",
    "bytes=1-1",
    "bytes=99999999-",
    "bytes=-4096",
    "bytes=-0",
    "bytes=5-2",
    "bytes=-",
    "bytes=",
    "bytes=0-18446744073709551615",
    "bytes=9223372036854775807-9223372036854775807",
    "bytes=" + "9" * 40 + "-",
    "bytes=0-0,1-1,99999999-",
    "bytes=" + ",".join(["0-"] * 1200),
    "bytes=" + ",".join(["0-4095"] * 1000),
    "bytes 0-4095/4096",
    "lines=0-4095",
]
_WORDS = [
    "",
    "x",
    "\t",
    "close",
    "keep-alive",
    "Upgrade",
    "100-continue",
    "chunked",
    "gzip, chunked",
    "gzip",
    "br",
    "identity;q=0, *;q=0",
    "text/html;q=nan",
    "multipart/form-data; boundary=x",
    "multipart/form-data",
    "application/x-www-form-urlencoded",
    "Basic eDp4",
    "Digest realm=x, nonce=y, qop=auth, algorithm=MD5",
    "timeout=0, max=0",
    "http://127.0.0.1:1/",
    "\xff\xfe",
    "%s%n%x",
    "a" * 7000,
]
VALUES = _NUMBERS + _RANGES + _WORDS
