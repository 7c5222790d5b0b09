#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| jwe_primitives_fuzz::rsa_core::run(data));
