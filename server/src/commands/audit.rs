//! `heimdall audit verify`: that the log is what it was.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use heimdall_server::app::Heimdall;
use heimdall_server::boot;
use heimdall_server::config::Config;
use heimdall_server::events::checkpoint::Checkpoint;
use heimdall_server::events::verify::{Chain, Entry, Finding};
use heimdall_server::events::{self, Kind, export};
use heimdall_server::kernel::Clock;

use super::Outcome;

/// Entries read from the database at a time.
const AT_ONCE: i64 = 500;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Recompute every hash of every log, and name what was changed, left out or cut off
    Verify(Verify),
}

#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// Signed checkpoints that were kept elsewhere, one a line: the log must still contain what they state
    #[arg(long)]
    checkpoints: Option<PathBuf>,
    /// Verify answers of GET …/events, one after another in this file, instead of the database's logs
    #[arg(long)]
    export: Option<PathBuf>,
}

pub(super) async fn run(config: Config, Command::Verify(command): Command) -> Outcome {
    let sound = match (&command.export, &command.checkpoints) {
        // Whoever has no more than an export needs no database, and gets none made.
        (Some(export), None) => verify_export(&read(export)?, &[])?,
        (export, kept) => {
            let heimdall = open(config).await?;
            let kept = match kept {
                Some(file) => checkpoints(&heimdall, &read(file)?)?,
                None => Vec::new(),
            };
            let sound = match export {
                Some(file) => verify_export(&read(file)?, &kept)?,
                None => verify_database(&heimdall, &kept).await?,
            };
            heimdall.db.close().await;
            sound
        }
    };
    if sound {
        Ok(())
    } else {
        Err("the log is not what it was".into())
    }
}

/// Opens the database as it is: nothing in it is made or brought up to date.
async fn open(config: Config) -> Result<Heimdall, Box<dyn std::error::Error>> {
    if let Some(missing) = config.database_url.missing_file() {
        return Err(format!("there is no database at {}", missing.display()).into());
    }
    let heimdall = boot::open(config, Clock::system()).await?;
    if !heimdall.db.is_current().await.unwrap_or(false) {
        return Err(
            "the schema is not that of this version; `heimdall migrate` brings it up to date"
                .into(),
        );
    }
    let (db, cipher) = (&heimdall.db, &heimdall.cipher);
    heimdall.keys.refresh(db, cipher).await?;
    Ok(heimdall)
}

fn read(file: &Path) -> Result<String, String> {
    std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))
}

async fn verify_database(
    heimdall: &Heimdall,
    kept: &[Checkpoint],
) -> Result<bool, Box<dyn std::error::Error>> {
    let mut conn = heimdall.db.read().await?;
    let mut logs = events::logs(&mut conn).await?;
    logs.extend(kept.iter().map(|checkpoint| checkpoint.app_id.clone()));
    logs.sort();
    logs.dedup();
    let mut sound = true;
    for log in logs {
        let mut chain = Chain::whole(about(&log, kept));
        loop {
            let entries = events::entries_after(&mut conn, &log, chain.last_seq(), AT_ONCE).await?;
            if entries.is_empty() {
                break;
            }
            for entry in &entries {
                chain.follow(entry);
                check_checkpoint(heimdall, entry, &mut chain);
            }
        }
        if let Some((seq, hash)) = events::head(&mut conn, &log).await?
            && !(seq == chain.last_seq() && chain.ends_with(&hash))
        {
            let last = chain.last_seq();
            chain.find(Finding::CutOff(last, seq));
        }
        sound &= report(&log, chain);
    }
    Ok(sound)
}

/// A checkpoint in the log must have been signed by this instance: whoever makes a chain anew can't.
fn check_checkpoint(heimdall: &Heimdall, entry: &Entry, chain: &mut Chain) {
    if entry.kind != Kind::AuditCheckpoint.as_str() {
        return;
    }
    let signed = entry.data["checkpoint"].as_str().unwrap_or_default();
    let stated = Checkpoint::read(signed, &heimdall.keys);
    let agrees = stated.is_some_and(|stated| {
        stated.app_id == entry.app_id
            && entry.data["seq"] == stated.seq
            && entry.data["hash"] == stated.hash
            && chain.had(stated.seq, &stated.hash)
    });
    if !agrees {
        chain.find(Finding::Forged(entry.seq));
    }
}

fn verify_export(text: &str, kept: &[Checkpoint]) -> Result<bool, Box<dyn std::error::Error>> {
    let mut logs: BTreeMap<String, Vec<Entry>> = BTreeMap::new();
    for entry in export::read(text)? {
        logs.entry(entry.app_id.clone()).or_default().push(entry);
    }
    if logs.is_empty() {
        return Err("--export: there is no event in it".into());
    }
    let mut sound = true;
    for (log, mut entries) in logs {
        entries.sort_by_key(|entry| entry.seq);
        entries.dedup_by_key(|entry| (entry.seq, entry.hash.clone()));
        let Some(first) = entries.first() else {
            continue;
        };
        let before = first.previous_hash.clone();
        let mut chain = Chain::after(first.seq - 1, before, about(&log, kept));
        for entry in &entries {
            chain.follow(entry);
        }
        sound &= report(&log, chain);
    }
    Ok(sound)
}

fn about(log: &str, kept: &[Checkpoint]) -> Vec<Checkpoint> {
    let about = kept.iter().filter(|checkpoint| checkpoint.app_id == log);
    about.cloned().collect()
}

fn report(log: &str, chain: Chain) -> bool {
    let last = chain.last_seq();
    let findings = chain.end();
    let verdict = if findings.is_empty() {
        "sound"
    } else {
        "NOT SOUND"
    };
    println!("{log:30}  up to entry {last:>8}  {verdict}");
    for finding in &findings {
        println!("    {finding}");
    }
    findings.is_empty()
}

fn checkpoints(
    heimdall: &Heimdall,
    text: &str,
) -> Result<Vec<Checkpoint>, Box<dyn std::error::Error>> {
    let lines = text.lines().map(str::trim).enumerate();
    lines
        .filter(|(_, line)| !line.is_empty())
        .map(|(at, line)| {
            Checkpoint::read(line, &heimdall.keys).ok_or_else(|| {
                format!(
                    "--checkpoints: line {} is not signed by this instance",
                    at + 1
                )
                .into()
            })
        })
        .collect()
}
