//! IP network functions.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use num_bigint::{BigInt, BigUint};

use super::call::{Call, Function, Kind, NUMBER, Outcome, Param, TEXT, number, string};
use crate::facts::terraform::value::Value;

pub fn find(name: &str) -> Option<Function> {
    const PREFIX: &[Param] = &[TEXT];
    Some(match name {
        "cidrhost" => Function::new(&[TEXT, NUMBER], Kind::Text, cidrhost),
        "cidrnetmask" => Function::new(PREFIX, Kind::Text, cidrnetmask),
        "cidrsubnet" => Function::new(&[TEXT, NUMBER, NUMBER], Kind::Text, cidrsubnet),
        "cidrsubnets" => Function::new(PREFIX, Kind::Texts, cidrsubnets).then(NUMBER),
        _ => return None,
    })
}

/// A network: the address with its host bits cleared.
#[derive(Clone, Copy)]
struct Network {
    address: u128,
    /// 32 or 128.
    bits: u32,
    length: u32,
}

impl Network {
    fn parse(text: &str) -> Result<Self, String> {
        let invalid = || format!("invalid CIDR expression: {text}");
        let (address, length) = text.split_once('/').ok_or_else(invalid)?;
        let digits = !length.is_empty() && length.bytes().all(|byte| byte.is_ascii_digit());
        let length: u32 = length.parse().ok().filter(|_| digits).ok_or_else(invalid)?;
        let (address, bits) = match parse_address(address).ok_or_else(invalid)? {
            IpAddr::V4(address) => (u128::from(address.to_bits()), 32),
            IpAddr::V6(address) => (address.to_bits(), 128),
        };
        if length > bits {
            return Err(invalid());
        }
        Ok(Self { address: address & mask(bits, length), bits, length })
    }

    fn write(self, address: u128) -> String {
        match u32::try_from(address) {
            Ok(address) if self.bits == 32 => Ipv4Addr::from_bits(address).to_string(),
            _ => written(Ipv6Addr::from_bits(address)),
        }
    }

    fn size(self) -> BigInt {
        BigInt::from(1) << (self.bits - self.length)
    }
}

/// Go takes leading zeros in the parts of an IPv4 address as decimal digits, and Terraform still does.
fn parse_address(text: &str) -> Option<IpAddr> {
    if text.contains(':') {
        return text.parse().ok().map(IpAddr::V6);
    }
    let parts: Option<Vec<u8>> = text
        .split('.')
        .map(|part| {
            let digits = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
            part.trim_start_matches('0').len().le(&3).then_some(())?;
            digits.then(|| part.parse().ok()).flatten()
        })
        .collect();
    <[u8; 4]>::try_from(parts?).ok().map(IpAddr::from)
}

/// An address that embeds an IPv4 one is written as that one.
fn written(address: Ipv6Addr) -> String {
    address.to_ipv4_mapped().map_or_else(|| address.to_string(), |inner| inner.to_string())
}

/// The leading ones of a network's mask.
fn mask(bits: u32, length: u32) -> u128 {
    let all = u128::MAX >> (128 - bits);
    all & !all.checked_shr(length).unwrap_or(0)
}

fn whole(call: &Call<'_>, at: usize) -> Result<BigInt, String> {
    let number = call.number(at)?;
    if number.is_integer() { Ok(number.truncated()) } else { Err("a whole number is required".to_owned()) }
}

/// A negative number counts back from the end of the network.
fn cidrhost(call: &Call<'_>) -> Outcome {
    let host = whole(call, 1)?;
    let network = Network::parse(call.text(0)?)?;
    let size = network.size();
    let at = if host < BigInt::ZERO { &host + &size } else { host.clone() };
    if at < BigInt::ZERO || at >= size {
        return Err(format!("prefix of {} does not accommodate a host numbered {host}", network.length));
    }
    string(network.write(network.address | u128::try_from(at).unwrap_or_default()))
}

fn cidrnetmask(call: &Call<'_>) -> Outcome {
    let network = Network::parse(call.text(0)?)?;
    if network.bits != 32 {
        return Err("IPv6 addresses cannot have a netmask".to_owned());
    }
    string(network.write(mask(32, network.length)))
}

/// A negative extension widens the network. A negative number is no count from the end: its bits are
/// set as they are, and what that makes is read without its sign. So it is in Terraform.
fn cidrsubnet(call: &Call<'_>) -> Outcome {
    let (added, index) = (call.integer(1)?, whole(call, 2)?);
    let network = Network::parse(call.text(0)?)?;
    let length = i64::from(network.length).saturating_add(added);
    let length = u32::try_from(length).ok().filter(|length| *length <= network.bits).ok_or_else(|| {
        format!("insufficient address space to extend prefix of {} by {added}", network.length)
    })?;
    let last =
        u32::try_from(added).ok().and_then(|added| 1_u64.checked_shl(added)).map_or(u64::MAX, |n| n - 1);
    if index.magnitude() % (BigUint::from(1u8) << 64) > last.into() {
        return Err(format!("prefix extension of {added} does not accommodate a subnet numbered {index}"));
    }
    let address = BigInt::from(network.address) | (index << (network.bits - length));
    let address = u128::try_from(address.magnitude().clone());
    let address = address.map_err(|_| "the address is out of range".to_owned())?;
    string(format!("{}/{length}", network.write(address)))
}

/// Consecutive networks, each extended by its own number of bits.
fn cidrsubnets(call: &Call<'_>) -> Outcome {
    let network = Network::parse(call.text(0)?)?;
    let end = BigInt::from(network.address) + network.size();
    let mut next = BigInt::from(network.address);
    let mut subnets = Vec::new();
    for arg in call.rest(1) {
        let added = number(arg)?.as_i64().ok_or_else(|| "a whole number is required".to_owned())?;
        let added = u32::try_from(added).ok().filter(|added| (1..=32).contains(added));
        let added = added.ok_or_else(|| "must extend prefix by 1 to 32 bits".to_owned())?;
        let length = network.length + added;
        if length > network.bits {
            return Err(format!("would extend prefix to {length} bits, which is too long"));
        }
        let size = BigInt::from(1) << (network.bits - length);
        // Each begins at the next multiple of its own size.
        let start: BigInt = (&next + &size - 1u8) / &size * &size;
        next = &start + &size;
        // Terraform takes a network at zero for one that went over the end.
        if next > end || start == BigInt::ZERO {
            return Err(format!(
                "not enough remaining address space for a subnet with a prefix of {length} bits"
            ));
        }
        let address = u128::try_from(start).unwrap_or_default();
        subnets.push(Value::string(format!("{}/{length}", network.write(address))));
    }
    Ok(Value::list(subnets))
}
