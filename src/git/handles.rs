//! Many objects at once: a handle on a repository is not shared between threads, so each gets its own.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use super::{Error, Oid, Repository};

/// So few items are not worth another handle.
const FEW: usize = 32;

/// Handles of the threads, opened when first needed.
pub struct Handles<'r> {
    own: &'r Repository,
    others: Others,
}

struct Others {
    path: PathBuf,
    missed: BTreeSet<Oid>,
    by_thread: Vec<Mutex<Option<Repository>>>,
}

impl Others {
    /// Does something with the handle of this thread.
    fn with<F>(&self, fetch: impl FnOnce(&Repository) -> Result<F, Error>) -> Result<F, Error> {
        let open = || {
            let handle = Repository::open(&self.path)?;
            handle.note_missed(self.missed.clone());
            Ok::<_, Error>(handle)
        };
        let Some(slot) = rayon::current_thread_index().and_then(|thread| self.by_thread.get(thread)) else {
            return fetch(&open()?);
        };
        let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
        let handle = slot.take().map_or_else(open, Ok)?;
        fetch(slot.insert(handle))
    }
}

impl<'r> Handles<'r> {
    pub fn of(own: &'r Repository) -> Self {
        let by_thread = (0..rayon::current_num_threads()).map(|_| Mutex::default()).collect();
        let path = own.inner.path().to_path_buf();
        Self { own, others: Others { path, missed: own.missed(), by_thread } }
    }

    /// Fetches something for each item and makes something of it, on all threads; in the order of the items.
    ///
    /// # Errors
    /// One that `fetch` gives.
    pub fn map<T: Sync, F, R: Send>(
        &self,
        items: &[T],
        fetch: impl Fn(&Repository, &T) -> Result<F, Error> + Sync,
        make: impl Fn(&T, F) -> R + Sync,
    ) -> Result<Vec<R>, Error> {
        if items.len() < FEW {
            return items.iter().map(|item| Ok(make(item, fetch(self.own, item)?))).collect();
        }
        let others = &self.others;
        let each = |item: &T| Ok(make(item, others.with(|handle| fetch(handle, item))?));
        items.par_iter().map(each).collect()
    }
}

impl Drop for Handles<'_> {
    /// What was missed by one handle is missed by all.
    fn drop(&mut self) {
        for slot in &mut self.others.by_thread {
            if let Some(handle) = slot.get_mut().unwrap_or_else(PoisonError::into_inner).take() {
                self.own.note_missed(handle.missed());
            }
        }
    }
}
