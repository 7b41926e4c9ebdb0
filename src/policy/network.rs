//! Ranges of IP addresses, as far as OPA's builtins about them need.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// A network in CIDR notation, or a single address. Bits beyond the prefix are zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Network {
    /// IPv6; an IPv4 network never equals one of these.
    wide: bool,
    /// The address's bits, at the low end.
    bits: u128,
    prefix: u32,
}

impl Network {
    fn length(wide: bool) -> u32 {
        if wide { 128 } else { 32 }
    }

    fn masked(wide: bool, bits: u128, prefix: u32) -> Self {
        let host = Self::length(wide) - prefix;
        let bits = if host >= 128 { 0 } else { bits >> host << host };
        Self { wide, bits, prefix }
    }

    pub fn contains(&self, other: &Network) -> bool {
        self.wide == other.wide
            && self.prefix <= other.prefix
            && Self::masked(self.wide, other.bits, self.prefix).bits == self.bits
    }

    pub fn overlaps(&self, other: &Network) -> bool {
        self.contains(other) || other.contains(self)
    }

    /// The fewest networks that hold the same addresses, in order.
    pub fn merge(mut networks: Vec<Network>) -> Vec<Network> {
        networks.sort();
        let mut merged: Vec<Network> = Vec::new();
        for network in networks {
            if merged.last().is_some_and(|last| last.contains(&network)) {
                continue;
            }
            merged.push(network);
            // Two halves make a whole, which may be a half itself.
            while let [.., a, b] = merged.as_slice() {
                let whole = Self::masked(a.wide, a.bits, a.prefix.saturating_sub(1));
                if a.prefix == 0 || a.prefix != b.prefix || a.wide != b.wide || !whole.contains(b) {
                    break;
                }
                merged.truncate(merged.len() - 2);
                merged.push(whole);
            }
        }
        merged
    }
}

impl FromStr for Network {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let (wide, bits) = match address.parse::<IpAddr>().map_err(|_| ())? {
            IpAddr::V4(address) => (false, u128::from(u32::from(address))),
            IpAddr::V6(address) => (true, u128::from(address)),
        };
        let length = Self::length(wide);
        let prefix = prefix.map_or(Ok(length), str::parse).map_err(|_| ())?;
        if prefix > length {
            return Err(());
        }
        Ok(Self::masked(wide, bits, prefix))
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let address = if self.wide {
            IpAddr::V6(self.bits.into())
        } else {
            IpAddr::V4(u32::try_from(self.bits).unwrap_or_default().into())
        };
        write!(f, "{address}/{}", self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_merge_to_the_fewest() {
        let merged = |texts: &[&str]| -> Vec<String> {
            let networks = texts.iter().map(|text| text.parse().unwrap()).collect();
            Network::merge(networks).iter().map(Network::to_string).collect()
        };
        assert_eq!(
            merged(&["10.0.2.0/24", "10.0.0.0/24", "10.0.1.0/24", "10.0.3.0/25", "10.0.3.128/25"]),
            ["10.0.0.0/22"]
        );
        assert_eq!(merged(&["10.0.1.0/24", "10.0.2.0/24"]), ["10.0.1.0/24", "10.0.2.0/24"]);
        assert_eq!(merged(&["0.0.0.0/1", "128.0.0.0/1", "::/0"]), ["0.0.0.0/0", "::/0"]);
        assert_eq!(merged(&["10.1.2.3/8"]), ["10.0.0.0/8"]);
        assert!("10.0.0.0/33".parse::<Network>().is_err());
    }
}
