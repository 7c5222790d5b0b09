//! The texts of `--help`. The options of each command are read from them for suggestions and completions.

pub(crate) const VERSION: &str = concat!("jwe (jwe-primitives) ", env!("CARGO_PKG_VERSION"), "\n");

pub(crate) const HELP: &str = "\
Usage: jwe COMMAND [OPTION]... [FILE]...

Encrypts and decrypts JWE tokens (RFC 7516, Compact Serialization) with
RSA-OAEP-256 or dir, and A256GCM. Reads FILE, or standard input if there is
none or it is -. Writes to standard output.

  jwe keygen       makes an RSA key pair, or a shared key
  jwe pubkey       writes the public half of a key, or changes its format
  jwe jwks         writes a JWK Set to serve
  jwe encrypt      reads a payload and writes a token
  jwe decrypt      reads a token and writes its payload
  jwe inspect      shows what a token says about itself, or lists a JWK Set
  jwe completions  writes a script that completes commands in a shell

jwe COMMAND --help lists the options of a command.

Key files are PEM, DER, base64 of DER, a JWK or a JWK Set, recognized by their
content; - is standard input. A certificate is read for its public key, and not
verified. Private keys must not be encrypted.

If standard error is a terminal, long tasks show their progress there.
  -q, --quiet      show no progress
  -h, --help       write this text
  -V, --version    write the version

Exit status: 0 success; 1 rejected or failed; 2 wrong usage. An error is one
line. Nothing is written to standard output if a token is rejected.

  jwe keygen --out mine.pem --pub mine.pub
  echo hello | jwe encrypt --key mine.pub | jwe decrypt --key mine.pem
";

const KEYGEN: &str = "\
Usage: jwe keygen [OPTION]...

Makes an RSA key pair, or a shared key. The private half goes to standard
output in PEM unless an option says otherwise.

  --bits N         length of the RSA modulus, 2048 to 8192 [3072]
  --dir            make a shared key of 32 bytes for dir, as a JWK
  --format F       pem, der or jwk, for both halves
  --kid ID         name the key; needs a JWK, which alone has a place for it
  -o, --out FILE   write the private or shared key there; only you can read it
  --pub FILE       write the public half there
  --force          replace files that exist
  -q, --quiet      show no progress

  jwe keygen --out mine.pem --pub mine.pub
  jwe keygen --dir --out shared.jwk
";

const PUBKEY: &str = "\
Usage: jwe pubkey --key FILE [OPTION]...

Writes the public half of an RSA key, or changes its format.

  --key FILE       private or public RSA key, or a certificate
  --kid ID         which key of a JWK Set; a single key gets this name, and none
                   if it is empty
  --format F       pem, der, base64 (of DER, on one line) or jwk [pem]
  --thumbprint     write only its JWK thumbprint (RFC 7638), a good key id

  jwe pubkey --key mine.pem --format base64
";

const JWKS: &str = "\
Usage: jwe jwks FILE...

Writes a JWK Set to serve: the public halves of the RSA keys in each FILE. A
key without a name is named by its thumbprint.

  jwe jwks 2025.jwk 2026.jwk > served.json
";

const ENCRYPT: &str = "\
Usage: jwe encrypt (--key FILE | --dir FILE | --dir-hex HEX) [OPTION]... [FILE]

Reads a payload, and writes a token and a newline.

  --key FILE       RSA key or certificate of the recipient; of a private key,
                   the public half is used
  --dir FILE       shared key: an oct JWK, or 64 hex digits
  --dir-hex HEX    the 64 hex digits themselves, which other users can see in
                   the list of processes
  --kid ID         which key of a JWK Set; for a single key the kid of the
                   token, in place of the key's own, and none if it is empty
  --cty TYPE       media type of the payload, such as application/json
  --typ TYPE       media type of the token, such as JOSE
  --param N=TEXT   header parameter with a string for its value
  --param-json N=JSON  header parameter with a JSON value
  --cek-out FILE   with --key: write the key of this one message there, which
                   decrypts a response with dir (jwe decrypt --cek FILE)
  -o, --out FILE   write the token there
  --force          replace the files of --out and --cek-out if they exist
  --no-newline     write nothing after the token
  -q, --quiet      show no progress

  echo hello | jwe encrypt --key bank.pub --cek-out request.cek > request.jwe
";

const DECRYPT: &str = "\
Usage: jwe decrypt (--key FILE | --dir FILE | --cek FILE | --dir-hex HEX)
                   [OPTION]... [FILE]

Reads a token, and writes its payload verbatim. One newline after the token is
removed; any other white space is an error.

  --key FILE       private RSA key; of a JWK Set the one that the token names
  --dir FILE       shared key: an oct JWK, or 64 hex digits
  --cek FILE       the key of a request, from jwe encrypt --cek-out FILE: for a
                   response that is encrypted under it (dir)
  --dir-hex HEX    the 64 hex digits themselves, which other users can see in
                   the list of processes
  --kid ID         the name of the key, for a token that names none; a token
                   that names another is rejected. If it is empty, the key has
                   no name, and any token may be for it
  --header         write the token's header to standard error
  -o, --out FILE   write the payload there; only you can read it
  --force          replace the file of --out if it exists
  -q, --quiet      show no progress

  jwe decrypt --key mine.pem response.jwe
  jwe decrypt --cek request.cek response.jwe
";

const INSPECT: &str = "\
Usage: jwe inspect [OPTION]... [FILE]

Shows what a token says about itself; none of it is verified. Of a JWK or a
JWK Set, lists each key and whether this crate can use it, and if not, why.

  --json           one line of JSON instead of text
  -q, --quiet      show no progress
";

const COMPLETIONS: &str = "\
Usage: jwe completions SHELL

Writes a script that completes commands, options and file names. SHELL is bash,
zsh or fish. For your sessions from now on, add a line to its configuration:

  source <(jwe completions bash)     in ~/.bashrc
  source <(jwe completions zsh)      in ~/.zshrc, after compinit
  jwe completions fish | source      in ~/.config/fish/config.fish
";

/// Each command, and its text.
pub(crate) const COMMANDS: [(&str, &str); 7] = [
    ("keygen", KEYGEN),
    ("pubkey", PUBKEY),
    ("jwks", JWKS),
    ("encrypt", ENCRYPT),
    ("decrypt", DECRYPT),
    ("inspect", INSPECT),
    ("completions", COMPLETIONS),
];

/// The text of a command.
pub(crate) fn of(command: &str) -> Option<&'static str> {
    COMMANDS.iter().find(|(name, _)| *name == command).map(|(_, text)| *text)
}

/// An option as its command's text has it.
pub(crate) struct HelpOption<'a> {
    /// Without the dashes.
    pub(crate) name: &'a str,
    pub(crate) short: Option<&'a str>,
    /// What stands for its value, if it has one.
    pub(crate) value: Option<&'a str>,
}

/// The options in a text: its lines that begin with a dash, indented by two blanks.
pub(crate) fn options(text: &str) -> impl Iterator<Item = HelpOption<'_>> {
    let lines = text.lines().filter_map(|line| line.strip_prefix("  ").filter(|line| line.starts_with('-')));
    lines.filter_map(|line| {
        let (short, long) = match line.split_once(", ") {
            Some((short, rest)) if short.len() == 2 => (short.strip_prefix('-'), rest),
            _ => (None, line),
        };
        let mut words = long.split(' ');
        let name = words.next()?.strip_prefix("--")?;
        let value = words.next().filter(|word| word.starts_with(|first: char| first.is_ascii_uppercase()));
        Some(HelpOption { name, short, value })
    })
}
