//! Names of record files, which follow from their content, and the patterns of a waiver's scope.

use crate::model::Digest;

pub const FOLDER: &str = ".probity";
pub const WAIVERS: &str = ".probity/waivers";
pub const TRUST: &str = ".probity/trust";
pub const ATTRIBUTES: &str = ".probity/.gitattributes";
/// Keeps git from changing the bytes of records on their way into a work tree.
pub const ATTRIBUTES_LINE: &str = "* -text -filter -ident -working-tree-encoding\n";

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// The first 130 bits of a digest in base32: short enough for a file name.
pub fn id26(digest: &Digest) -> String {
    let (mut bits, mut count, mut out) = (0_u32, 0_u32, String::with_capacity(26));
    // 17 bytes hold the 130 bits that are shown.
    for byte in digest.bytes().iter().take(17) {
        bits = (bits << 8) | u32::from(*byte);
        count += 8;
        while count >= 5 && out.len() < 26 {
            count -= 5;
            let symbol = ALPHABET.get((bits >> count) as usize & 31).copied().unwrap_or(b'0');
            out.push(char::from(symbol));
        }
        bits &= (1 << count) - 1;
    }
    out
}

/// `wv-...`: how people call a waiver.
pub fn waiver_id(digest: &Digest) -> String {
    format!("wv-{}", id26(digest))
}

/// What a file's name in `waivers/` says that it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NameKind {
    Waiver,
    Approval,
    Revocation,
}

/// Reads a name of `waivers/` strictly; anything else is no record's name.
pub(super) fn read_record_name(name: &str) -> Option<NameKind> {
    let is_id = |id: &str| id.len() == 26 && id.bytes().all(|byte| ALPHABET.contains(&byte));
    let stem = name.strip_prefix("wv-")?.strip_suffix(".yaml")?;
    let (waiver, other) = match stem.split_once('.') {
        Some((waiver, other)) => (waiver, Some(other)),
        None => (stem, None),
    };
    let kind = match other {
        None => NameKind::Waiver,
        Some(other) => match (other.strip_prefix("ap-"), other.strip_prefix("rv-")) {
            (Some(id), None) if is_id(id) => NameKind::Approval,
            (None, Some(id)) if is_id(id) => NameKind::Revocation,
            _ => return None,
        },
    };
    is_id(waiver).then_some(kind)
}

/// What a file's name in `trust/` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum TrustName {
    Payload(u32),
    Signature(u32, String),
}

pub(super) fn read_trust_name(name: &str) -> Option<TrustName> {
    let (number, rest) = name.split_once(".trust.")?;
    let digits = (1..=3).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit());
    let number = number.parse().ok().filter(|_| digits && !number.starts_with('0'))?;
    if rest == "yaml" {
        return Some(TrustName::Payload(number));
    }
    let key = rest.strip_suffix(".sig")?;
    let hex = key.len() == 12 && key.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    hex.then(|| TrustName::Signature(number, key.to_owned()))
}

/// `fp12`: the first 12 hex digits of the SHA-256 of a public key.
pub(super) fn fp12(key: &[u8]) -> String {
    Digest::of(key).hex().chars().take(12).collect()
}

/// Is this a pattern that a scope may hold?
pub(super) fn check_pattern(pattern: &str) -> Result<(), String> {
    let bad = pattern
        .split('/')
        .find(|segment| matches!(*segment, "" | "." | "..") || (segment.contains("**") && *segment != "**"));
    match bad {
        None => Ok(()),
        Some(segment) => Err(format!(
            "`{pattern}` is no path pattern: the segment `{segment}` is not allowed; write for example infra/prod/**"
        )),
    }
}

/// `*` matches within one segment, `**` any number of whole segments. Case-sensitive.
pub(super) fn pattern_matches(pattern: &str, path: &str) -> bool {
    let pattern: Vec<&str> = pattern.split('/').collect();
    let path: Vec<&str> = path.split('/').collect();
    wildcard(
        &pattern,
        &path,
        |p| *p == "**",
        |p, segment| {
            let pattern: Vec<char> = p.chars().collect();
            let segment: Vec<char> = segment.chars().collect();
            wildcard(&pattern, &segment, |c| *c == '*', |a, b| a == b)
        },
    )
}

/// Greedy matching with one remembered star: linear in space, at most pattern x text in time, so that
/// no pattern of a hostile record can cost more.
fn wildcard<T, U>(
    pattern: &[T],
    text: &[U],
    is_star: impl Fn(&T) -> bool,
    equal: impl Fn(&T, &U) -> bool,
) -> bool {
    let (mut p, mut t, mut star) = (0, 0, None);
    while let Some(item) = text.get(t) {
        match pattern.get(p) {
            Some(part) if is_star(part) => {
                star = Some((p, t));
                p += 1;
            }
            Some(part) if equal(part, item) => {
                p += 1;
                t += 1;
            }
            _ => match star {
                None => return false,
                Some((star_p, star_t)) => {
                    p = star_p + 1;
                    t = star_t + 1;
                    star = Some((star_p, star_t + 1));
                }
            },
        }
    }
    pattern.iter().skip(p).all(is_star)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_the_specification() {
        let digest =
            "sha256:7f54b6c48c6d37ce717bd8347f55928bd5eef85ff971aefd0fc9983f78b7d4b0".parse().unwrap();
        assert_eq!(waiver_id(&digest), "wv-fxabdh4cdmvwwwbvv0t7yncjhf");
    }

    #[test]
    fn names_are_exact() {
        let id = "fxabdh4cdmvwwwbvv0t7yncjhf";
        assert_eq!(read_record_name(&format!("wv-{id}.yaml")), Some(NameKind::Waiver));
        assert_eq!(read_record_name(&format!("wv-{id}.ap-{id}.yaml")), Some(NameKind::Approval));
        assert_eq!(read_record_name(&format!("wv-{id}.rv-{id}.yaml")), Some(NameKind::Revocation));
        for bad in [
            format!("wv-{id}.yml"),
            format!("WV-{id}.yaml"),
            format!("wv-{}.yaml", id.to_uppercase()),
            format!("wv-{id}l.yaml"),
            format!("wv-{}.yaml", id.replace('f', "u")),
            format!("wv-{id}.xx-{id}.yaml"),
            format!("wv-{id}.ap-{id}.ap-{id}.yaml"),
            format!("wv-{id}.yaml\n"),
            "../x".to_owned(),
        ] {
            assert_eq!(read_record_name(&bad), None, "{bad}");
        }
        assert_eq!(read_trust_name("1.trust.yaml"), Some(TrustName::Payload(1)));
        assert_eq!(
            read_trust_name("12.trust.a7a1850c7541.sig"),
            Some(TrustName::Signature(12, "a7a1850c7541".to_owned()))
        );
        for bad in
            ["0.trust.yaml", "01.trust.yaml", "1000.trust.yaml", "+1.trust.yaml", "1.trust.A7a1850c7541.sig"]
        {
            assert_eq!(read_trust_name(bad), None, "{bad}");
        }
    }

    #[test]
    fn patterns_match_whole_segments() {
        for (pattern, path, expected) in [
            ("infra/prod/**", "infra/prod/main.tf", true),
            ("infra/prod/**", "infra/prod/a/b/c.tf", true),
            ("infra/prod/**", "infra/production/main.tf", false),
            ("infra/prod/**", "Infra/prod/main.tf", false),
            ("**", "main.tf", true),
            ("**/main.tf", "a/b/main.tf", true),
            ("**/main.tf", "main.tf", true),
            ("*.tf", "main.tf", true),
            ("*.tf", "a/main.tf", false),
            ("a/*/c", "a/b/c", true),
            ("a/*/c", "a/b/b/c", false),
            ("a/**/c/*.tf", "a/x/c/y/c/z.tf", true),
            ("a[b]", "ab", false),
        ] {
            assert_eq!(pattern_matches(pattern, path), expected, "{pattern} {path}");
        }
        for bad in ["/infra", "a//b", "../x", "a/./b", "a**", "a/"] {
            assert!(check_pattern(bad).is_err(), "{bad}");
        }
        let slow = "*a".repeat(900);
        assert!(!pattern_matches(&slow, &"a".repeat(800)));
    }
}
