//! What an error of the library means in a shell: commands where the library names its functions.

use jwe_primitives::{Base64Fault, Error, KeyError, KeyFormat};

/// Returns what is wrong and what to do about it, on one line.
pub(crate) fn explain(error: Error) -> String {
    match error {
        Error::Key(error) => format!("key: {}", explain_key(error)),
        Error::NoUsableKey { skipped, first } => {
            let first = explain_key(first);
            format!("no key of the JWK Set can be used here ({skipped} skipped, see jwe inspect; the first: {first})")
        }
        Error::AmbiguousKey => "the key is ambiguous; select one with --kid".to_owned(),
        Error::AlgorithmMismatch => {
            format!("{error}; RSA-OAEP-256 needs --key, and dir needs --dir or --cek (jwe inspect shows the `alg`)")
        }
        _ => error.to_string(),
    }
}

fn explain_key(error: KeyError) -> String {
    let command = match error {
        KeyError::UnexpectedFormat(found) => return format!("found {found}; {}", remedy(found)),
        KeyError::Certificate => return format!("found a certificate; {}", remedy(KeyFormat::Certificate)),
        KeyError::EncryptedPrivateKey => {
            return "the private key is encrypted with a password; decrypt it with openssl pkey -in FILE -out NEW.pem"
                .to_owned();
        }
        KeyError::KeyInCertificate => {
            return "the JWK has no `n`, only a certificate in `x5c`; extract it with jq -r '.x5c[0]' FILE | \
                    base64 -d > cert.der"
                .to_owned();
        }
        // Also of quotes of another kind, and of the `\/` of some JSON: only characters of PEM remain.
        KeyError::EscapedLineBreaks | KeyError::Quoted => {
            r#"printf '%b\n' "$(cat FILE)" | tr -cd 'A-Za-z0-9+/= \n-' > NEW.pem"#
        }
        KeyError::SeveralBlocks => {
            "openssl pkey -in FILE -out NEW.pem, with -pubin for a public key, or openssl x509 for a certificate"
        }
        // Not of the BEGIN and END lines.
        KeyError::Base64(Base64Fault::PlusAsBlank) => "sed '/--/!s/ /+/g' FILE > NEW",
        KeyError::Base64(Base64Fault::Quote) => r#"tr -d "\"'" < FILE > NEW"#,
        KeyError::Base64(Base64Fault::Backslash) => r#"printf '"%s"' "$(cat FILE)" | jq -r . > NEW"#,
        _ => return error.to_string(),
    };
    format!("{error}: {command}")
}

/// Returns what to do with a key in this format, as the end of a sentence.
fn remedy(found: KeyFormat) -> &'static str {
    match found {
        KeyFormat::Html => "the address answers with a page instead of a key; curl --fail rejects error pages",
        KeyFormat::Base64UrlDer => {
            "decode it with basenc --base64url -d FILE > NEW.der, which may complain of missing padding"
        }
        KeyFormat::Base64Pem | KeyFormat::Base64Json => "decode it once with base64 -d FILE > NEW",
        KeyFormat::Base64Text => "decode it once with base64 -d FILE > NEW, and look at the result",
        KeyFormat::HexDer => {
            r#"decode it with xxd -r -p FILE NEW.der, or of \x30 with printf '%b' "$(cat FILE)" > NEW.der"#
        }
        KeyFormat::ByteArray => "if they are the bytes of a key, make a file of them, each a byte",
        KeyFormat::DerAsText => "copy the file again, as bytes",
        KeyFormat::PercentEncoded => {
            "decode it with python3 -c 'import sys, urllib.parse as u; print(u.unquote(sys.stdin.read()))' < FILE > NEW, \
             or with u.unquote_plus if + stands for blanks"
        }
        KeyFormat::Path => "name the file itself, or fetch what is at the address with curl -f",
        KeyFormat::Unset => "whatever filled the file in had no value",
        KeyFormat::Token => "a key belongs here; jwe decrypt --key KEY FILE decrypts a token",
        KeyFormat::JsonArray => "make it a JWK Set with jq '{keys: .}' FILE, or take one key with jq -r '.[0]' FILE",
        KeyFormat::JsonString => {
            r#"if it holds a key, decode the string once with jq -r . FILE, or with tr -d "'" < FILE if its quotes are single"#
        }
        KeyFormat::PrintedObject => "make its program write JSON",
        KeyFormat::JsonWrapper => "take the key or set out with jq -r .jwk FILE, or .key or .jwks",
        KeyFormat::JsonObject => "take the key out of it with jq, or jq -r for a key in a string",
        KeyFormat::Metadata => r#"fetch the JWK Set with curl -f "$(jq -r .jwks_uri FILE)""#,
        KeyFormat::Utf16 => "convert it with iconv -f UTF-16 -t UTF-8 FILE > NEW",
        _ => conversion(found),
    }
}

/// Returns how to convert a key or certificate in a format of another tool.
fn conversion(found: KeyFormat) -> &'static str {
    match found {
        KeyFormat::EncryptedPkcs8 => "decrypt it with openssl pkey -in FILE -out NEW.pem",
        KeyFormat::EcPrivate => "an RSA key is needed here",
        KeyFormat::Certificate => "its public key is extracted by openssl x509 -in FILE -pubkey -noout",
        KeyFormat::TrustedCertificate => "convert it with openssl x509 -in FILE -out NEW.pem",
        KeyFormat::Pkcs7 => {
            "extract its certificates with openssl pkcs7 -in FILE -print_certs -out NEW.pem, of DER with -inform DER"
        }
        KeyFormat::CertificateRequest => {
            "extract its public key with openssl req -in FILE -pubkey -noout, of DER with -inform DER"
        }
        KeyFormat::Pkcs12 => {
            "extract its key with openssl pkcs12 -in FILE -nodes -nocerts, or its certificate with -nokeys -clcerts; \
             an old one needs -legacy"
        }
        KeyFormat::JavaKeystore => {
            "convert it with keytool -importkeystore -srckeystore FILE -destkeystore NEW.p12 -deststoretype PKCS12, \
             then with openssl pkcs12 -in NEW.p12 -nodes -nocerts"
        }
        KeyFormat::OpenSshPrivate => "convert a copy in place with ssh-keygen -p -m PEM -f COPY",
        KeyFormat::OpenSshPublic => {
            "convert it with ssh-keygen -e -m PKCS8 -f FILE, of SSH2 after ssh-keygen -i -f OLD > FILE"
        }
        KeyFormat::Putty => {
            "convert it with puttygen FILE -O private-openssh -o NEW, then in place with ssh-keygen -p -m PEM -f NEW"
        }
        KeyFormat::OpenPgp => "an RSA key that is no OpenPGP key is needed here",
        KeyFormat::XmlRsaKeyValue => "export the key as PEM where it comes from",
        // Otherwise it would have been read as PEM.
        KeyFormat::Pem => "its BEGIN and END lines need five dashes on each side",
        // Formats that this tool reads by themselves, and not inside of each other.
        KeyFormat::Spki
        | KeyFormat::Pkcs1Public
        | KeyFormat::Pkcs1Private
        | KeyFormat::Pkcs8
        | KeyFormat::Base64Der
        | KeyFormat::Jwk
        | KeyFormat::JwkSet => "give it in a file of its own",
        _ => "convert it to PEM",
    }
}
