//! The house rules of ARCHITECTURE.md, read from the sources.

use std::path::{Path, PathBuf};

/// Each line of each source file, with where it is: `users/sql.rs`.
fn lines() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders: Vec<PathBuf> = vec![root.clone()];
    let mut lines = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let place = path
                    .strip_prefix(&root)
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .to_owned();
                let text = std::fs::read_to_string(&path).unwrap();
                let code = text
                    .lines()
                    .filter(|line| !line.trim_start().starts_with("//"));
                lines.extend(code.map(|line| (place.clone(), line.to_owned())));
            }
        }
    }
    assert!(lines.len() > 5_000);
    lines
}

/// The lines that hold any of these and are not where they may be.
#[track_caller]
fn only(words: &[&str], allowed: impl Fn(&str) -> bool) {
    let broken = lines()
        .into_iter()
        .filter(|(place, line)| !allowed(place) && words.iter().any(|word| line.contains(word)));
    let broken: Vec<_> = broken
        .map(|(place, line)| format!("{place}: {line}"))
        .collect();
    assert!(broken.is_empty(), "{broken:#?}");
}

fn is_contract(place: &str) -> bool {
    place.ends_with("/http.rs")
        || place.contains("http/")
        || ["api.rs", "serve.rs"].contains(&place)
        || place.starts_with("pages/")
        || place.starts_with("oauth/")
}

#[test]
fn only_contracts_know_the_web_framework() {
    only(&["use poem", "poem::", "poem_openapi::"], is_contract);
}

#[test]
fn operations_never_import_contracts() {
    let layer = |place: &str| {
        let file = place.rsplit('/').next().unwrap();
        !(place.contains('/') && ["mod.rs", "sql.rs", "model.rs"].contains(&file))
            || is_contract(place)
    };
    only(&["use crate::http", "use super::http"], layer);
}

#[test]
fn only_the_facade_knows_the_driver() {
    only(&["use sqlx", "sqlx::"], |place| place.starts_with("db/"));
}

#[test]
fn statements_are_in_sql_files() {
    let elsewhere = lines().into_iter().filter(|(place, line)| {
        let is_statement = line.contains(".query(\"") || line.ends_with(".query(");
        is_statement && !place.ends_with("sql.rs") && !place.starts_with("db/")
    });
    let elsewhere: Vec<_> = elsewhere.collect();
    assert!(elsewhere.is_empty(), "{elsewhere:#?}");
}

#[test]
fn a_features_statements_are_its_own() {
    for (place, line) in lines() {
        let foreign = line
            .split("crate::")
            .skip(1)
            .find_map(|path| path.split_once("::sql").map(|it| it.0.to_owned()));
        if let Some(feature) = foreign {
            assert!(place.starts_with(&feature), "{place}: {line}");
        }
    }
}

#[test]
fn only_the_settings_read_the_environment() {
    only(&["env::var", "env::vars"], |place| place == "config.rs");
}
