//! The README is run: each command against a server as a newcomer starts it, each answer compared.

use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use tokio::process::Command;

use crate::postgres::free_port;
use crate::support::TestServer;

const README: &str = include_str!("../../../README.md");
const MARK: &str = "---8<---";

/// The blocks of the five guides, in order: what language, and the text.
fn blocks() -> Vec<(&'static str, &'static str)> {
    let guides = README.split("## The five guides").nth(1).unwrap();
    let guides = guides.split("\n## ").next().unwrap();
    let mut blocks = Vec::new();
    for (place, part) in guides.split("```").enumerate() {
        if place % 2 == 1 {
            blocks.push(part.split_once('\n').unwrap());
        }
    }
    blocks
}

/// Compares, with `…` standing for anything; fields must be the same, none more and none less.
fn same(shown: &Value, real: &Value, path: &str) -> Result<(), String> {
    match (shown, real) {
        (Value::Object(shown), Value::Object(real)) => {
            let (a, b): (Vec<_>, Vec<_>) = (shown.keys().collect(), real.keys().collect());
            if a != b {
                return Err(format!(
                    "{path}: the README shows {a:?}, the server answers {b:?}"
                ));
            }
            shown
                .iter()
                .try_for_each(|(key, value)| same(value, &real[key], &format!("{path}.{key}")))
        }
        (Value::Array(shown), Value::Array(real)) if shown.len() == real.len() => shown
            .iter()
            .zip(real)
            .try_for_each(|(a, b)| same(a, b, path)),
        (Value::String(shown), Value::String(real)) if shown.contains('…') => {
            let (before, after) = shown.split_once('…').unwrap();
            let fits = real.starts_with(before) && real.ends_with(after);
            if fits {
                Ok(())
            } else {
                Err(format!("{path}: {shown} but {real}"))
            }
        }
        (shown, real) if shown == real => Ok(()),
        (shown, real) => Err(format!(
            "{path}: the README shows {shown}, the server answers {real}"
        )),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_command_of_the_readme_answers_what_the_readme_shows() {
    let server = TestServer::sqlite().await;
    let port = free_port().to_string();
    let folder = tempfile::tempdir().unwrap();

    // All in one shell, since later commands use what earlier ones found; a mark between the blocks.
    let mut script = format!("cd {}\n", folder.path().display());
    let mut expected = Vec::new();
    for (language, text) in blocks() {
        match language {
            "sh" => {
                script += &format!("{text}\necho; echo '{MARK}'\n");
                expected.push(None);
            }
            "json" => {
                *expected.last_mut().unwrap() = Some(serde_json::from_str::<Value>(text).unwrap())
            }
            _ => {}
        }
    }
    // Where a reader fills in, or has another machine.
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let script = script
        .replace(
            "export BASE=http://127.0.0.1:8080/heimdall",
            &format!("export BASE={}", server.base),
        )
        .replace(
            "export ADMIN_KEY=hdk_…",
            &format!("export ADMIN_KEY={}", crate::support::ADMIN_KEY),
        )
        .replace(
            "webhook-verify/receivers",
            &format!("{root}/webhook-verify/receivers"),
        )
        .replace("PORT=9000", &format!("PORT={port}"))
        .replace(":9000/", &format!(":{port}/"));
    let receiver = folder.path().join("receiver.txt");
    let script = script.replace(
        "receiver.py &",
        &format!("receiver.py > {} 2>&1 &", receiver.display()),
    );

    let mut shell = Command::new("bash")
        .arg("-c")
        .arg(&script)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .process_group(0)
        .spawn()
        .unwrap();
    let group = shell.id().unwrap();
    let mut output = String::new();
    let stdout = shell.stdout.take().unwrap();
    tokio::io::AsyncReadExt::read_to_string(&mut tokio::io::BufReader::new(stdout), &mut output)
        .await
        .unwrap();

    let real: Vec<&str> = output.split(MARK).map(str::trim).collect();
    for (place, shown) in expected.iter().enumerate() {
        let Some(shown) = shown else { continue };
        let answer: Value = serde_json::from_str(real[place])
            .unwrap_or_else(|_| panic!("no JSON: {}", real[place]));
        // The README shows the default address, the test has its own.
        let answer = answer
            .to_string()
            .replace(&server.base, "http://127.0.0.1:8080/heimdall");
        let answer = answer.replace(&format!(":{port}/"), ":9000/");
        let answer = serde_json::from_str(&answer).unwrap();
        if let Err(why) = same(shown, &answer, "") {
            panic!("block {place}: {why}");
        }
    }

    let told = tokio::time::timeout(Duration::from_secs(20), async {
        while !std::fs::read_to_string(&receiver)
            .unwrap_or_default()
            .contains("user.deactivated")
        {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    let told = told.await;
    let _ = std::process::Command::new("kill")
        .arg("--")
        .arg(format!("-{group}"))
        .status();
    assert!(
        told.is_ok(),
        "the receiver was not told of user.deactivated"
    );
}
