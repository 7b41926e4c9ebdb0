//! SHA-256 digests and the fingerprint that identifies a finding.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};
use sha2::{Digest as _, Sha256};

/// A SHA-256 digest, written `sha256:` and 64 lower-case hex digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

/// The identity of a finding, written `pf1:` and 64 lower-case hex digits.
///
/// It depends on the policy, the subject's address, the policy's own key for the violation and the
/// occurrence, and on no path or line: moved code keeps its fingerprint.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint([u8; 32]);

/// Why a text is no digest or fingerprint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected `{prefix}` and 64 lower-case hex digits")]
pub struct ParseDigestError {
    prefix: &'static str,
}

impl Digest {
    const PREFIX: &'static str = "sha256:";

    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// Of what a value is written as, in JSON.
    pub fn of_written(value: &impl Serialize) -> Self {
        // Writing into memory fails for no value that is made here: no key is anything but a text.
        Self::of(&serde_json::to_vec(value).unwrap_or_default())
    }

    /// One that was computed before.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The 64 hex digits without the prefix.
    pub fn hex(&self) -> String {
        hex(&self.0)
    }
}

impl Fingerprint {
    const PREFIX: &'static str = "pf1:";

    /// Hashes the five fields, each preceded by its byte length as 32-bit big-endian.
    pub fn compute(policy: &str, subject: &str, key: &str, occurrence: usize) -> Self {
        let mut hash = Sha256::new();
        for field in ["probity-finding-v1", policy, subject, key, &occurrence.to_string()] {
            let length = u32::try_from(field.len()).unwrap_or(u32::MAX);
            hash.update(length.to_be_bytes());
            hash.update(field.as_bytes());
        }
        Self(hash.finalize().into())
    }

    /// The first 12 hex digits: enough to tell findings apart on a screen.
    pub fn short(&self) -> String {
        hex(&self.0).chars().take(12).collect()
    }

    /// Does this fingerprint start with what a person typed (with or without `pf1:`)?
    pub fn matches_prefix(&self, typed: &str) -> bool {
        let typed = typed.strip_prefix(Self::PREFIX).unwrap_or(typed);
        typed.len() >= 4 && hex(&self.0).starts_with(&typed.to_ascii_lowercase())
    }
}

fn hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(bytes)
}

fn parse(text: &str, prefix: &'static str) -> Result<[u8; 32], ParseDigestError> {
    let error = ParseDigestError { prefix };
    let digits = text.strip_prefix(prefix).ok_or(error.clone())?.as_bytes();
    if digits.len() != 64 || digits.iter().any(|b| !matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
        return Err(error);
    }
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks(2)) {
        let pair = std::str::from_utf8(pair).map_err(|_| error.clone())?;
        *byte = u8::from_str_radix(pair, 16).map_err(|_| error.clone())?;
    }
    Ok(bytes)
}

macro_rules! text_form {
    ($type:ident) => {
        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}{}", Self::PREFIX, hex(&self.0))
            }
        }
        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
        impl FromStr for $type {
            type Err = ParseDigestError;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                parse(text, Self::PREFIX).map(Self)
            }
        }
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
    };
}
text_form!(Digest);
text_form!(Fingerprint);

#[cfg(test)]
mod tests {
    use super::*;

    /// The worked example of the waiver specification.
    #[test]
    fn fingerprint_of_the_specification() {
        let got = Fingerprint::compute(
            "PB-DATA-001",
            "terraform:prod/aws_sagemaker_training_job.claims",
            "aws_s3_bucket.claims_raw",
            0,
        );
        assert_eq!(got.to_string(), "pf1:ff9fbff032f5f238928ba428a1d60fba91ad0e7b78dac9471cc0df392e2f4b97");
        assert_eq!(got.to_string().parse(), Ok(got));
    }

    #[test]
    fn only_the_canonical_text_parses() {
        let good = Digest::of(b"x").to_string();
        assert!(good.parse::<Digest>().is_ok());
        for bad in
            [good.to_uppercase(), good.replace("sha256:", ""), good[..70].to_owned(), format!("{good}0")]
        {
            assert!(bad.parse::<Digest>().is_err(), "{bad}");
        }
    }
}
