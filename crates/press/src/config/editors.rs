//! What `press.toml` says of editors, checked.

use super::{Loader, schema};
use press_core::text::plain_line;

/// Somebody who may decide through the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Editor {
    /// What they are called.
    pub name: String,
    /// The variable that holds their token.
    pub token_env: String,
}

impl Loader<'_> {
    pub(super) fn editors(&mut self, written: &[schema::Editor]) -> Vec<Editor> {
        let mut all: Vec<Editor> = Vec::new();
        for editor in written {
            let name = plain_line(editor.name.get_ref());
            if name.is_empty() || name.len() > 100 {
                self.mistake(&editor.name, "an editor has a name of at most 100 bytes");
            }
            if all.iter().any(|known| known.name == name) {
                self.mistake(&editor.name, format!("two editors have the name `{name}`"));
            }
            let token_env = editor.token_env.get_ref();
            if all.iter().any(|known| known.token_env == *token_env) {
                let message = format!("two editors have their token in `{token_env}`");
                self.mistake(&editor.token_env, message);
            }
            all.push(Editor {
                name,
                token_env: token_env.clone(),
            });
        }
        all
    }
}
