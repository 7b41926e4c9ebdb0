//! `probity inventory`: what the repository contains, and what was not read and why.

use std::io::Write as _;

use super::args::{InventoryFormat, InventoryOptions};
use super::exit;
use super::failure::Failure;
use crate::report;

pub fn run(options: &InventoryOptions) -> Result<u8, Failure> {
    let contents = options.read.open()?.contents()?;
    let text = match options.format {
        InventoryFormat::Text => report::inventory(&contents),
        InventoryFormat::Json => report::inventory_json(&contents),
        InventoryFormat::Cyclonedx => report::cyclonedx(&contents),
    };
    match &options.output {
        Some(file) => std::fs::write(file, text)
            .map_err(|error| Failure::Usage(format!("cannot write {}: {error}", file.display())))?,
        None => std::io::stdout().lock().write_all(text.as_bytes())?,
    }
    // A list that may lack something is no clean one.
    Ok(if contents.incomplete() { exit::INCOMPLETE } else { exit::CLEAN })
}
