//! The receivers in `receivers/` do what this crate does: started as a reader would start them, on a port of their choice.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods
)]

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
    time::{Duration, SystemTime},
};

use heimdall_webhook_verify::{HEIMDALL_SIGNATURE, Secret, sign};

const BODY: &str = r#"{ "id": "evt_1", "type": "user.created", "app_id": "app_1", "created_at": "2026-09-01T00:00:00Z",
    "data": {"user_id": "usr_1", "display_name": "Zoë 😀 \u00e9"} }"#;
const TOLERANCE: Duration = Duration::from_secs(5 * 60);

struct Receiver {
    process: Child,
    output: BufReader<ChildStdout>,
    port: u16,
}

impl Receiver {
    fn start(program: &str, file: &str, secret: &Secret) -> Self {
        let mut process = Command::new(program)
            .arg(
                Path::new(env!("CARGO_MANIFEST_DIR"))
                    .join("receivers")
                    .join(file),
            )
            .env("HEIMDALL_WEBHOOK_SECRET", secret.expose())
            .env("PORT", "0")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| {
                panic!("`{program}` is needed on the PATH to test receivers/{file}: {error}")
            });
        let mut output = BufReader::new(process.stdout.take().unwrap());
        let first = line(&mut output);
        let port = first
            .parse()
            .unwrap_or_else(|_| panic!("receivers/{file} printed {first:?} and not its port"));
        Self {
            process,
            output,
            port,
        }
    }

    /// Posts a delivery and returns the status and the body of the answer.
    fn post(&self, headers: &[(&str, &str)], body: &[u8]) -> (u16, String) {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(30)))
            .unwrap();
        write!(
            stream,
            "POST / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: {}\r\n",
            body.len()
        )
        .unwrap();
        for (name, value) in headers {
            write!(stream, "{name}: {value}\r\n").unwrap();
        }
        stream.write_all(b"\r\n").unwrap();
        stream.write_all(body).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (
            head.split(' ').nth(1).unwrap().parse().unwrap(),
            body.to_owned(),
        )
    }

    fn printed(&mut self) -> String {
        line(&mut self.output)
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        // It may have ended by itself, after an error that the test has already shown.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn line(output: &mut BufReader<ChildStdout>) -> String {
    let mut line = String::new();
    output.read_line(&mut line).unwrap();
    line.trim_end().to_owned()
}

fn accepts_the_good_and_refuses_the_tampered_and_the_stale(program: &str, file: &str) {
    let (secret, other) = (
        Secret::generate(&[7; 32]).unwrap(),
        Secret::generate(&[8; 32]).unwrap(),
    );
    let now = SystemTime::now();
    let mut receiver = Receiver::start(program, file, &secret);

    let good = sign(
        &[other.clone(), secret.clone()],
        "evt_1",
        now,
        BODY.as_bytes(),
    )
    .unwrap();
    let (status, body) = receiver.post(&good.pairs(), BODY.as_bytes());
    assert_eq!(
        (status, body.contains(r#""received""#)),
        (200, true),
        "{file}: a good delivery, signed with two secrets: {body}"
    );
    assert_eq!(receiver.printed(), "user.created", "{file}");

    let refused = |name: &str, value: &str, body: &[u8]| {
        assert_eq!(
            receiver.post(&[(HEIMDALL_SIGNATURE, value)], body).0,
            401,
            "{file}: {name}"
        );
    };
    let at = |moment| {
        sign(
            std::slice::from_ref(&secret),
            "evt_1",
            moment,
            BODY.as_bytes(),
        )
        .unwrap()
        .heimdall
    };
    let compact = BODY.replace("\n    ", "");
    refused(
        "tampered",
        &good.heimdall,
        BODY.replace("usr_1", "usr_2").as_bytes(),
    );
    refused("written anew", &good.heimdall, compact.as_bytes());
    refused("empty", &good.heimdall, b"");
    refused(
        "stale",
        &at(now - TOLERANCE - Duration::from_secs(5)),
        BODY.as_bytes(),
    );
    refused(
        "from the future",
        &at(now + TOLERANCE + Duration::from_secs(60)),
        BODY.as_bytes(),
    );
    refused(
        "another secret",
        &sign(&[other], "evt_1", now, BODY.as_bytes())
            .unwrap()
            .heimdall,
        BODY.as_bytes(),
    );

    let (t, v1) = good.heimdall.split_once(',').unwrap();
    let hostile = [
        "",
        "v1",
        "v1,",
        t,
        &format!("{t},v1="),
        &format!("{t},v1=00"),
        &format!("t=,{v1}"),
        &format!("t=+1,{v1}"),
    ];
    for header in hostile {
        refused(header, header, BODY.as_bytes());
    }
    refused(
        "the smallest integer",
        &format!("t=-9223372036854775808,{v1}"),
        BODY.as_bytes(),
    );
    refused("no number", &format!("t=NaN,{v1}"), BODY.as_bytes());
    refused("not ASCII", &format!("{t},v1=é"), BODY.as_bytes());
    assert_eq!(
        receiver.post(&[], BODY.as_bytes()).0,
        401,
        "{file}: unsigned"
    );

    // After all that it still works.
    let (status, _) = receiver.post(&[(HEIMDALL_SIGNATURE, &good.heimdall)], BODY.as_bytes());
    assert_eq!(status, 200, "{file}");
}

#[test]
fn the_node_receiver_accepts_the_good_and_refuses_the_tampered_and_the_stale() {
    accepts_the_good_and_refuses_the_tampered_and_the_stale("node", "receiver.mjs");
}

#[test]
fn the_python_receiver_accepts_the_good_and_refuses_the_tampered_and_the_stale() {
    accepts_the_good_and_refuses_the_tampered_and_the_stale("python3", "receiver.py");
}
