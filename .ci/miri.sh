#!/usr/bin/env bash
# Miri, which finds undefined behavior in whatever it interprets, over everything but RSA's big numbers: the unit
# tests, and the vectors that need no RSA. It interprets the default build with the vector code of `base64` (AVX2), and the
# portable one as on a big-endian machine with 32 bits (PowerPC).
#
# RSA by 32-bit words runs elsewhere: in WebAssembly, and on a Cortex-M4 (.ci/portability.sh).
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/lib.sh

if ! have_nightly; then
    skipped "Miri: no nightly toolchain"
    exit 0
fi
if ! { cargo "+$nightly" miri --version && [ -e "$(rustc "+$nightly" --print sysroot)/lib/rustlib/src/rust/library" ]; } &&
    ! { may_install && rustup component add --toolchain "$nightly" miri rust-src; }; then
    skipped "Miri: not in $nightly, or rustup component add --toolchain $nightly miri rust-src"
    exit 0
fi

# Unit tests that are left out, by the beginning of their names; all others run. Reading an RSA key takes Miri a
# minute, and using it hours.
rsa=(
    decrypt::tests::every_unwrap_failure_attempts_the_content_and_ends_in_one_error
    decrypt::tests::public_failures_come_before_the_key_is_used
    decrypt::tests::a_randomness_failure_is_reported_and_leaves_the_token_usable
    decrypt::tests::unwrapped_elsewhere
    decrypt::tests::wycheproof_rsa_oaep
    encrypt::tests::header_and_key_id_together_are_bounded
    encrypt::tests::the_id_of_any_key_is_bounded
    key::der::tests::parameters_of_rsa_encryption_are_null
    key::rsa::tests::
    rsa_core::tests::
    rsa_oaep::tests::a_fault_leaves_the_substitute
    rsa_oaep::tests::every_seed_and_cek_byte_counts
    rsa_oaep::tests::first_byte_must_be_zero_though_rsa_ignores_it
    rsa_oaep::tests::rejects_impossible_lengths
    rsa_oaep::tests::randomness_failure_is_an_error_wherever_it_happens
    rsa_oaep::tests::representative_out_of_range_leaves_the_substitute
    rsa_oaep::tests::wraps_for_rsa_and_unwraps_from_rsa
    stack::tests::each_step_with_a_key
    stack::tests::each_step_with_a_message
)
# More than two minutes each: long texts, and 1700 forgeries.
slow=(
    a256gcm::tests::wycheproof
    base64url::tests::encodes_in_place_and_decodes_into_exact_buffers
    base64url::tests::rejects_each_foreign_character_at_each_place
    base64url::tests::rejects_what_is_not_canonical
    error::tests::every_error_has_a_text_of_its_own_on_one_line
    error::tests::the_catalog_explains_every_error
    header::tests::what_is_sent_fits_a_receiver
    json::tests::accepts_what_another_strict_reader_accepts
    json::tests::an_unchecked_element_is_rejected_alone
    json::tests::checked_elements_make_a_checked_array
    json::tests::names_are_compared_as_what_they_stand_for
    json::tests::plain_bytes_are_counted_up_to_the_first_that_is_not
    key::der::tests::the_length_of_key_text_is_bounded_exactly
    key::jwk::tests::the_length_of_a_jwk_is_bounded_exactly
    key::set::tests::the_length_of_a_set_is_bounded_exactly
    rsa_oaep::tests::each_bit_of_the_fixed_fields_counts
)
# A name that is gone would leave out nothing, and its test take hours under another one.
listed=$(cargo test --quiet --locked --lib -- --list)
for name in "${rsa[@]}" "${slow[@]}"; do
    grep -q "^$name" <<<"$listed" || { echo "no unit test $name: look at the list in .ci/miri.sh" >&2; exit 1; }
done
skips=()
for name in "${rsa[@]}" "${slow[@]}"; do
    skips+=(--skip "$name")
done

logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT

# miri NAME TARGET RUSTFLAGS ARGUMENTS...: one run. A test that Miri can't finish ends it, too.
miri() {
    local name=$1 target=$2 flags=$3
    shift 3
    SECONDS=0
    if RUSTFLAGS=$flags timeout 1200 cargo "+$nightly" miri test --locked --target "$target" "$@" >"$logs/$name" 2>&1; then
        printf '%-34s %s, %s s\n' "$name" "$(grep -o '[0-9]* passed' "$logs/$name")" "$SECONDS"
    else
        tail -n 40 "$logs/$name"
        printf '%-34s FAILED, %s s\n' "$name" "$SECONDS"
        return 1
    fi
}

for target in x86_64-unknown-linux-gnu powerpc-unknown-linux-gnu; do
    cargo "+$nightly" miri setup --target "$target"
done

# Nothing is linked, so the C below a development dependency (criterion) needs no compiler for those machines: empty
# archives do.
cat >"$logs/cc" <<'CC'
#!/bin/sh
for file; do
    case $file in *.o | *.a) printf '!<arch>\n' >"$file" ;; esac
done
CC
chmod +x "$logs/cc"
export TARGET_CC=$logs/cc TARGET_AR=$logs/cc

portable=(--no-default-features --features getrandom)
pids=()
start() {
    wait_for_processor
    miri "$@" &
    pids+=($!)
}
start unit-x86_64-default-avx2 x86_64-unknown-linux-gnu "-C target-feature=+avx2" --lib -- "${skips[@]}"
start unit-powerpc-portable powerpc-unknown-linux-gnu "" --lib "${portable[@]}" -- "${skips[@]}"
start vectors-powerpc powerpc-unknown-linux-gnu "" --manifest-path tests/portability/Cargo.toml -p portability-vectors
failed=0
for pid in "${pids[@]}"; do
    wait "$pid" || failed=1
done
exit "$failed"
