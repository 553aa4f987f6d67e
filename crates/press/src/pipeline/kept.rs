//! What is kept beside `press.toml` between runs so that the next one is faster. All of it is a cache: when it is
//! lost, damaged or from another program, everything is made anew.

use crate::newsletter::Stamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};
use xxhash_rust::xxh3::Xxh3;

/// A hash of inputs. Two equal keys mean the same output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Key(u64);

impl Key {
    pub(super) fn of(data: impl Hash) -> Key {
        let mut hasher = Xxh3::new();
        data.hash(&mut hasher);
        Key(hasher.finish())
    }

    /// The key as it is written at the head of a file.
    pub(super) fn bytes(self) -> [u8; 8] {
        self.0.to_le_bytes()
    }

    /// Eight characters for file names.
    pub(super) fn short(self) -> String {
        format!("{:08x}", self.0 >> 32)
    }
}

/// The folder of all that is kept, beside the configuration in `home`.
pub(super) fn folder(home: &Path) -> PathBuf {
    home.join(".press")
}

/// Keeps a file as a whole. Failing to is no failure of the work: the next run is slower.
pub(super) fn write(path: &Path, bytes: &[u8]) {
    let temporary = path.with_extension("new");
    let written = path
        .parent()
        .map_or(Ok(()), std::fs::create_dir_all)
        .and_then(|()| std::fs::write(&temporary, bytes))
        .and_then(|()| std::fs::rename(&temporary, path));
    if written.is_err() {
        let _ = std::fs::remove_file(&temporary);
    }
}

/// Key and checksum come first.
pub(super) const HEAD: usize = 16;

/// What [`write_value`] kept under the same key; nothing if the file is gone, damaged or was kept under another.
pub(super) fn read_value<T: DeserializeOwned>(path: &Path, key: Key) -> Option<T> {
    postcard::from_bytes(read(path, key)?.get(HEAD..)?).ok()
}

/// Keeps a value under a key that names all it depends on.
pub(super) fn write_value(path: &Path, key: Key, value: &impl Serialize) {
    if let Ok(bytes) = postcard::to_extend(value, vec![0; HEAD]) {
        seal(path, key, bytes);
    }
}

/// What [`write_bytes`] kept under the same key; nothing if the file is gone, damaged or was kept under another.
pub(super) fn read_bytes(path: &Path, key: Key) -> Option<Vec<u8>> {
    let mut bytes = read(path, key)?;
    bytes.drain(..HEAD);
    Some(bytes)
}

/// Keeps bytes under a key that names all they depend on.
pub(super) fn write_bytes(path: &Path, key: Key, body: &[u8]) {
    seal(path, key, [&[0; HEAD], body].concat());
}

/// A whole file with its head, if that is the right one.
fn read(path: &Path, key: Key) -> Option<Vec<u8>> {
    let bytes = std::fs::read(path).ok()?;
    let (head, body) = bytes.split_at_checked(HEAD)?;
    let fits = head == [key.bytes(), Key::of(body).bytes()].concat();
    fits.then_some(bytes)
}

/// Keeps bytes under a key that names all they depend on; [`HEAD`] bytes of room stand before them.
pub(super) fn seal(path: &Path, key: Key, mut bytes: Vec<u8>) {
    let (head, body) = bytes.split_at_mut(HEAD);
    head.copy_from_slice(&[key.bytes(), Key::of(&*body).bytes()].concat());
    write(path, &bytes);
}

/// Key and length of a row come before it.
const ROW_HEAD: usize = 16;

/// Adds a row to a file of several, each kept under a key of its own.
pub(super) fn put_row(body: &mut Vec<u8>, key: Key, row: &[u8]) {
    body.extend_from_slice(&key.bytes());
    body.extend_from_slice(&(row.len() as u64).to_le_bytes());
    body.extend_from_slice(row);
}

/// The rows of such a file, by key: they can be read one by one, on all cores.
pub(super) fn rows(mut body: &[u8]) -> HashMap<[u8; 8], &[u8]> {
    let mut rows = HashMap::new();
    while let Some((head, rest)) = body.split_first_chunk::<ROW_HEAD>() {
        let (key, len) = head.split_at(8);
        let len = len.try_into().map_or(0, u64::from_le_bytes);
        let Some((row, rest)) = rest.split_at_checked(usize::try_from(len).unwrap_or(usize::MAX))
        else {
            break;
        };
        rows.insert(key.try_into().unwrap_or_default(), row);
        body = rest;
    }
    rows
}

/// Lets go of kept files whose names begin so, unless the rest of the name is wanted.
pub(super) fn retain(home: &Path, name: &str, is_wanted: impl Fn(&str) -> bool) {
    let files = std::fs::read_dir(folder(home)).into_iter().flatten();
    for file in files.flatten() {
        let rest = file.file_name();
        let rest = rest.to_str().and_then(|known| known.strip_prefix(name));
        if rest.is_some_and(|rest| !is_wanted(rest)) {
            let _ = std::fs::remove_file(file.path());
        }
    }
}

/// File systems with coarse clocks keep times to two seconds.
const CLOCK_GRAIN_NS: u64 = 2_000_000_000;

/// Whether a file with this stamp was certainly not changed any more when it was looked at. One that changed at
/// about that time may have changed again without showing it.
pub(super) fn is_settled(stamp: Stamp, looked_ns: u64) -> bool {
    stamp.modified_ns.saturating_add(CLOCK_GRAIN_NS) < looked_ns
}

/// What tells this program from others: a file that another one kept may mean something else.
pub(super) fn program() -> (&'static str, u64, u64) {
    let file = std::env::current_exe().and_then(std::fs::metadata);
    let stamp = file
        .map(|metadata| Stamp::of(&metadata))
        .unwrap_or_default();
    (env!("CARGO_PKG_VERSION"), stamp.size, stamp.modified_ns)
}

/// Nanoseconds since 1970.
pub(super) fn now_ns() -> u64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}
