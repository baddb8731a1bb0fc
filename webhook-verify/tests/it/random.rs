//! Random events from a seed, so that a failure can be had again.

use serde_json::{Map, Value, json};

/// SplitMix64.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit as u64).unwrap()
    }

    pub(crate) fn bytes<const LEN: usize>(&mut self) -> [u8; LEN] {
        std::array::from_fn(|_| self.next().to_le_bytes()[0])
    }

    /// Text with quotes, controls, accents, astral characters and what looks like the signed text's own separators.
    pub(crate) fn text(&mut self) -> String {
        const ALPHABET: [char; 20] = [
            'a',
            'Z',
            '0',
            ' ',
            '.',
            ',',
            '"',
            '\\',
            '/',
            '\n',
            '\0',
            '\u{7f}',
            'é',
            'ß',
            '中',
            '\u{202e}',
            '\u{2028}',
            '\u{feff}',
            '😀',
            '\u{10ffff}',
        ];
        (0..self.below(24))
            .map(|_| ALPHABET[self.below(ALPHABET.len())])
            .collect()
    }

    fn value(&mut self, depth: usize) -> Value {
        match self.below(if depth == 0 { 5 } else { 7 }) {
            0 => Value::Null,
            1 => json!(self.below(2) == 0),
            2 => json!(self.next()),
            3 => json!(self.next().cast_signed()),
            4 => json!(self.text()),
            5 => (0..self.below(4)).map(|_| self.value(depth - 1)).collect(),
            _ => Value::Object(self.object(depth - 1)),
        }
    }

    fn object(&mut self, depth: usize) -> Map<String, Value> {
        (0..self.below(5))
            .map(|_| (self.text(), self.value(depth)))
            .collect()
    }

    /// A body as a server might write it, compact or pretty; now and then one that is empty or no event at all.
    pub(crate) fn body(&mut self) -> String {
        let event = json!({
            "id": format!("evt_{:016x}", self.next()), "type": self.text(), "app_id": self.text(),
            "created_at": "2026-09-01T00:00:00Z", "data": self.object(3), self.text(): self.value(2),
        });
        match self.below(10) {
            0 => String::new(),
            1 => self.text(),
            2 | 3 => serde_json::to_string_pretty(&event).unwrap(),
            _ => event.to_string(),
        }
    }
}
