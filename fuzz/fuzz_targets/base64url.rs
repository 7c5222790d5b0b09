#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| jwe_primitives_fuzz::base64url::run(data));
