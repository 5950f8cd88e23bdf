//! Which hosts and networks may be connected to.
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use url::Host;

/// Hosts and networks outside of the public internet that are allowed by the settings:
/// `kalender.intern.example, 10.20.0.0/16, fd00:1234::/32`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Allowed {
    hosts: Vec<String>,
    networks: Vec<Network>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Network {
    start: IpAddr,
    bits: u32,
}

impl Allowed {
    /// Whether a host is allowed, whatever its addresses are.
    #[must_use]
    pub fn host<S: AsRef<str>>(&self, host: &Host<S>) -> bool {
        match host {
            Host::Domain(name) => {
                let name = name.as_ref().trim_end_matches('.');
                self.hosts.iter().any(|one| one.eq_ignore_ascii_case(name))
            }
            Host::Ipv4(ip) => self.network((*ip).into()),
            Host::Ipv6(ip) => self.network((*ip).into()),
        }
    }

    /// Whether an address is allowed.
    #[must_use]
    pub fn network(&self, ip: IpAddr) -> bool {
        self.networks.iter().any(|network| network.holds(ip))
    }
}

impl FromStr for Allowed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut allowed = Self::default();
        let items = text.split(',').map(str::trim);
        for item in items.filter(|item| !item.is_empty()) {
            if let Ok(network) = item.parse() {
                allowed.networks.push(network);
                continue;
            }
            match Host::parse(item) {
                Ok(Host::Domain(name)) if !item.contains('/') => allowed.hosts.push(name),
                _ => return Err(format!("{item} is neither a host nor a network")),
            }
        }
        Ok(allowed)
    }
}

impl FromStr for Network {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (start, bits) = match text.split_once('/') {
            Some((start, bits)) => (start, Some(bits.parse().map_err(|_| ())?)),
            None => (text, None),
        };
        let start: IpAddr = start.parse().map_err(|_| ())?;
        let most = match start {
            IpAddr::V4(_) => 32,
            IpAddr::V6(_) => 128,
        };
        let bits = bits.unwrap_or(most);
        if bits <= most {
            Ok(Self { start, bits })
        } else {
            Err(())
        }
    }
}

impl Network {
    fn holds(self, ip: IpAddr) -> bool {
        match (self.start, ip) {
            (IpAddr::V4(start), IpAddr::V4(ip)) => {
                let mask = u32::MAX.checked_shl(32 - self.bits).unwrap_or(0);
                start.to_bits() & mask == ip.to_bits() & mask
            }
            (IpAddr::V6(start), IpAddr::V6(ip)) => {
                let mask = u128::MAX.checked_shl(128 - self.bits).unwrap_or(0);
                start.to_bits() & mask == ip.to_bits() & mask
            }
            _ => false,
        }
    }
}

/// The networks of IPv4 that are not part of the public internet (IANA's registry, RFC 6890): first address
/// and prefix length.
const SPECIAL_V4: [(Ipv4Addr, u32); 16] = [
    (Ipv4Addr::UNSPECIFIED, 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 31, 196, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    // Multicast; reserved, with the broadcast address.
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
];

/// The networks within the global unicast addresses of IPv6 (`2000::/3`) that are not part of the public internet.
const SPECIAL_V6: [(Ipv6Addr, u32); 4] = [
    // Protocol assignments, with Teredo, ORCHID and benchmarking.
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    // 6to4 contains an IPv4 address, which may be private.
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
];

/// Whether an address is part of the public internet: not private, loopback, link-local, shared (RFC 6598),
/// multicast or reserved, nor an IPv6 address that contains an IPv4 address.
#[must_use]
pub fn is_public(ip: IpAddr) -> bool {
    let holds = |start: IpAddr, bits| Network { start, bits }.holds(ip);
    match ip {
        IpAddr::V4(_) => !SPECIAL_V4
            .iter()
            .any(|(start, bits)| holds((*start).into(), *bits)),
        // Outside of 2000::/3 there are only special addresses, including IPv4-mapped ones.
        IpAddr::V6(_) => {
            holds(Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0).into(), 3)
                && !SPECIAL_V6
                    .iter()
                    .any(|(start, bits)| holds((*start).into(), *bits))
        }
    }
}
