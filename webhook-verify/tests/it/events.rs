//! Reading events, those that are still to come included.

use std::collections::HashSet;

use heimdall_webhook_verify::{Error, Event, EventData, EventType};
use serde_json::{Value, json};

/// As contract and server have them.
const TYPES: [&str; 27] = [
    "user.created",
    "user.updated",
    "user.deactivated",
    "user.reactivated",
    "user.deleted",
    "user.password_changed",
    "user.email_verified",
    "role.created",
    "role.updated",
    "role.deleted",
    "role.assigned",
    "role.removed",
    "invite.created",
    "invite.accepted",
    "invite.revoked",
    "credential.created",
    "credential.updated",
    "credential.revoked",
    "session.created",
    "session.revoked",
    "session.reuse_detected",
    "app.updated",
    "app.suspended",
    "app.archived",
    "app.restored",
    "audit.checkpoint",
    "webhook.test",
];

fn envelope() -> Value {
    json!({"id": "evt_1", "type": "user.created", "app_id": "app_1", "created_at": "2026-09-01T00:00:00Z", "data": {}})
}

fn parse(json: &Value) -> Result<Event, Error> {
    Event::parse(json.to_string().as_bytes())
}

#[test]
fn every_type_of_the_contract_is_known_and_written_as_it_was_read() {
    for text in TYPES {
        let kind = EventType::from(text);
        assert!(!matches!(kind, EventType::Other(_)), "{text}");
        assert_eq!(kind.as_str(), text);
        assert_eq!(kind.to_string(), text);
        assert_eq!(serde_json::to_value(&kind).unwrap(), text);
    }
    let known: HashSet<_> = EventType::ALL.iter().map(EventType::as_str).collect();
    assert_eq!(known, HashSet::from(TYPES));
}

#[test]
fn a_type_and_fields_of_tomorrow_are_kept() {
    let mut json = envelope();
    json["type"] = json!("user.teleported");
    json["api_version"] = json!({"major": 2});
    json["data"] = json!({"user_id": "usr_1", "destination": ["Mars", null]});
    let event = parse(&json).unwrap();
    assert_eq!(event.kind, EventType::Other("user.teleported".to_owned()));
    assert_eq!(event.extra["api_version"]["major"], 2);
    assert_eq!(event.data.0["destination"][0], "Mars");
    assert_eq!(serde_json::to_value(&event).unwrap(), json);
}

#[test]
fn data_is_asked_field_by_field_and_a_field_of_another_shape_spoils_nothing() {
    let mut json = envelope();
    json["data"] = json!({"user_id": "usr_1", "email": ["x"], "role": 7, "roles": ["admin", 1, "editor"], "session_id": null});
    let data = parse(&json).unwrap().data;
    assert_eq!(data.user_id(), Some("usr_1"));
    assert_eq!(
        (
            data.email(),
            data.role(),
            data.session_id(),
            data.invite_id()
        ),
        (None, None, None, None)
    );
    assert_eq!(data.roles().collect::<Vec<_>>(), ["admin", "editor"]);
}

#[test]
fn an_event_without_data_has_none() {
    let mut json = envelope();
    json.as_object_mut().unwrap().remove("data");
    assert_eq!(parse(&json).unwrap().data, EventData::default());
}

#[test]
fn an_envelope_that_lacks_a_field_or_has_it_of_another_type_is_no_event() {
    for field in ["id", "type", "app_id", "created_at"] {
        let mut json = envelope();
        json.as_object_mut().unwrap().remove(field);
        assert!(
            matches!(parse(&json), Err(Error::InvalidEvent(why)) if why.contains(field)),
            "{field} is missing"
        );
        for value in [json!(null), json!(1), json!(["x"]), json!({})] {
            json[field] = value;
            assert!(
                matches!(parse(&json), Err(Error::InvalidEvent(_))),
                "{field}"
            );
        }
    }
}

#[test]
fn what_is_no_json_is_refused_however_deep_or_broken() {
    let twice = br#"{"id":"evt_1","id":"evt_2","type":"user.created","app_id":"a","created_at":"x","data":{}}"#.to_vec();
    let deep = format!(
        r#"{{"id":"e","type":"t","app_id":"a","created_at":"x","data":{}"#,
        r#"{"a":"#.repeat(100_000)
    );
    let mut with_bom = b"\xEF\xBB\xBF".to_vec();
    with_bom.extend(envelope().to_string().bytes());
    for body in [
        twice,
        deep.into_bytes(),
        with_bom,
        vec![],
        b"null".to_vec(),
        b"[]".to_vec(),
        b"\xFF".to_vec(),
        b"{} {}".to_vec(),
    ] {
        assert!(matches!(Event::parse(&body), Err(Error::InvalidEvent(_))));
    }
}

#[test]
fn a_made_event_is_written_as_the_contract_has_it() {
    let data = json!({"user_id": "usr_1"}).as_object().cloned().unwrap();
    let event = Event::new(
        "evt_1",
        EventType::UserCreated,
        "app_1",
        "2026-09-01T00:00:00Z",
        data.into(),
    );
    let mut expected = envelope();
    expected["data"]["user_id"] = json!("usr_1");
    assert_eq!(serde_json::to_value(event).unwrap(), expected);
}
