#!/usr/bin/env python3
"""Python JOSE libraries as interop peers.

    peers.py PEER make < jobs.json    [{id, key, header, plaintext_b64}] -> [{id, token} or {id, error}]
    peers.py PEER open < jobs.json    [{id, key, token}] -> [{id, plaintext_b64} or {id, error}]

PEER is one of jwcrypto, joserfc, authlib, python-jose, jwskate.
See vectors/README.md for the members of `key`.
"""
import base64
import functools
import json
import sys
import warnings

# authlib.jose announces its own retirement, and turns the filter back on.
warnings.showwarning = lambda *args, **kwargs: None


def b64u(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64u(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Cannot(Exception):
    """The peer's API has no way to express the job."""


def public(key):
    return key["jwk_public"] if key["kty"] == "RSA" else key["jwk"]


def private(key):
    return key["jwk_private"] if key["kty"] == "RSA" else key["jwk"]


@functools.cache
def read(constructor, text):
    return constructor(json.loads(text))


def loaded(constructor, jwk):
    """The library's key object. It is made once per key, as a service does it: each check of an RSA private key
    costs more than the decryption."""
    return read(constructor, json.dumps(jwk))


ALGS = ["RSA-OAEP-256", "dir", "A256GCM"]


class Jwcrypto:
    @staticmethod
    def key(jwk):
        from jwcrypto.jwk import JWK

        return JWK(**jwk)

    def make(self, key, header, plaintext):
        from jwcrypto import jwe

        token = jwe.JWE(plaintext, protected=json.dumps(header), algs=ALGS)
        token.add_recipient(loaded(self.key, public(key)))
        return token.serialize(compact=True)

    def open(self, key, token):
        from jwcrypto import jwe

        parsed = jwe.JWE(algs=ALGS)
        parsed.deserialize(token, key=loaded(self.key, private(key)))
        return parsed.payload


class Joserfc:
    def __init__(self):
        from joserfc import jwe

        self.registry = jwe.JWERegistry(algorithms=ALGS, strict_check_header=False)

    def key(self, jwk):
        from joserfc.jwk import OctKey, RSAKey

        return loaded((RSAKey if jwk["kty"] == "RSA" else OctKey).import_key, jwk)

    def make(self, key, header, plaintext):
        from joserfc import jwe

        return jwe.encrypt_compact(dict(header), plaintext, self.key(public(key)), registry=self.registry)

    def open(self, key, token):
        from joserfc import jwe

        return jwe.decrypt_compact(token, self.key(private(key)), registry=self.registry).plaintext


class Authlib:
    def key(self, jwk):
        from authlib.jose import JsonWebKey

        return loaded(JsonWebKey.import_key, jwk)

    def make(self, key, header, plaintext):
        from authlib.jose import JsonWebEncryption

        return JsonWebEncryption().serialize_compact(dict(header), plaintext, self.key(public(key))).decode()

    def open(self, key, token):
        from authlib.jose import JsonWebEncryption

        return JsonWebEncryption().deserialize_compact(token, self.key(private(key)))["payload"]


class PythonJose:
    def key(self, key, jwk):
        # For dir the library wants the bytes, not a JWK.
        if key["kty"] != "RSA":
            return bytes.fromhex(key["hex"])
        return loaded(self.read, jwk)

    @staticmethod
    def read(jwk):
        from jose.backends import RSAKey

        # The library takes the key object of its backend as well as a JWK.
        return RSAKey(jwk, "RSA-OAEP-256").prepared_key

    def make(self, key, header, plaintext):
        from jose import jwe

        other = set(header) - {"alg", "enc", "kid", "cty"}
        if other:
            raise Cannot("no way to set " + ", ".join(sorted(other)))
        return jwe.encrypt(
            plaintext,
            self.key(key, public(key)),
            encryption=header["enc"],
            algorithm=header["alg"],
            cty=header.get("cty"),
            kid=header.get("kid"),
        ).decode()

    def open(self, key, token):
        from jose import jwe

        plaintext = jwe.decrypt(token, self.key(key, private(key)))
        if plaintext is None:
            raise ValueError("decrypt returned None")
        return plaintext


class Jwskate:
    def make(self, key, header, plaintext):
        from jwskate import JweCompact, Jwk

        # The kid of the key overrides the header's; a key without one gets its
        # thumbprint, so a header without kid cannot be made.
        jwk = dict(public(key))
        if "kid" in header:
            jwk["kid"] = header["kid"]
        extra = {k: v for k, v in header.items() if k not in ("alg", "enc", "kid")}
        token = JweCompact.encrypt(plaintext, Jwk(jwk), alg=header["alg"], enc=header["enc"], extra_headers=extra)
        return str(token)

    def open(self, key, token):
        from jwskate import JweCompact, Jwk

        # max_size=0 lifts the parser's 16 KiB bound on a whole token.
        parsed = JweCompact(token, max_size=0)
        return bytes(parsed.decrypt(loaded(Jwk, private(key)), algs=["RSA-OAEP-256", "dir"]))


PEERS = {
    "jwcrypto": Jwcrypto,
    "joserfc": Joserfc,
    "authlib": Authlib,
    "python-jose": PythonJose,
    "jwskate": Jwskate,
}


def main():
    peer, verb = PEERS[sys.argv[1]](), sys.argv[2]
    out = []
    for job in json.load(sys.stdin):
        result = {"id": job["id"]}
        try:
            if verb == "make":
                result["token"] = peer.make(job["key"], job["header"], unb64u(job["plaintext_b64"]))
            elif verb == "open":
                result["plaintext_b64"] = b64u(peer.open(job["key"], job["token"]))
            else:
                sys.exit("verb must be make or open")
        except Exception as e:  # whatever a library throws is the reply
            result["error"] = f"{type(e).__name__}: {e}"
        out.append(result)
    json.dump(out, sys.stdout)


main()
