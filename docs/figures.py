#!/usr/bin/env python3
"""Draws conversation.svg, token.svg and data_flow.svg, and writes images.md. Standard library only.

    python3 docs/figures.py            # draws them
    python3 docs/figures.py --check    # exit status 1 if one is not what this script draws
"""

import base64
import sys
from html import escape
from pathlib import Path

HERE = Path(__file__).resolve().parent

SANS = "system-ui,'Segoe UI','DejaVu Sans',Helvetica,Arial,sans-serif"
MONO = "ui-monospace,Menlo,Consolas,'DejaVu Sans Mono','Liberation Mono',monospace"
INK, FAINT, LINE, PAPER = "#1f2328", "#57606a", "#8c959f", "#ffffff"
BLUE, GREEN, ORANGE, PURPLE, RED = "#0a58a8", "#1a7f37", "#a04a00", "#6f42c1", "#b3261e"
TINTS = {BLUE: "#e3effb", GREEN: "#e2f4e6", ORANGE: "#fdeede", PURPLE: "#f0eafb", RED: "#fbe9e7"}


def save(name, lines):
    path, content = HERE / name, "\n".join(lines) + "\n"
    if "--check" not in sys.argv[1:]:
        path.write_text(content, encoding="utf-8")
    elif path.read_text(encoding="utf-8") != content:
        sys.exit(f"docs/{name} is not what docs/figures.py draws")


def document(name, title, description, width, height, body):
    """The background is a separate rectangle, so that the text can be read on a dark page, too."""
    style = (
        f"text{{font:13px {SANS};fill:{INK}}}"
        f".mono{{font:12.5px {MONO}}}"
        f".title{{font-size:16px;font-weight:600}}"
        f".strong{{font-weight:600}}"
        f".faint{{fill:{FAINT}}}"
    )
    svg = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
        ' role="img" aria-labelledby="title description">',
        f'<title id="title">{escape(title)}</title>',
        f'<desc id="description">{escape(description)}</desc>',
        f"<style>{style}</style>",
        '<defs><marker id="arrow" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8"'
        f' orient="auto-start-reverse"><path d="M0 1 9 5 0 9z" fill="{INK}"/></marker></defs>',
        f'<rect width="{width}" height="{height}" rx="8" fill="{PAPER}"/>',
        *body,
        "</svg>",
    ]
    save(name, svg)


def text(x, y, content, cls="", anchor="start", fill=None):
    attributes = f' class="{cls}"' if cls else ""
    attributes += f' text-anchor="{anchor}"' if anchor != "start" else ""
    # A style, because the stylesheet's color takes precedence over an attribute.
    attributes += f' style="fill:{fill}"' if fill else ""
    return f'<text x="{x}" y="{y}"{attributes}>{escape(content)}</text>'


def box(x, y, width, height, fill, stroke=LINE):
    return f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="5" fill="{fill}" stroke="{stroke}"/>'


# Narrow, so that the text can be read on a phone.
WIDTH = 480

# ---- The conversation ----

PARTNER, BANK = 26, 454
MIDDLE = (PARTNER + BANK) // 2


def arrow(y, to_the_right):
    start, end = (PARTNER + 8, BANK - 8) if to_the_right else (BANK - 8, PARTNER + 8)
    ends = f'x1="{start}" y1="{y}" x2="{end}" y2="{y}"'
    return f'<line {ends} stroke="{INK}" stroke-width="1.5" marker-end="url(#arrow)"/>'


def token(y, parts, color):
    """A small picture of a token's five parts, above an arrow."""
    out, widths = [], [len(part) * 7.2 + 14 for part in parts]
    x = MIDDLE - (sum(widths) + 4 * 4) / 2
    for part, width in zip(parts, widths):
        out.append(box(f"{x:.1f}", y, f"{width:.1f}", 20, TINTS[color], color))
        out.append(text(f"{x + width / 2:.1f}", y + 14.5, part, anchor="middle", fill=color))
        x += width + 4
    return out


NOTES = PARTNER + 38


def step(number, y, title, color=INK):
    return [
        f'<circle cx="{NOTES - 16}" cy="{y - 5}" r="11" fill="{color}"/>',
        text(NOTES - 16, y - 0.5, number, "strong", "middle", PAPER),
        text(NOTES, y, title, "strong", fill=color),
    ]


def conversation():
    width = WIDTH
    body = [
        text(24, 34, "The conversation of a partner with a bank", "title"),
        text(24, 54, "Requests and responses travel over TLS, after a login.", "faint"),
        text(24, 72, "JWE protects the content inside.", "faint"),
    ]
    lines = len(body)
    for x, name in ((12, "Partner"), (width - 12 - 150, "Bank")):
        body.append(box(x, 86, 150, 46, "#f6f8fa"))
        body.append(text(x + 75, 105, name, "strong", "middle"))
        body.append(text(x + 75, 123, "has an RSA key pair", "faint", "middle"))
    y = 140

    def band(number, title, notes, to_the_right, color=INK, parts=()):
        nonlocal y
        height = 34 + 18 * len(notes) + (26 if parts else 0) + 18
        size = f'width="{width - 24}" height="{height}"'
        body.append(f'<rect x="12" y="{y}" {size} fill="none" stroke="#d0d7de" rx="6"/>')
        body.extend(step(number, y + 22, title, color))
        at = y + 42
        for note in notes:
            body.append(text(NOTES, at, note))
            at += 18
        if parts:
            body.extend(token(at - 10, parts, color))
            at += 26
        body.append(arrow(at + 2, to_the_right))
        y += height + 10

    band("1", "Upload a key: once, and for each new key",
         ["the partner's public key, base64 of its DER (SPKI),", "with a key id such as mine-2"], True)
    band("2", "Fetch a key: from time to time, as it changes",
         ["the bank's public key, base64 of its DER (SPKI)"], False)
    band("3", "Request: RSA-OAEP-256, to the bank's key",
         ["The partner draws a new CEK (content encryption key)", "for each request and keeps it. The bank's private key",
          "gives the bank the same CEK."],
         True, BLUE, ["header", "CEK for the bank", "IV", "content", "tag"])
    y += 18
    body.append(text(width // 2, y - 6, "The response comes in one of two ways:", "strong", "middle"))
    y += 6
    band("a", "Response: RSA-OAEP-256, to the partner's key",
         ["The kid says which private key of the partner decrypts", "it. The CEK is new."],
         False, GREEN, ["kid: mine-2", "CEK for the partner", "IV", "content", "tag"])
    band("b", "Response: dir, under the CEK of the request",
         ["No RSA. Only the partner and the bank have that CEK.", "It is used for this one response."],
         False, ORANGE, ["header", "(empty)", "IV", "content", "tag"])
    # Both sides' lines, below everything else.
    body[lines:lines] = [
        f'<line x1="{x}" y1="132" x2="{x}" y2="{y - 10}" stroke="{LINE}" stroke-dasharray="2 4"/>' for x in (PARTNER, BANK)
    ]
    body.append(text(24, y + 12, "An empty body is never encrypted: a GET request has no", "faint"))
    body.append(text(24, y + 30, "token, and neither does a response with status 204.", "faint"))
    bottom = y + 38
    document(
        "conversation.svg",
        "The conversation of a partner with a bank",
        "1: the partner uploads its public key. 2: it fetches the bank's public key. 3: it sends a request encrypted "
        "with RSA-OAEP-256 to the bank's key. The response comes either (a) encrypted with RSA-OAEP-256 to the partner's "
        "key, which kid names, or (b) encrypted with dir under the content encryption key of the request.",
        width,
        bottom + 8,
        body,
    )


# ---- The token ----


def characters(count):
    """Base64url without padding."""
    return (count * 4 + 2) // 3


HEADER = '{"alg":"RSA-OAEP-256","enc":"A256GCM"}'

PARTS = [
    ("1", "Header", "JWE Protected Header", BLUE,
     ["A JSON object: alg and enc, often kid,", "cty, url. Not secret. Authenticated:",
      "its text is part of what the tag covers."],
     ["any length up to the limit", "(Limits::DEFAULT_HEADER_LEN)"]),
    ("2", "Encrypted key", "JWE Encrypted Key", GREEN,
     ["RSA-OAEP-256: the CEK, encrypted to", "the receiver's RSA key.", "dir: nothing, the part is empty."],
     [f"{bits} bits: {bits // 8} bytes, {characters(bits // 8)} characters" for bits in (2048, 3072, 4096)]),
    ("3", "IV", "JWE Initialization Vector", ORANGE,
     ["Random, new for each message.", "Not secret."],
     [f"12 bytes, {characters(12)} characters"]),
    ("4", "Ciphertext", "JWE Ciphertext", PURPLE,
     ["The content, encrypted with AES-256-GCM", "under the CEK. May be empty."],
     ["n bytes, as many as the content:", "4n/3 characters, rounded up"]),
    ("5", "Tag", "JWE Authentication Tag", RED,
     ["Authenticates header, IV and", "ciphertext under the CEK.", "If it is wrong, nothing is returned."],
     [f"16 bytes, {characters(16)} characters"]),
]

TEXTS = ["eyJhbGciOiJSU0EtT0FFUC0yNTYi…", "OKOawDo13gRp2ojaHV7L…", "48V1_ALb6US04U3b", "5eym8TW_c8SuK0lt…", "XFBoMYUZodetZdvT…"]


def picture_of_the_token():
    width = WIDTH
    body = [
        text(24, 34, "A token: five parts separated by dots", "title"),
        text(24, 54, "Each part is base64url: A–Z a–z 0–9 - _, without = at the", "faint"),
        text(24, 72, "end, without spaces or line breaks.", "faint"),
    ]
    y = 86
    for (number, name, official, color, holds, lengths), sample in zip(PARTS, TEXTS):
        height = 64 + 18 * (len(holds) + len(lengths))
        body.append(f'<line x1="24" y1="{y}" x2="{width - 24}" y2="{y}" stroke="#d0d7de"/>')
        body.append(f'<rect x="24" y="{y + 9}" width="4" height="{height - 18}" fill="{color}"/>')
        body.append(text(38, y + 23, f"{number}  {name}", "strong", fill=color))
        body.append(text(width - 24, y + 23, official, "faint", "end"))
        wide = len(sample) * 7.6 + 12
        body.append(box(38, y + 33, f"{wide:.1f}", 24, TINTS[color], color))
        body.append(text(f"{38 + wide / 2:.1f}", y + 49, sample, "mono", "middle", color))
        if name != "Tag":
            body.append(text(f"{38 + wide + 7:.1f}", y + 51, ".", "mono strong", "middle"))
        at = y + 75
        for line in holds:
            body.append(text(38, at, line))
            at += 18
        for line in lengths:
            body.append(text(38, at, line, "faint"))
            at += 18
        y += height
    body.append(f'<line x1="24" y1="{y}" x2="{width - 24}" y2="{y}" stroke="#d0d7de"/>')
    count = len(HEADER)
    body.append(text(24, y + 24, f"The shortest header for an RSA key, {count} bytes,"))
    body.append(text(24, y + 42, f"{characters(count)} characters:"))
    body.append(text(24, y + 62, HEADER, "mono", fill=BLUE))
    y += 36
    document(
        "token.svg",
        "The five parts of a JWE token in Compact Serialization",
        "Header, encrypted key, initialization vector, ciphertext and tag: what each holds and how long it is.",
        width,
        y + 44,
        body,
    )


# ---- The data flow ----


def flow(x, title, color, steps):
    """A column of boxes with arrows between them: a title, then (file, what happens, what is secret)."""
    out = [text(x + 218, 84, title, "strong", "middle", color)]
    y = 98
    for number, (file, what, secret) in enumerate(steps):
        stroke = RED if secret else LINE
        out.append(box(x, y, 436, 56, TINTS[RED] if secret else "#f6f8fa", stroke))
        out.append(text(x + 12, y + 22, what))
        out.append(text(x + 12, y + 43, file, "mono faint"))
        if number + 1 < len(steps):
            ends = f'x1="{x + 218}" y1="{y + 58}" x2="{x + 218}" y2="{y + 76}"'
            out.append(f'<line {ends} stroke="{INK}" stroke-width="1.5" marker-end="url(#arrow)"/>')
        y += 80
    return out


ENCRYPTING = [
    ("header.rs, json.rs", "Header: checked by the rules of a receiver", False),
    ("random.rs", "One draw: CEK, OAEP seed, IV", True),
    ("rsa_oaep.rs, rsa_core.rs", "RSA-OAEP-256: CEK to encrypted key (dir: nothing)", True),
    ("a256gcm.rs, engine/", "A256GCM: plaintext to ciphertext and tag", True),
    ("compact.rs, base64url.rs", "Five parts in base64url, written in place", False),
]
DECRYPTING = [
    ("compact.rs, base64url.rs, jwe.rs", "Split at the dots; limits; strict base64url", False),
    ("json.rs, header.rs", "Header: one strict JSON object, alg, enc, crit, zip", False),
    ("decrypt.rs", "Public checks: alg, kid, lengths, base64url of the content", False),
    ("random.rs", "A random CEK, in case the next step fails", True),
    ("rsa_core.rs, rsa_oaep.rs", "Blinded RSA, OAEP, choice in constant time (dir: nothing)", True),
    ("a256gcm.rs, engine/", "A256GCM, attempted for every result of the previous step", True),
    ("decrypt.rs", "Plaintext and verified header, or one error", False),
]


def data_flow():
    body = [
        text(24, 34, "Data flow", "title"),
        text(24, 54, "Red boxes handle secrets, which are zeroized afterwards. The second line of a box names its files in src/.", "faint"),
        *flow(24, "Encrypting: encrypt.rs", BLUE, ENCRYPTING),
        *flow(480, "Decrypting: jwe.rs, then decrypt.rs", GREEN, DECRYPTING),
    ]
    document(
        "data_flow.svg",
        "The flow of data through the files of the crate",
        "Encrypting: header, randomness, RSA-OAEP, A256GCM, serialization. Decrypting: parsing, header rules, public checks, "
        "a random substitute for the CEK, RSA-OAEP, A256GCM, and the plaintext or one error.",
        940,
        98 + 80 * len(DECRYPTING),
        body,
    )


# ---- The figures in rustdoc ----


def images():
    """The figures as Markdown definitions, for pages that can't load a file: src/lib.rs."""
    lines = []
    for name in ("token.svg", "conversation.svg", "data_flow.svg"):
        data = base64.b64encode((HERE / name).read_bytes()).decode()
        lines.append(f"[{name}]: data:image/svg+xml;base64,{data}")
    save("images.md", lines)


if __name__ == "__main__":
    conversation()
    picture_of_the_token()
    data_flow()
    images()
