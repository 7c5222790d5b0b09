//! Scripts that complete the command line in a shell.

use core::fmt::Write as _;

use lexopt::prelude::*;

use crate::arguments::{general, nearest, once, suggestion};
use crate::files::write_out;
use crate::help::{COMMANDS, HelpOption, of, options};
use crate::stop::{Stop, usage};

/// The values of `--format`.
const FORMATS: &str = "pem der base64 jwk";

type Script = fn() -> String;

const SHELLS: [(&str, Script); 3] = [("bash", bash), ("zsh", zsh), ("fish", fish)];

pub(crate) fn completions(mut arguments: lexopt::Parser) -> Result<(), Stop> {
    let mut shell = None;
    while let Some(argument) = arguments.next()? {
        match argument {
            Value(name) => once(&mut shell, "SHELL", name.to_string_lossy().into_owned())?,
            other => return general(other, of("completions").unwrap_or_default()),
        }
    }
    let Some(shell) = shell else { return usage("no shell given: bash, zsh or fish") };
    if let Some((_, script)) = SHELLS.iter().find(|(name, _)| *name == shell) {
        return write_out(&[script().as_bytes()]);
    }
    let near = suggestion(nearest(&shell, SHELLS.into_iter().map(|(name, _)| name)));
    usage(format!("the shells are bash, zsh and fish, not '{shell}'{near}"))
}

fn commands() -> String {
    COMMANDS.map(|(name, _)| name).join(" ") + " help"
}

/// One line of a `case` for each command that has options.
fn cases(action: impl Fn(&str) -> String) -> String {
    let mut lines = String::new();
    for (command, text) in COMMANDS {
        let words: Vec<String> = options(text).map(|option| format!("--{}", option.name)).collect();
        let _ = writeln!(lines, "            {command}) {} ;;", action(&format!("{} --help", words.join(" "))));
    }
    lines
}

fn bash() -> String {
    let (commands, cases) = (commands(), cases(|words| format!("words='{words}'")));
    format!(
        r#"_jwe() {{
    local words='' current=${{COMP_WORDS[COMP_CWORD]}}
    if [ "$COMP_CWORD" -eq 1 ]; then
        words='{commands} --help --version'
    elif [ "${{COMP_WORDS[COMP_CWORD - 1]}}" = --format ]; then
        words='{FORMATS}'
    elif [ "${{COMP_WORDS[1]}}" = completions ] && [[ $current != -* ]]; then
        words='bash zsh fish'
    elif [[ $current == -* ]]; then
        case ${{COMP_WORDS[1]}} in
{cases}        esac
    fi
    COMPREPLY=($(compgen -W "$words" -- "$current"))
}}
complete -o default -F _jwe jwe
"#
    )
}

fn zsh() -> String {
    let (commands, cases) = (commands(), cases(|words| format!("compadd -- {words}")));
    format!(
        r#"#compdef jwe
_jwe() {{
    if (( CURRENT == 2 )); then
        compadd -- {commands} --help --version
    elif [[ $words[CURRENT-1] == --format ]]; then
        compadd -- {FORMATS}
    elif [[ $words[2] == completions && $words[CURRENT] != -* ]]; then
        compadd -- bash zsh fish
    elif [[ $words[CURRENT] == -* ]]; then
        case $words[2] in
{cases}        esac
    else
        _files
    fi
}}
if [[ $funcstack[1] == _jwe ]]; then _jwe "$@"; else compdef _jwe jwe; fi
"#
    )
}

fn fish() -> String {
    let mut script = format!("complete -c jwe -n __fish_use_subcommand -f -a '{}'\n", commands());
    script.push_str("complete -c jwe -n '__fish_seen_subcommand_from completions' -f -a 'bash zsh fish'\n");
    for (command, text) in COMMANDS {
        for HelpOption { name, short, value } in options(text) {
            let short = short.map(|short| format!(" -s {short}")).unwrap_or_default();
            let value = match value {
                Some("FILE") => " -r".to_owned(),
                Some(_) if name == "format" => format!(" -x -a '{FORMATS}'"),
                Some(_) => " -x".to_owned(),
                None => String::new(),
            };
            let seen = format!("-n '__fish_seen_subcommand_from {command}'");
            let _ = writeln!(script, "complete -c jwe {seen}{short} -l {name}{value}");
        }
    }
    script
}
