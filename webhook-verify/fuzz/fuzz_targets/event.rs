//! No body makes reading an event panic, and what was read is written as it was.
//!
//! `cargo +nightly fuzz run event` in `webhook-verify`.
#![no_main]

use heimdall_webhook_verify::Event;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &[u8]| {
    if let Ok(event) = Event::parse(body) {
        let _ = event.data.roles().count();
        let written = serde_json::to_vec(&event).expect("an event can be written");
        assert_eq!(Event::parse(&written).expect("and read again"), event);
    }
});
