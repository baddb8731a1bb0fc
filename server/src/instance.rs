//! Facts of the whole instance.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::app::Work;
use crate::error::Result;

const MASTER_KEY_CHECK: &str = "master-key-check";

/// Whether the master key is the one that the database was set up with. The first start leaves
/// something that only this key opens.
pub async fn check_master_key(work: &mut Work) -> Result<bool> {
    let sealed = work
        .cipher()
        .seal(work.random(), MASTER_KEY_CHECK, "", b"heimdall");
    let stored = work.tx.query(
        "INSERT INTO instance (name, value) VALUES ($1, $2)
         ON CONFLICT (name) DO UPDATE SET value = instance.value RETURNING value",
    );
    let stored = stored.bind(MASTER_KEY_CHECK).bind(STANDARD.encode(sealed));
    let (stored,): (String,) = stored.one().await?;
    let stored = STANDARD.decode(stored).unwrap_or_default();
    Ok(work.cipher().open(MASTER_KEY_CHECK, "", &stored).is_ok())
}
