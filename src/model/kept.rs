//! What was worked out before, kept by the digest of all that it hangs on: within a process, and for a later one.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::sync::{PoisonError, RwLock, RwLockWriteGuard};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Digest;

/// Entries that are kept in memory.
const MAX_KNOWN: usize = 400_000;
/// What so many runs had no use for is dropped.
const MAX_AGE: u8 = 30;
/// Of values; what policies read is no deeper.
const DEPTH: usize = 1024;

/// Values in CBOR.
#[derive(Default)]
pub struct Kept {
    known: RwLock<HashMap<Digest, Entry>>,
    /// Bytes that an earlier run did not leave and a later one can have.
    learnt: AtomicUsize,
}

struct Entry {
    bytes: Box<[u8]>,
    /// A later run can have it.
    lasting: bool,
    /// How many runs had no use for it; this one counts until it has.
    age: AtomicU8,
}

impl Kept {
    pub fn get<T: DeserializeOwned>(&self, key: &Digest) -> Option<T> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let entry = known.get(key)?;
        entry.age.store(0, Ordering::Relaxed);
        ciborium::de::from_reader_with_recursion_limit(&*entry.bytes, DEPTH).ok()
    }

    /// Keeps a value; `lasting`, if a later run can have it.
    pub fn put(&self, key: Digest, value: &impl Serialize, lasting: bool) {
        let mut bytes = Vec::new();
        if ciborium::into_writer(value, &mut bytes).is_err() {
            return;
        }
        if lasting {
            self.learnt.fetch_add(bytes.len().max(1), Ordering::Relaxed);
        }
        let mut known = self.write();
        if known.len() >= MAX_KNOWN {
            known.retain(|_, entry| *entry.age.get_mut() == 0);
        }
        if known.len() >= MAX_KNOWN {
            known.clear();
        }
        known.insert(key, Entry { bytes: bytes.into(), lasting, age: AtomicU8::new(0) });
    }

    #[cfg(test)]
    pub fn count(&self) -> usize {
        self.known.read().unwrap_or_else(PoisonError::into_inner).len()
    }

    fn write(&self) -> RwLockWriteGuard<'_, HashMap<Digest, Entry>> {
        self.known.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Is a twentieth of it, or more, new? Less is found out again in no time, and all of it would have to be written.
    pub fn is_much_new(&self) -> bool {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let all: usize = known.values().map(|entry| entry.bytes.len()).sum();
        20 * self.learnt.load(Ordering::Relaxed) >= all
    }

    /// What a later run can begin with, up to so many bytes, what was of use last first; `None` where it has all of it
    /// already.
    pub fn export(&self, most: usize) -> Option<Vec<u8>> {
        if self.learnt.swap(0, Ordering::Relaxed) == 0 {
            return None;
        }
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let lasting = known.iter().filter(|(_, entry)| entry.lasting);
        let mut aged: Vec<(u8, &Digest, &[u8])> = lasting
            .map(|(key, entry)| (entry.age.load(Ordering::Relaxed), key, &*entry.bytes))
            .filter(|(age, ..)| *age <= MAX_AGE)
            .collect();
        aged.sort_unstable();
        let mut out = Vec::with_capacity(aged.iter().map(|(.., bytes)| bytes.len() + 37).sum());
        for (age, key, bytes) in aged {
            let Ok(length) = u32::try_from(bytes.len()) else { continue };
            if out.len() + bytes.len() > most {
                break;
            }
            out.extend_from_slice(key.bytes());
            out.push(age);
            out.extend_from_slice(&length.to_le_bytes());
            out.extend_from_slice(bytes);
        }
        Some(out)
    }

    /// Takes what an earlier run has left; nothing of what does not hold together.
    pub fn import(&self, mut left: &[u8]) {
        let mut found = Vec::new();
        while !left.is_empty() {
            let Some((key, entry, rest)) = entry(left) else { return };
            found.push((key, entry));
            left = rest;
        }
        let mut known = self.write();
        known.reserve(found.len());
        for (key, entry) in found {
            known.entry(key).or_insert(entry);
        }
    }
}

/// The first entry of what was exported, and what follows it.
fn entry(left: &[u8]) -> Option<(Digest, Entry, &[u8])> {
    let (key, left) = left.split_first_chunk::<32>()?;
    let ([age], left) = left.split_first_chunk::<1>()?;
    let (length, left) = left.split_first_chunk::<4>()?;
    let (bytes, left) = left.split_at_checked(usize::try_from(u32::from_le_bytes(*length)).ok()?)?;
    let age = AtomicU8::new(age.saturating_add(1));
    Some((Digest::from_bytes(*key), Entry { bytes: bytes.into(), lasting: true, age }, left))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOST: usize = 1 << 20;

    fn key(text: &str) -> Digest {
        Digest::of(text.as_bytes())
    }

    fn moved(kept: &Kept) -> Kept {
        let next = Kept::default();
        next.import(&kept.export(MOST).unwrap_or_default());
        next
    }

    #[test]
    fn what_is_kept_comes_back() {
        let kept = Kept::default();
        kept.put(key("a"), &vec!["x"], true);
        kept.put(key("b"), &vec!["y"], false);
        assert_eq!(kept.get::<Vec<String>>(&key("b")), Some(vec!["y".to_owned()]));
        let next = moved(&kept);
        assert_eq!(next.get::<Vec<String>>(&key("a")), Some(vec!["x".to_owned()]));
        assert_eq!(next.get::<u32>(&key("a")), None, "another kind of value");
        assert_eq!(next.get::<Vec<String>>(&key("b")), None, "it was for that run alone");
        assert_eq!(next.export(MOST), None, "nothing new");
    }

    #[test]
    fn what_does_not_hold_together_is_left_out() {
        let kept = Kept::default();
        kept.put(key("a"), &vec!["x"], true);
        kept.put(key("b"), &Vec::<String>::new(), true);
        let whole = kept.export(MOST).unwrap();
        for end in 1..whole.len() {
            let next = Kept::default();
            next.import(&whole[..end]);
            let found = next.known.read().unwrap().len();
            // Cut between two entries it is a whole of one.
            let (_, _, rest) = entry(&whole).unwrap();
            assert_eq!(found, usize::from(end == whole.len() - rest.len()), "{end}");
        }
    }

    #[test]
    fn what_nobody_asks_for_is_dropped_in_time() {
        let mut kept = Kept::default();
        kept.put(key("old"), &1, true);
        for run in 0..=MAX_AGE {
            kept = moved(&kept);
            kept.put(key(&run.to_string()), &1, true);
        }
        assert!(kept.known.read().unwrap().contains_key(&key("old")));
        kept = moved(&kept);
        assert!(!kept.known.read().unwrap().contains_key(&key("old")));
        assert!(kept.known.read().unwrap().contains_key(&key("3")));
    }

    #[test]
    fn the_limit_takes_what_was_of_no_use() {
        let kept = Kept::default();
        kept.put(key("old"), &"x".repeat(100), true);
        let next = moved(&kept);
        next.put(key("new"), &"y".repeat(100), true);
        let last = Kept::default();
        last.import(&next.export(150).unwrap());
        assert_eq!(last.get::<String>(&key("old")), None);
        assert!(last.get::<String>(&key("new")).is_some());
    }
}
