"""Records into vectors/key_texts.json what real tools write, and merges reports.

    python3 -B key_tools.py               # the tools of this machine: see key_tools/
    python3 -B key_tools.py reports FILE  # a list of {id, source, kind, format, input} with `expect` of the crate

The first needs jwcrypto 1.6.1 and rsa 4.9.1 from PyPI besides requirements.txt.

The tools draw salts and dates, so each run changes their entries. `key_texts.py`
keeps them.
"""

import importlib.metadata
import json
import pathlib
import subprocess
import sys
import tempfile

from ref import VECTORS, b64u, counts, dump

HERE = pathlib.Path(__file__).resolve().parent / "key_tools"


def version(command):
    out = subprocess.run(command, capture_output=True, text=True)
    return (out.stdout + out.stderr).splitlines()[0]


# file: kind, format, expect, says
FILES = {
    "openssl": {
        "a.pem": ("private", "pem", "ok"), "pkcs1.pem": ("private", "pem", "ok"), "pkcs8.der": ("private", "der", "ok"),
        "openssl_spki.pem": ("public", "pem", "ok"), "openssl_spki.der": ("public", "der", "ok"),
        "openssl_pkcs1pub.pem": ("public", "pem", "ok"), "openssl_text_pub.pem": ("public", "pem", "ok"),
        "spki.b64": ("public", "base64", "ok"), "spki_lines.b64": ("public", "base64", "ok"),
        "enc.pem": ("private", "pem", "Key(EncryptedPrivateKey)", "openssl pkey"),
        "enc1.pem": ("private", "pem", "Key(EncryptedPrivateKey)", "openssl pkey"),
        "req.pem": ("public", "pem", "Key(UnexpectedFormat(CertificateRequest))", "openssl req"),
        "req.der": ("public", "der", "Key(UnexpectedFormat(CertificateRequest))", "openssl req"),
        "cert.pem": ("certificate", "pem", "ok"), "cert.der": ("certificate", "der", "ok"),
        "cert_text.pem": ("certificate", "pem", "ok"), "cert_v1.pem": ("certificate", "pem", "ok"),
        "cert_ec.pem": ("certificate", "pem", "Key(WrongType(Ec))", "EC"),
        "cert_trusted.pem": ("certificate", "pem", "Key(UnexpectedFormat(TrustedCertificate))", "openssl x509"),
        "cert_pub.pem": ("public", "pem", "ok"), "ec.pem": ("private", "pem", "Key(WrongType(Ec))", "EC"),
        "ec8.pem": ("private", "pem", "Key(WrongType(Ec))", "EC"),
        "ec_with_params.pem": ("private", "pem", "Key(SeveralBlocks)", "more than one"),
        "a.p12": ("private", "der", "Key(UnexpectedFormat(Pkcs12))", "openssl pkcs12"),
        "p12_all.pem": ("private", "pem", "Key(SeveralBlocks)", "more than one"), "p12_key.pem": ("private", "pem", "ok"),
        "p12_cert.pem": ("certificate", "pem", "ok"),
    },
    "ssh-keygen": {
        "openssh.pem": ("private", "pem", "Key(UnexpectedFormat(OpenSshPrivate))", "ssh-keygen -p -m PEM"),
        "ssh.pub": ("public", "pem", "Key(UnexpectedFormat(OpenSshPublic))", "ssh-keygen -e -m PKCS8"),
        "ssh_rfc4716.pub": ("public", "pem", "Key(UnexpectedFormat(OpenSshPublic))", "ssh-keygen"),
        "ssh1": ("private", "pem", "ok"), "ssh2": ("private", "pem", "ok"), "ssh_spki.pem": ("public", "pem", "ok"),
        "ssh_pkcs1pub.pem": ("public", "pem", "ok"),
    },
    "keytool": {
        "a.jks": ("private", "der", "Key(UnexpectedFormat(JavaKeystore))", "keytool -importkeystore"),
        "a.jceks": ("private", "der", "Key(UnexpectedFormat(JavaKeystore))", "keytool -importkeystore"),
        "out.p12": ("private", "der", "Key(UnexpectedFormat(Pkcs12))", "openssl pkcs12"),
        "jks_key.pem": ("private", "pem", "ok"), "jceks_key.pem": ("private", "pem", "ok"),
        "kt_cert.pem": ("certificate", "pem", "ok"), "kt_cert.der": ("certificate", "der", "ok"),
        "kt_own_cert.pem": ("certificate", "pem", "ok"),
        "kt_req.pem": ("public", "pem", "Key(UnexpectedFormat(CertificateRequest))", "openssl req"),
    },
}
LIBRARIES = {
    "node_pkcs8": ("private", "pem", "ok"), "node_pkcs1": ("private", "pem", "ok"), "node_spki": ("public", "pem", "ok"),
    "node_pkcs1pub": ("public", "pem", "ok"), "node_jwk_private": ("private", "jwk", "ok"),
    "node_jwk_public": ("public", "jwk", "ok"), "webcrypto_jwk_private": ("private", "jwk", "ok"),
    "webcrypto_jwk_public": ("public", "jwk", "ok"), "webcrypto_spki": ("public", "base64", "ok"),
    "webcrypto_pkcs8": ("private", "base64", "ok"),
    "webcrypto_pss_public": ("public", "jwk", 'Key(Algorithm("PS256"))', "PS256"), "webcrypto_oct": ("dir", "jwk", "ok"),
    "py_pkcs8": ("private", "pem", "ok"), "py_pkcs1": ("private", "pem", "ok"),
    "py_openssh": ("private", "pem", "Key(UnexpectedFormat(OpenSshPrivate))", "ssh-keygen"),
    "py_spki": ("public", "pem", "ok"), "py_pkcs1pub": ("public", "pem", "ok"),
    "py_sshpub": ("public", "pem", "Key(UnexpectedFormat(OpenSshPublic))", "ssh-keygen"),
    "jwcrypto_private": ("private", "jwk", "ok"), "jwcrypto_public": ("public", "jwk", "ok"),
    "jwcrypto_set_public": ("public", "jwks", "ok"), "jwcrypto_set_private": ("private", "jwks", "ok"),
    "jwcrypto_pem_pub": ("public", "pem", "ok"), "jwcrypto_pem_priv": ("private", "pem", "ok"),
    "rsa_pkcs1": ("private", "pem", "ok"), "rsa_pkcs1pub": ("public", "pem", "ok"),
}


def entry(name, source, data, kind, fmt, expect, says=None):
    more = {"says": says} if says else {}
    if expect == "ok" and fmt != "jwks" and kind != "dir" and "own" not in name:
        more["thumbprint"] = "00WstmGXbYvJm2lnVBkTlG6rFVhUMTO1FlVY2HXPKDs"
    return {"id": f"tool-{name}", "made": "tool", "source": source, "shows": f"{name} of vectors/generate/key_tools",
            "kind": kind, "format": fmt, "data": data, "expect": expect, **more}


def tools():
    sources = {
        "openssl": version(["openssl", "version"]), "ssh-keygen": version(["ssh", "-V"]),
        "keytool": "keytool of " + version(["keytool", "-J-version"]),
        "node": "Node " + version(["node", "--version"]), "webcrypto": "WebCrypto of Node " + version(["node", "--version"]),
        **{short: f"{package} {importlib.metadata.version(package)}"
           for short, package in (("py", "cryptography"), ("jwcrypto", "jwcrypto"), ("rsa", "rsa"))},
    }
    key = next(k for k in json.loads((VECTORS / "keys.json").read_text())["keys"] if k["id"] == "rsa2048-a")
    out = []
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "a.pem").write_text(key["pkcs8_pem"])
        subprocess.run(["bash", HERE / "record.sh"], cwd=folder, check=True, capture_output=True)
        for tool, files in FILES.items():
            for name, rest in files.items():
                data = (folder / name).read_bytes()
                out.append(entry(name, sources[tool], b64u(data) if rest[1] == "der" else data.decode(), *rest))
        for command in (["node", HERE / "node.mjs"], [sys.executable, HERE / "libraries.py"]):
            found = json.loads(subprocess.run([*command, folder / "a.pem"], check=True, capture_output=True).stdout)
            out += [entry(n, sources[n.split("_")[0]], data, *LIBRARIES[n]) for n, data in found.items()]
    return out


def reports(path):
    return [{"id": f"report-{r['id']}", "made": "report", "source": r["source"], "shows": "rebuilt from the report",
             "kind": r["kind"], "format": r["format"], "data": r["input"], "expect": r["expect"],
             **({"says": r["says"]} if "says" in r else {})} for r in json.loads(pathlib.Path(path).read_text())]


def main():
    made, new = ("report", reports(sys.argv[2])) if sys.argv[1:2] == ["reports"] else ("tool", tools())
    old = json.loads((VECTORS / "key_texts.json").read_text(encoding="ascii"))["keys"]
    entries = new + [k for k in old if k["made"] != made]
    dump("key_texts.json", {"counts": counts(entries), "keys": entries})
    print(f"{len(new)} recorded")


if __name__ == "__main__":
    main()
