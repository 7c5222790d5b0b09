//! Which of the common traits each public type implements, and which it must not: a lost or a gained derive fails here.

use std::error::Error as StdError;
use std::fmt::{Debug, Display};
use std::hash::Hash;

use jwe_primitives::{
    Algorithm, ContentEncryptionKey, Decrypted, DecryptedDirectly, DecryptingKey, Encrypted, EncryptingKey, Error,
    Header, Jwe, KeyError, KeyFormat, KeySet, KeyType, Limits, ParameterValue, Part, SkippedKey, UnverifiedHeader,
    VerifiedHeader,
};
use zeroize::ZeroizeOnDrop;

/// Whether a type implements a trait: the constant of the type itself is found before that of the trait, if its
/// bounds hold.
macro_rules! implements {
    ($type:ty: $name:path) => {{
        #[allow(dead_code, reason = "used unless the bound holds")]
        trait Otherwise {
            const IMPLEMENTS: bool = false;
        }
        impl<T> Otherwise for Probe<T> {}
        struct Probe<T>(core::marker::PhantomData<T>);
        #[allow(dead_code, reason = "used if the bound holds")]
        impl<T: $name> Probe<T> {
            const IMPLEMENTS: bool = true;
        }
        <Probe<$type>>::IMPLEMENTS
    }};
}

/// The names of the traits that a type implements, in this order.
macro_rules! traits {
    ($type:ty) => {
        [
            ("Send", implements!($type: Send)),
            ("Sync", implements!($type: Sync)),
            ("Unpin", implements!($type: Unpin)),
            ("Clone", implements!($type: Clone)),
            ("Copy", implements!($type: Copy)),
            ("Debug", implements!($type: Debug)),
            ("Display", implements!($type: Display)),
            ("Error", implements!($type: StdError)),
            ("PartialEq", implements!($type: PartialEq)),
            ("Eq", implements!($type: Eq)),
            ("Hash", implements!($type: Hash)),
            ("PartialOrd", implements!($type: PartialOrd)),
            ("Default", implements!($type: Default)),
            ("ZeroizeOnDrop", implements!($type: ZeroizeOnDrop)),
        ]
        .into_iter()
        .filter_map(|(name, implemented)| implemented.then_some(name))
        .collect::<Vec<_>>()
        .join(" ")
    };
}

#[test]
fn the_probe_tells_both_cases_apart() {
    assert!(implements!(u8: Copy));
    assert!(!implements!(String: Copy));
    assert_eq!(traits!(std::rc::Rc<f32>), "Unpin Clone Debug Display PartialEq PartialOrd Default");
}

/// Secrets: a clone is one more handle on the one box that is zeroized, and there is no comparison, which would run in
/// variable time. `ZeroizeOnDrop` would promise that every value zeroizes, and only the last handle does.
#[test]
fn secret_keys_are_handles_that_are_neither_compared_nor_printed() {
    assert_eq!(traits!(ContentEncryptionKey), "Send Sync Unpin Clone Debug");
    assert_eq!(traits!(DecryptingKey), "Send Sync Unpin Clone Debug");
    assert_eq!(traits!(Encrypted), "Send Sync Unpin Debug");
    assert_eq!(traits!(Encrypted<&'static str>), "Send Sync Unpin Debug");
    assert_eq!(traits!(Decrypted<'static>), "Send Sync Unpin Debug");
    assert_eq!(traits!(Decrypted<'static, &'static mut [u8]>), "Send Sync Unpin Debug");
    assert_eq!(traits!(DecryptedDirectly<'static>), "Send Sync Unpin Debug");
    assert_eq!(traits!(KeySet<DecryptingKey>), traits!(KeySet<ContentEncryptionKey>));
    assert_eq!(traits!(KeySet<DecryptingKey>), "Send Sync Unpin Clone Debug Default");
}

#[test]
fn public_keys_are_cloned_and_shared() {
    assert_eq!(traits!(EncryptingKey), "Send Sync Unpin Clone Debug");
    assert!(implements!(KeySet<EncryptingKey>: Clone) && implements!(KeySet<EncryptingKey>: Sync));
}

#[test]
fn errors_are_small_copies_to_match_and_to_count() {
    let error = "Send Sync Unpin Clone Copy Debug Display Error PartialEq Eq Hash";
    assert_eq!(traits!(Error), error);
    assert_eq!(traits!(KeyError), error);
    assert_eq!(traits!(Part), "Send Sync Unpin Clone Copy Debug Display PartialEq Eq Hash");
    assert_eq!(traits!(KeyFormat), "Send Sync Unpin Clone Copy Debug Display PartialEq Eq Hash");
    assert_eq!(traits!(KeyType), "Send Sync Unpin Clone Copy Debug Display PartialEq Eq Hash");
    assert_eq!(traits!(SkippedKey), "Send Sync Unpin Clone Debug PartialEq Eq");
    assert!(implements!(Error: From<KeyError>));
    assert!(size_of::<Error>() <= 4 && size_of::<KeyError>() <= 4);
}

#[test]
fn tokens_and_headers_are_values() {
    assert_eq!(traits!(Jwe<'static>), "Send Sync Unpin Clone Debug");
    assert_eq!(traits!(Header), "Send Sync Unpin Clone Debug PartialEq Eq Default");
    assert_eq!(traits!(UnverifiedHeader<'static>), "Send Sync Unpin Clone Copy Debug PartialEq Eq");
    assert_eq!(traits!(ParameterValue<'static>), "Send Sync Unpin Clone Debug");
    assert_eq!(traits!(VerifiedHeader<'static>), "Send Sync Unpin Clone Debug PartialEq Eq");
    assert_eq!(traits!(Limits), "Send Sync Unpin Clone Copy Debug PartialEq Eq Default");
    assert_eq!(traits!(Algorithm), "Send Sync Unpin Clone Copy Debug PartialEq Eq Hash");
}

#[test]
fn header_parameters_come_from_the_usual_types() {
    assert!(implements!(ParameterValue<'static>: From<&'static str>));
    assert!(implements!(ParameterValue<'static>: From<&'static String>));
    assert!(implements!(ParameterValue<'static>: From<String>) && implements!(ParameterValue<'static>: From<bool>));
    assert!(implements!(ParameterValue<'static>: From<i64>) && implements!(ParameterValue<'static>: From<i32>));
    assert!(implements!(ParameterValue<'static>: From<u64>) && implements!(ParameterValue<'static>: From<u32>));
    assert!(implements!(ParameterValue<'static>: From<u16>));
    assert!(implements!(ContentEncryptionKey: From<[u8; 32]>));
}

#[test]
fn a_set_is_collected_and_walked() {
    assert!(implements!(KeySet<EncryptingKey>: FromIterator<EncryptingKey>));
    assert!(implements!(KeySet<EncryptingKey>: Extend<EncryptingKey>));
    assert!(implements!(KeySet<EncryptingKey>: IntoIterator<Item = EncryptingKey>));
    assert!(implements!(&'static KeySet<EncryptingKey>: IntoIterator<Item = &'static EncryptingKey>));
}
