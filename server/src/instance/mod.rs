//! Facts of the whole instance.

mod sql;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::app::Work;
use crate::db::Conn;
use crate::error::Result;
use crate::kernel::Cipher;

const MASTER_KEY_CHECK: &str = "master-key-check";

/// Whether the master key is the one that the database was set up with. The first start leaves
/// something that only this key opens.
pub async fn check_master_key(work: &mut Work) -> Result<bool> {
    let sealed = work
        .cipher()
        .seal(work.random(), MASTER_KEY_CHECK, "", b"heimdall");
    let fresh = STANDARD.encode(sealed);
    let stored = sql::get_or_set(&mut work.tx, MASTER_KEY_CHECK, &fresh).await?;
    Ok(opens(work.cipher(), &stored))
}

/// Whether the key is the one that this database was set up with; nothing if it never was.
pub async fn belongs(conn: &mut Conn, cipher: &Cipher) -> Result<Option<bool>> {
    let stored = sql::get(conn, MASTER_KEY_CHECK).await?;
    Ok(stored.map(|stored| opens(cipher, &stored)))
}

fn opens(cipher: &Cipher, stored: &str) -> bool {
    let sealed = STANDARD.decode(stored).unwrap_or_default();
    cipher.open(MASTER_KEY_CHECK, "", &sealed).is_ok()
}
