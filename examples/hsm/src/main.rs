//! A private key that never leaves its HSM: RSA-OAEP-256 through PKCS#11.
//!
//! [`decrypt`] with [`Hsm::unwrap`] is what an application takes from here; the rest makes a token and keys, and plays
//! the sender. The HSM is a software token: `SoftHSM` 2, if it can do OAEP with SHA-256, or else NSS.

use core::cell::Cell;
use core::ptr::NonNull;
use std::ffi::CString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs};

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Function, Pkcs11};
use cryptoki::error::{Error as Pkcs11Error, RvError};
use cryptoki::mechanism::rsa::{PkcsMgfType, PkcsOaepParams, PkcsOaepSource};
use cryptoki::mechanism::{Mechanism, MechanismType};
use cryptoki::object::{Attribute, AttributeInfo, AttributeType, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, UserType};
use cryptoki::slot::Slot;
use cryptoki::types::AuthPin;
use hsm::{
    Fallible, ensure, expect_public_rejection, expect_rejection, tampered, with_encrypted_key, with_tag_of_zeros,
};
use jwe_primitives::{ContentEncryptionKey, EncryptingKey, Error, Header, Jwe, KeySet, Part};
use tempfile::TempDir;
use zeroize::Zeroizing;

fn main() -> ExitCode {
    let outcome = run();
    let Err(error) = outcome else { return ExitCode::SUCCESS };
    eprintln!("FAILED: {error}");
    ExitCode::FAILURE
}

/// Converses with the first token that can do what RSA-OAEP-256 needs.
fn run() -> Fallible {
    for module in [SOFTHSM, NSS] {
        let Some(library) = module.find() else {
            println!("{}: not found. {} may name its library.\n", module.name, module.variable);
            continue;
        };
        let hsm = Hsm::start(&module, &library)?;
        let key = hsm.generate("hsm-2048", 2048)?;
        if let Some(code) = hsm.rejects_sha256("hsm-2048")? {
            println!("   OAEP with SHA-256: no, C_DecryptInit returns {code:?}.");
            println!("   This {} can't decrypt RSA-OAEP-256. (SoftHSM 2.6 has OAEP with SHA-1 only.)\n", module.name);
            hsm.stop()?;
            continue;
        }
        println!("   OAEP with SHA-256: yes");
        converse(&hsm, &key)?;
        return hsm.stop();
    }
    Err("no PKCS#11 library here can do OAEP with SHA-256".into())
}

fn converse(hsm: &Hsm, key: &EncryptingKey) -> Fallible {
    println!("\n2. The private key is there to work, not to be read.");
    hsm.expect_hidden("hsm-2048")?;

    println!("\n3. A sender, who has the public key only, encrypts a message. The HSM and we decrypt it.");
    let header = Header::new().content_type("application/json")?;
    let sent = key.encrypt(&header, br#"{"amount":"10.00"}"#)?;
    let mut keys = KeySet::from_iter([key.clone()]);
    ensure(decrypt(hsm, &keys, &sent.compact)? == br#"{"amount":"10.00"}"#, "the message is another one")?;
    println!("   decrypted with {}", key.key_id().unwrap_or_default());

    println!("\n4. With a second key in the HSM, `kid` says which one to use.");
    keys.insert(hsm.generate("hsm-3072", 3072)?);
    for key in &keys {
        let token = key.encrypt(&header, b"for one of two")?.compact;
        ensure(decrypt(hsm, &keys, &token)? == b"for one of two", "the message is another one")?;
        println!("   decrypted with {}", key.key_id().unwrap_or_default());
    }

    println!("\n5. Whatever is wrong after the private key was used, a sender sees one rejection.");
    expect_rejections(hsm, &keys, &sent.compact)?;

    println!("\n6. What anybody can see to be wrong is rejected before the HSM works.");
    expect_public_rejections(hsm, &keys, &sent.compact)?;

    println!("\nAll steps went as they should.");
    Ok(())
}

/// Decrypts a token to one of our keys in the HSM, whose public halves `keys` are. Their ids are the labels in the HSM.
fn decrypt(hsm: &Hsm, keys: &KeySet<EncryptingKey>, token: &str) -> Fallible<Vec<u8>> {
    let jwe = Jwe::parse(token)?;
    // Nothing has verified this `kid`. It selects one of our keys, and can't name anything else in the HSM.
    let key = keys.get(jwe.unverified_header().key_id())?;
    // Every public check, before the HSM works: `alg`, `kid`, the length of each part, the base64url of the ciphertext.
    jwe.check_recipient(key)?;
    let cek = hsm.unwrap(key.key_id().unwrap_or_default(), jwe.encrypted_key())?;
    // `None` goes on, too: the error comes from the content, whichever part was at fault.
    Ok(jwe.decrypt_unwrapped(cek.as_ref().map(|cek| cek.as_slice()))?.plaintext)
}

/// What only the private key, or the content, shows to be wrong.
fn expect_rejections(hsm: &Hsm, keys: &KeySet<EncryptingKey>, good: &str) -> Fallible {
    let jwe = Jwe::parse(good)?;
    let encrypted_key = jwe.encrypted_key();
    let attempts = [
        ("the encrypted key changed", tampered(encrypted_key)),
        ("an encrypted key above the modulus", vec![0xff; encrypted_key.len()]),
        ("an encrypted key of zeros", vec![0; encrypted_key.len()]),
        ("a content key of 31 bytes", hsm.wrap("hsm-2048", &[7; 31])?),
        ("a content key of no bytes", hsm.wrap("hsm-2048", &[])?),
        ("another content key", hsm.wrap("hsm-2048", &[7; 32])?),
    ];
    for (what, encrypted_key) in attempts {
        expect_rejection(what, decrypt(hsm, keys, &with_encrypted_key(good, &encrypted_key)))?;
    }
    expect_rejection("another tag", decrypt(hsm, keys, &with_tag_of_zeros(good)))?;
    ensure(decrypt(hsm, keys, good).is_ok(), "the message can no longer be decrypted")?;
    println!("   the same message, unchanged: decrypted");
    Ok(())
}

/// What the token's text shows to be wrong, so that a detailed error reveals nothing.
fn expect_public_rejections(hsm: &Hsm, keys: &KeySet<EncryptingKey>, good: &str) -> Fallible {
    let jwe = Jwe::parse(good)?;
    let encrypted_key = jwe.encrypted_key();
    let short = encrypted_key.split_last().ok_or("no encrypted key")?.1;
    let key = keys.get(Some("hsm-2048"))?;
    let to = |id: &str| Ok::<_, Error>(key.clone().with_key_id(id)?.encrypt(&Header::new(), b"hello")?.compact);
    let wrong_length = Error::PartLength(Part::EncryptedKey);
    let direct = ContentEncryptionKey::generate()?.encrypt(&Header::new().key_id("hsm-2048")?, b"hello")?;
    for (what, token, reason) in [
        ("an encrypted key that is a byte short", with_encrypted_key(good, short), wrong_length),
        (
            "an encrypted key that is a byte long",
            with_encrypted_key(good, &[encrypted_key, &[0]].concat()),
            wrong_length,
        ),
        ("`kid` of our other key, which is longer", to("hsm-3072")?, wrong_length),
        ("`kid` of none of our keys", to("hsm-4096")?, Error::UnknownKeyId),
        ("`dir`", direct, Error::AlgorithmMismatch),
    ] {
        let used = hsm.used.get();
        expect_public_rejection(what, decrypt(hsm, keys, &token), reason)?;
        ensure(hsm.used.get() == used, "the private key was used")?;
    }
    Ok(())
}

// ---- The HSM ----

/// A real one comes from a vault, or from the operator.
const PIN: &str = "73917391";

/// A session with a token, whose user is logged in. Its files go when it is dropped.
struct Hsm {
    session: Session,
    /// How often a private key was used.
    used: Cell<u32>,
    pkcs11: Pkcs11,
    _directory: TempDir,
}

impl Hsm {
    /// A fresh token in a directory of its own.
    fn start(module: &Module, library: &Path) -> Fallible<Self> {
        println!("1. A token of {} ({}), and an RSA key made in it.", module.name, library.display());
        let directory = tempfile::tempdir()?;
        let (pkcs11, slot) = (module.start)(library, directory.path())?;
        let info = pkcs11.get_library_info()?;
        println!("   {}, {}, version {}", info.manufacturer_id(), info.library_description(), info.library_version());
        let session = pkcs11.open_rw_session(slot)?;
        session.login(UserType::User, Some(&AuthPin::new(PIN.into())))?;
        Ok(Self { session, used: Cell::new(0), pkcs11, _directory: directory })
    }

    fn stop(self) -> Fallible {
        self.session.close()?;
        Ok(self.pkcs11.finalize()?)
    }

    /// Makes a key pair in the token. What comes out is the public half.
    fn generate(&self, key_id: &str, bits: usize) -> Fallible<EncryptingKey> {
        let label = Attribute::Label(key_id.into());
        let bits = Attribute::ModulusBits(bits.try_into()?);
        let exponent = Attribute::PublicExponent(vec![1, 0, 1]);
        let public = [Attribute::Token(true), Attribute::Encrypt(true), label.clone(), bits, exponent];
        let private = [
            Attribute::Token(true),
            Attribute::Private(true),
            Attribute::Sensitive(true),
            Attribute::Extractable(false),
            Attribute::Decrypt(true),
            label,
        ];
        let (public, _) = self.session.generate_key_pair(&Mechanism::RsaPkcsKeyPairGen, &public, &private)?;
        let key = self.export(public)?.with_key_id(key_id)?;
        println!("   {key_id}: {} bits, thumbprint {}", key.modulus_bits(), key.thumbprint());
        Ok(key)
    }

    /// PKCS#11 returns the public key's numbers as big-endian bytes.
    fn export(&self, public: ObjectHandle) -> Fallible<EncryptingKey> {
        let wanted = [AttributeType::Modulus, AttributeType::PublicExponent];
        let numbers = self.session.get_attributes(public, &wanted)?;
        let [Attribute::Modulus(n), Attribute::PublicExponent(e)] = numbers.as_slice() else {
            return Err("the token does not tell the public key".into());
        };
        Ok(EncryptingKey::from_components(n, e)?)
    }

    /// The private key with this name, if it is one made to decrypt.
    fn private_key(&self, key_id: &str) -> Fallible<ObjectHandle> {
        self.find(&[
            Attribute::Class(ObjectClass::PRIVATE_KEY),
            Attribute::Decrypt(true),
            Attribute::Label(key_id.into()),
        ])
    }

    fn find(&self, template: &[Attribute]) -> Fallible<ObjectHandle> {
        let found = self.session.find_objects(template)?;
        Ok(*found.first().ok_or("`kid` names none of our keys")?)
    }

    /// The list of mechanisms has `CKM_RSA_PKCS_OAEP` whatever the hash, so we try. The code, if it can't be done.
    fn rejects_sha256(&self, key_id: &str) -> Fallible<Option<RvError>> {
        let Err(error) = self.unwrap(key_id, &[0; 256]) else { return Ok(None) };
        match error.downcast_ref() {
            Some(Pkcs11Error::Pkcs11(code, Function::DecryptInit)) => Ok(Some(*code)),
            _ => Err(error),
        }
    }

    /// Decrypts an encrypted key in the HSM. `None` if it doesn't decrypt.
    ///
    /// An error is about our side, and no verdict on the message: no such key, no such mechanism, no HSM.
    fn unwrap(&self, key_id: &str, encrypted_key: &[u8]) -> Fallible<Option<Zeroizing<Vec<u8>>>> {
        let private = self.private_key(key_id)?;
        self.used.set(self.used.get().saturating_add(1));
        match self.session.decrypt(&rsa_oaep_256(), private, encrypted_key) {
            Ok(cek) => Ok(Some(Zeroizing::new(cek))),
            // `C_DecryptInit` hasn't seen the encrypted key, `C_Decrypt` has. Its codes differ from token to token,
            // and within one by what is wrong with the encrypted key: nobody outside must learn them.
            Err(Pkcs11Error::Pkcs11(code, Function::Decrypt)) if !is_outage(code) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Encrypts with the public half, for messages that the crate would never send.
    fn wrap(&self, key_id: &str, cek: &[u8]) -> Fallible<Vec<u8>> {
        let public = self.find(&[Attribute::Class(ObjectClass::PUBLIC_KEY), Attribute::Label(key_id.into())])?;
        Ok(self.session.encrypt(&rsa_oaep_256(), public, cek)?)
    }

    fn expect_hidden(&self, key_id: &str) -> Fallible {
        let private = self.private_key(key_id)?;
        let wanted = [AttributeType::Sensitive, AttributeType::Extractable];
        let attributes = self.session.get_attributes(private, &wanted)?;
        println!("   {attributes:?}");
        ensure(attributes == [Attribute::Sensitive(true), Attribute::Extractable(false)], "the key is not protected")?;
        let secret = self.session.get_attribute_info(private, &[AttributeType::PrivateExponent])?;
        println!("   private exponent: {secret:?}");
        ensure(matches!(secret.as_slice(), [AttributeInfo::Sensitive]), "the token shows the private exponent")
    }
}

/// `RSA-OAEP-256` of RFC 7518 section 4.3: SHA-256, MGF1 with SHA-256, no label.
fn rsa_oaep_256() -> Mechanism<'static> {
    PkcsOaepParams::new(MechanismType::SHA256, PkcsMgfType::MGF1_SHA256, PkcsOaepSource::empty()).into()
}

/// Codes that no encrypted key brings about.
fn is_outage(code: RvError) -> bool {
    matches!(
        code,
        RvError::CryptokiNotInitialized
            | RvError::DeviceMemory
            | RvError::DeviceRemoved
            | RvError::HostMemory
            | RvError::OperationNotInitialized
            | RvError::SessionClosed
            | RvError::SessionHandleInvalid
            | RvError::TokenNotPresent
            | RvError::UserNotLoggedIn
    )
}

// ---- Software tokens ----

struct Module {
    name: &'static str,
    /// An environment variable with the path of the library.
    variable: &'static str,
    /// Where distributions put it; a bare name is looked for as the dynamic linker does.
    libraries: &'static [&'static str],
    /// Loads the library and makes a token with the user's PIN set.
    start: fn(&Path, &Path) -> Fallible<(Pkcs11, Slot)>,
}

const SOFTHSM: Module = Module {
    name: "SoftHSM 2",
    variable: "SOFTHSM2_MODULE",
    libraries: &[
        "/usr/lib/softhsm/libsofthsm2.so",
        "/usr/local/lib/softhsm/libsofthsm2.so",
        "/usr/lib64/pkcs11/libsofthsm2.so",
        "/opt/homebrew/lib/softhsm/libsofthsm2.so",
    ],
    start: start_softhsm,
};

const NSS: Module = Module {
    name: "NSS softokn",
    variable: "SOFTOKN3_MODULE",
    libraries: &[
        "libsoftokn3.so",
        "/usr/lib/x86_64-linux-gnu/nss/libsoftokn3.so",
        "/opt/homebrew/lib/libsoftokn3.dylib",
    ],
    start: start_nss,
};

impl Module {
    fn find(&self) -> Option<PathBuf> {
        let named = env::var_os(self.variable).map(PathBuf::from);
        let known = self.libraries.iter().map(PathBuf::from);
        named.or_else(|| known.into_iter().find(|library| Pkcs11::new(library).is_ok()))
    }
}

fn start_softhsm(library: &Path, directory: &Path) -> Fallible<(Pkcs11, Slot)> {
    let config = directory.join("softhsm2.conf");
    fs::write(&config, format!("directories.tokendir = {}\nlog.level = ERROR\n", directory.display()))?;
    #[expect(unsafe_code, reason = "the library reads the name of its configuration from the environment")]
    // SAFETY: no other thread runs.
    unsafe {
        env::set_var("SOFTHSM2_CONF", &config);
    }
    let pkcs11 = Pkcs11::new(library)?;
    pkcs11.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK))?;
    let security_officer = AuthPin::new(PIN.into());
    let slot = *pkcs11.get_all_slots()?.first().ok_or("SoftHSM has no slot")?;
    pkcs11.init_token(slot, &security_officer, "example")?;
    // The token isn't in that slot any more.
    let slot = *pkcs11.get_slots_with_initialized_token()?.first().ok_or("SoftHSM has no token")?;
    set_pin(&pkcs11, slot, &security_officer)?;
    Ok((pkcs11, slot))
}

fn start_nss(library: &Path, directory: &Path) -> Fallible<(Pkcs11, Slot)> {
    let parameters = format!("configdir='sql:{}' certPrefix='' keyPrefix='' secmod='secmod.db'", directory.display());
    let parameters = CString::new(parameters)?;
    let pointer = NonNull::new(parameters.as_ptr().cast_mut().cast()).ok_or("not a pointer")?;
    #[expect(unsafe_code, reason = "NSS takes its configuration in the reserved argument")]
    // SAFETY: NSS reads a C string there, before `C_Initialize` returns; it lives until this function does.
    let arguments = unsafe { CInitializeArgs::new_with_reserved(CInitializeFlags::OS_LOCKING_OK, pointer) };
    let pkcs11 = Pkcs11::new(library)?;
    pkcs11.initialize(arguments)?;
    // The first slot has the algorithms only, the second one keeps keys. A fresh one has an officer with an empty PIN.
    let slot = *pkcs11.get_all_slots()?.get(1).ok_or("NSS has no slot for keys")?;
    set_pin(&pkcs11, slot, &AuthPin::new("".into()))?;
    Ok((pkcs11, slot))
}

fn set_pin(pkcs11: &Pkcs11, slot: Slot, security_officer: &AuthPin) -> Fallible {
    let session = pkcs11.open_rw_session(slot)?;
    session.login(UserType::So, Some(security_officer))?;
    session.init_pin(&AuthPin::new(PIN.into()))?;
    Ok(session.logout()?)
}
