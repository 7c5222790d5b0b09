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

# Whether there is the standard library for a target, by now.
have_target() {
    rustup target add "$1" || rustup target list --installed | grep -qx "$1"
}

# Whether there is a Node that is new enough for what runs in it.
have_node() {
    command -v node && [ "$(node -p 'process.versions.node.split(".")[0]')" -ge 20 ]
}
