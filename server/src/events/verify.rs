//! Whether the log is what it was: nothing changed, nothing missing, nothing cut off.
//!
//! The chain shows a change or a gap within it to anyone who has the entries. Whoever can write the
//! database can also write a whole new chain; what they can't do is sign it, so the checkpoints
//! ([`super::checkpoint`]) are compared with it too, those in the log and those kept elsewhere.

use std::collections::HashMap;

use serde_json::Value;

use super::checkpoint::Checkpoint;
use super::hash::{self, GENESIS, Hashed};
use crate::kernel::Timestamp;

/// What is known of an entry: from the database, or from an export.
#[derive(Clone, Debug)]
pub struct Entry {
    pub app_id: String,
    pub seq: i64,
    pub id: String,
    pub kind: String,
    pub actor: (String, String),
    pub target: (String, String),
    /// Without what tells of a person.
    pub data: Value,
    pub personal: Personal,
    pub personal_digest: Vec<u8>,
    pub request_id: String,
    pub occurred_at: Timestamp,
    pub previous_hash: Vec<u8>,
    pub hash: Vec<u8>,
}

/// The half of an entry that stands outside of the chain.
#[derive(Clone, Debug)]
pub enum Personal {
    /// As stored, with its salt.
    Kept(Vec<u8>, Value),
    /// Erased, or in an export, which has no salts.
    Unknown,
}

/// What is wrong with a log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Finding {
    #[error("entries {0} to {1} are missing")]
    Missing(i64, i64),
    #[error("entry {0} ({1}) was changed: it does not have the hash that it should")]
    Changed(i64, String),
    #[error(
        "entry {0} ({1}) does not follow from the one before it, which was changed or replaced"
    )]
    Unchained(i64, String),
    #[error("what entry {0} ({1}) tells of a person was changed")]
    PersonalChanged(i64, String),
    #[error("the log ends at entry {0}, and once went on to {1}")]
    CutOff(i64, i64),
    #[error("entry {0} is not the one that the checkpoint of {1} was signed for")]
    Replaced(i64, Timestamp),
    #[error("the checkpoint in entry {0} was not signed by this instance")]
    Forged(i64),
}

/// A log that is being read, oldest entry first.
#[derive(Debug)]
pub struct Chain {
    seq: i64,
    hash: Vec<u8>,
    /// The hashes so far: a checkpoint in the log speaks of an entry before it.
    before: HashMap<i64, Vec<u8>>,
    checkpoints: Vec<Checkpoint>,
    findings: Vec<Finding>,
}

impl Chain {
    /// A whole log, which begins with entry 1.
    pub fn whole(checkpoints: Vec<Checkpoint>) -> Self {
        Self::after(0, GENESIS.to_vec(), checkpoints)
    }

    /// A part of one: what comes after an entry with this number and hash.
    pub fn after(seq: i64, hash: Vec<u8>, mut checkpoints: Vec<Checkpoint>) -> Self {
        checkpoints.retain(|checkpoint| checkpoint.seq > seq);
        Self {
            seq,
            hash,
            before: HashMap::new(),
            checkpoints,
            findings: Vec::new(),
        }
    }

    /// Checks the next entry against what stood before it. Goes on from whatever it says, so that
    /// each fault is found once.
    pub fn follow(&mut self, entry: &Entry) {
        let (seq, id) = (entry.seq, || entry.id.clone());
        if seq > self.seq + 1 {
            self.findings.push(Finding::Missing(self.seq + 1, seq - 1));
        } else if entry.previous_hash != self.hash {
            self.findings.push(Finding::Unchained(seq, id()));
        }
        if entry.hash != hash_of(entry) {
            self.findings.push(Finding::Changed(seq, id()));
        }
        if let Personal::Kept(salt, stored) = &entry.personal
            && hash::personal(salt, stored) != *entry.personal_digest
        {
            self.findings.push(Finding::PersonalChanged(seq, id()));
        }
        let replaced = self.checkpoints.iter().filter(|checkpoint| {
            checkpoint.seq == seq && checkpoint.hash != hash::hex(&entry.hash)
        });
        let replaced = replaced.map(|checkpoint| Finding::Replaced(seq, checkpoint.at));
        self.findings.extend(replaced);
        self.before.insert(seq, entry.hash.clone());
        self.seq = seq;
        self.hash.clone_from(&entry.hash);
    }

    /// Whether an entry that was followed has this hash, in hex.
    pub fn had(&self, seq: i64, hash: &str) -> bool {
        self.before
            .get(&seq)
            .is_some_and(|had| hash::hex(had) == hash)
    }

    /// Adds what was found by other means.
    pub fn find(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    /// The last entry that was followed.
    pub fn last_seq(&self) -> i64 {
        self.seq
    }

    /// Whether this is the hash of the last entry.
    pub fn ends_with(&self, hash: &[u8]) -> bool {
        self.hash == hash
    }

    /// All that is wrong, once the last entry has been followed.
    pub fn end(mut self) -> Vec<Finding> {
        let furthest = self
            .checkpoints
            .iter()
            .map(|checkpoint| checkpoint.seq)
            .max();
        if let Some(furthest) = furthest.filter(|furthest| *furthest > self.seq) {
            self.findings.push(Finding::CutOff(self.seq, furthest));
        }
        self.findings
    }
}

fn hash_of(entry: &Entry) -> [u8; 32] {
    let hashed = Hashed {
        app_id: &entry.app_id,
        seq: entry.seq,
        id: &entry.id,
        kind: &entry.kind,
        actor: (&entry.actor.0, &entry.actor.1),
        target: (&entry.target.0, &entry.target.1),
        data: &entry.data,
        personal_digest: &entry.personal_digest,
        request_id: &entry.request_id,
        occurred_at: &entry.occurred_at.to_string(),
    };
    hashed.hash(&entry.previous_hash)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn log(length: i64) -> Vec<Entry> {
        let mut previous = GENESIS.to_vec();
        let entry = |seq| {
            let personal = json!({"data": {"email": format!("{seq}@acme.example")}});
            let mut entry = Entry {
                app_id: "app_1".into(),
                seq,
                id: format!("evt_{seq}"),
                kind: "user.created".into(),
                actor: ("user".into(), "usr_1".into()),
                target: ("user".into(), "usr_2".into()),
                data: json!({"user_id": "usr_2"}),
                personal_digest: hash::personal(b"salt", &personal).to_vec(),
                personal: Personal::Kept(b"salt".to_vec(), personal),
                request_id: "req".into(),
                occurred_at: Timestamp::from_micros(seq * 1_000_000),
                previous_hash: previous.clone(),
                hash: Vec::new(),
            };
            entry.hash = hash_of(&entry).to_vec();
            previous.clone_from(&entry.hash);
            entry
        };
        (1..=length).map(entry).collect()
    }

    fn findings(log: &[Entry], checkpoints: Vec<Checkpoint>) -> Vec<Finding> {
        let mut chain = Chain::whole(checkpoints);
        log.iter().for_each(|entry| chain.follow(entry));
        chain.end()
    }

    fn checkpoint(entry: &Entry) -> Checkpoint {
        Checkpoint {
            app_id: entry.app_id.clone(),
            seq: entry.seq,
            hash: hash::hex(&entry.hash),
            at: Timestamp::from_micros(0),
        }
    }

    #[test]
    fn an_untouched_log_has_nothing_wrong() {
        let log = log(5);
        assert_eq!(findings(&log, log.iter().map(checkpoint).collect()), []);
    }

    #[test]
    fn what_was_changed_or_left_out_is_named() {
        let mut changed = log(5);
        changed[2].data = json!({"user_id": "usr_3"});
        assert_eq!(
            findings(&changed, vec![]),
            [Finding::Changed(3, "evt_3".into())]
        );

        let mut rehashed = changed;
        rehashed[2].hash = hash_of(&rehashed[2]).to_vec();
        assert_eq!(
            findings(&rehashed, vec![]),
            [Finding::Unchained(4, "evt_4".into())]
        );

        let mut gap = log(6);
        gap.drain(2..4);
        assert_eq!(findings(&gap, vec![]), [Finding::Missing(3, 4)]);
        assert_eq!(findings(&log(3)[1..], vec![]), [Finding::Missing(1, 1)]);

        let mut personal = log(3);
        personal[1].personal = Personal::Kept(b"salt".to_vec(), json!({}));
        assert_eq!(
            findings(&personal, vec![]),
            [Finding::PersonalChanged(2, "evt_2".into())]
        );
    }

    #[test]
    fn what_was_erased_breaks_nothing() {
        let mut erased = log(3);
        erased[1].personal = Personal::Unknown;
        assert_eq!(findings(&erased, vec![]), []);
    }

    #[test]
    fn a_checkpoint_shows_a_tail_cut_off_and_a_chain_made_anew() {
        let whole = log(5);
        let at_five = checkpoint(&whole[4]);
        assert_eq!(
            findings(&whole[..3], vec![at_five.clone()]),
            [Finding::CutOff(3, 5)]
        );

        let mut anew = log(5);
        anew[0].data = json!({});
        for at in 0..5 {
            if at > 0 {
                anew[at].previous_hash = anew[at - 1].hash.clone();
            }
            anew[at].hash = hash_of(&anew[at]).to_vec();
        }
        assert_eq!(findings(&anew, vec![]), []);
        assert_eq!(
            findings(&anew, vec![at_five.clone()]),
            [Finding::Replaced(5, at_five.at)]
        );
    }
}
