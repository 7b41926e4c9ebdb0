//! `probity man`: manual pages, made from the arguments and from the table of the screen's commands.
//!
//! The first page also says which files and variables count, what the exit codes mean and which keys the screen knows.
//! No page has a date: the same program writes the same bytes.

use std::io::Write as _;
use std::path::Path;

use clap::{Command, CommandFactory as _};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use super::args::Arguments;
use super::exit;
use super::failure::Failure;
use crate::tui::{Keymap, keys_table};

/// A name, and what there is to say of it.
type Entry = (&'static str, &'static str);

const EXIT_STATUS: [Entry; 5] = [
    ("0", "clean"),
    ("1", "open findings at or above --fail-on; for doctor, a problem"),
    ("2", "the call or a configuration is wrong"),
    (
        "3",
        "incomplete: something could not be read or evaluated, or a record is invalid; with --strict also inconclusive \
         verdicts and unrendered templates",
    ),
    ("4", "an internal error"),
];

const FILES: [Entry; 9] = [
    (
        "$XDG_CONFIG_HOME/probity/config.toml",
        "your settings, such as the theme; without the variable, ~/.config/probity",
    ),
    ("$XDG_CONFIG_HOME/probity/keymap.toml", "your keys over the program's own"),
    ("$XDG_CONFIG_HOME/probity/themes/", "your themes"),
    (
        "$XDG_STATE_HOME/probity/",
        "what is remembered of repositories, such as their trust ids; else ~/.local/state/probity",
    ),
    (
        "$XDG_CACHE_HOME/probity/",
        "what was found out before; losing it costs time only; else ~/.cache/probity",
    ),
    ("$XDG_DATA_HOME/probity/", "what you asked to be exported; else ~/.local/share/probity"),
    (".probity/config.yaml", "in the audited repository: parameters of policies, templates of waivers"),
    (".probity/system.yaml", "in the audited repository: the AI systems that it declares"),
    (
        ".probity/waivers/, .probity/trust/",
        "in the audited repository: signed records, and whose signatures count",
    ),
];

const ENVIRONMENT: [Entry; 10] = [
    ("NO_COLOR", "not empty: no colours"),
    ("COLORTERM, TERM, TERM_PROGRAM", "how many colours the terminal shows"),
    ("COLORFGBG", "whether its background is light"),
    ("PROBITY_THEME", "the theme, unless --theme names one"),
    ("PROBITY_TRUST_ROOT", "the repository's trust id, unless --trust-root gives it"),
    ("VISUAL, EDITOR", "the editor"),
    ("BROWSER", "what opens links"),
    ("SSH_AUTH_SOCK", "the agent that holds signing keys"),
    ("XDG_CONFIG_HOME, XDG_STATE_HOME, XDG_CACHE_HOME, XDG_DATA_HOME, HOME", "where the user's files lie"),
    ("GIT_CONFIG_GLOBAL, GIT_CONFIG_NOSYSTEM, GIT_CONFIG_COUNT", "which git settings count, as for git"),
];

pub fn run(folder: Option<&Path>) -> Result<u8, Failure> {
    let mut root = super::completions::visible(&Arguments::command()).disable_help_subcommand(true);
    root.build();
    let Some(folder) = folder else {
        std::io::stdout().lock().write_all(&page(&root)?)?;
        return Ok(exit::CLEAN);
    };
    let failed =
        |error: std::io::Error| Failure::Usage(format!("cannot write {}: {error}", folder.display()));
    std::fs::create_dir_all(folder).map_err(failed)?;
    for command in all(&root) {
        std::fs::write(folder.join(format!("{}.1", name(command))), page(command)?).map_err(failed)?;
    }
    Ok(exit::CLEAN)
}

/// A command and all below it.
fn all(command: &Command) -> Vec<&Command> {
    let below = command.get_subcommands().flat_map(all);
    std::iter::once(command).chain(below).collect()
}

/// `probity-waiver-list`
fn name(command: &Command) -> &str {
    command.get_display_name().unwrap_or_else(|| command.get_name())
}

fn page(command: &Command) -> Result<Vec<u8>, Failure> {
    let man = Man::new(command.clone())
        .title(name(command).to_uppercase())
        .source(format!("probity {}", env!("CARGO_PKG_VERSION")))
        .manual("Probity");
    let mut out = Vec::new();
    man.render_title(&mut out)?;
    man.render_name_section(&mut out)?;
    man.render_synopsis_section(&mut out)?;
    man.render_description_section(&mut out)?;
    if command.get_arguments().next().is_some() {
        man.render_options_section(&mut out)?;
    }
    if command.has_subcommands() {
        man.render_subcommands_section(&mut out)?;
    }
    let mut more = Roff::new();
    section(&mut more, "EXIT STATUS", &EXIT_STATUS);
    if name(command) == "probity" {
        keys(&mut more);
        section(&mut more, "FILES", &FILES);
        section(&mut more, "ENVIRONMENT", &ENVIRONMENT);
    } else {
        more.control("SH", ["SEE ALSO"]).text([bold("probity"), roman("(1)")]);
    }
    more.to_writer(&mut out)?;
    Ok(out)
}

fn section(page: &mut Roff, title: &str, entries: &[Entry]) {
    page.control("SH", [title]);
    for (name, says) in entries {
        page.control("TP", []).text([bold(*name)]).text([roman(*says)]);
    }
}

/// The table as it is: its columns are its own.
fn keys(page: &mut Roff) {
    page.control("SH", ["KEYS"]).text([roman(
        "The keys of the screen, by place; your own may lie over them. Commands without a key are found with the palette.",
    )]);
    page.control("PP", []).control("nf", []);
    for line in keys_table(&Keymap::default()).lines() {
        page.text([roman(line)]);
    }
    page.control("fi", []);
}
