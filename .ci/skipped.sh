# Sourced by the gates that may lack what they need.

# Says loudly that something wasn't checked, and has `.ci/run` say it again at the end.
skipped() {
    echo "SKIPPED: $1"
    echo "$1" >>"${SKIPPED_FILE:-/dev/null}"
}

# Whether there is a nightly toolchain, by now.
have_nightly() {
    rustup toolchain list | grep -q '^nightly' || rustup toolchain install nightly --profile minimal
}
