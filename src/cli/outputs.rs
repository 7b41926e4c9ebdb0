//! Where the outputs of `check` go: several formats in one run, each to a file or to standard output.

use std::fmt;
use std::io::Write as _;
use std::path::PathBuf;
use std::str::FromStr;

use clap::ValueEnum as _;

use super::args::CheckFormat;
use super::failure::Failure;

/// What `--output` takes: `FILE`, which gets what `--format` says, or `FORMAT=FILE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    format: Option<CheckFormat>,
    target: Target,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    StandardOutput,
    File(PathBuf),
}

impl FromStr for Output {
    type Err = String;

    /// What stands before `=` is a format only where there is one of that name, so that files may have a `=` in theirs.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let named = text.split_once('=').and_then(|(name, file)| {
            CheckFormat::from_str(name, false).ok().map(|format| (Some(format), file))
        });
        let (format, file) = named.unwrap_or((None, text));
        match file {
            "" => Err("a file is missing".to_owned()),
            "-" => Ok(Self { format, target: Target::StandardOutput }),
            file => Ok(Self { format, target: Target::File(file.into()) }),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Target::StandardOutput => f.write_str("standard output"),
            Target::File(file) => write!(f, "{}", file.display()),
        }
    }
}

impl Target {
    pub fn write(&self, text: &str) -> Result<(), Failure> {
        match self {
            Target::StandardOutput => Ok(std::io::stdout().lock().write_all(text.as_bytes())?),
            Target::File(file) => std::fs::write(file, text)
                .map_err(|error| Failure::Usage(format!("cannot write {self}: {error}"))),
        }
    }
}

/// What to write where. `--format` goes to standard output unless a plain `--output FILE` takes it, or unless it was not
/// given and standard output is taken.
pub fn outputs(format: Option<CheckFormat>, given: &[Output]) -> Result<Vec<(CheckFormat, Target)>, Failure> {
    let chosen = format.unwrap_or(CheckFormat::Text);
    let mut outputs: Vec<(CheckFormat, Target)> =
        given.iter().map(|output| (output.format.unwrap_or(chosen), output.target.clone())).collect();
    let placed = given.iter().any(|output| output.format.is_none());
    let free = outputs.iter().all(|(_, target)| *target != Target::StandardOutput);
    if !placed && (format.is_some() || free) {
        outputs.push((chosen, Target::StandardOutput));
    }
    for (at, (_, target)) in outputs.iter().enumerate() {
        if outputs.iter().skip(at + 1).any(|(_, other)| other == target) {
            return Err(Failure::Usage(format!("two outputs go to {target}")));
        }
    }
    Ok(outputs)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn placed(format: Option<CheckFormat>, given: &[&str]) -> Result<Vec<String>, String> {
        let given: Vec<Output> = given.iter().map(|text| text.parse().unwrap()).collect();
        let outputs = outputs(format, &given).map_err(|error| error.to_string())?;
        Ok(outputs.iter().map(|(format, target)| format!("{format:?} > {target}")).collect())
    }

    #[test]
    fn every_format_goes_where_it_was_sent() {
        let json = Some(CheckFormat::Json);
        let said: [(_, &[&str], &[&str]); 9] = [
            (None, &[], &["Text > standard output"]),
            (json, &[], &["Json > standard output"]),
            (json, &["a.json"], &["Json > a.json"]),
            (None, &["a=b.txt"], &["Text > a=b.txt"]),
            (None, &["sarif=a"], &["Sarif > a", "Text > standard output"]),
            (json, &["sarif=a"], &["Sarif > a", "Json > standard output"]),
            (None, &["sarif=-", "junit=a"], &["Sarif > standard output", "Junit > a"]),
            (json, &["a", "sarif=-"], &["Json > a", "Sarif > standard output"]),
            (None, &["-", "oscal-ar=a=b"], &["Text > standard output", "OscalAr > a=b"]),
        ];
        for (format, given, expected) in said {
            assert_eq!(placed(format, given).unwrap(), expected, "{format:?} {given:?}");
        }
    }

    #[test]
    fn two_outputs_share_no_place() {
        for (format, given) in [
            (None, ["sarif=-", "junit=-"].as_slice()),
            (Some(CheckFormat::Json), &["sarif=-"]),
            (None, &["-", "sarif=-"]),
            (None, &["sarif=a", "junit=a"]),
        ] {
            assert!(placed(format, given).unwrap_err().starts_with("two outputs go to "), "{given:?}");
        }
    }

    #[test]
    fn a_file_is_needed() {
        assert!("sarif=".parse::<Output>().is_err());
        assert!("".parse::<Output>().is_err());
    }
}
