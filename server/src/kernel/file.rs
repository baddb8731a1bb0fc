//! Files that are there whole or not at all, for their owner only.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

/// Makes an empty file that only its owner may read; there must be none yet.
pub fn private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(0o600).open(path)
}

/// Gives a finished draft its name, and takes the draft's away. Fails with `AlreadyExists` where the
/// name is taken; on the disk when it returns.
pub fn publish(draft: &Path, name: &Path) -> io::Result<()> {
    File::open(draft)?.sync_all()?;
    let linked = std::fs::hard_link(draft, name);
    std::fs::remove_file(draft)?;
    linked?;
    let folder = name
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}
