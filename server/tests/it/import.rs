//! Users who come from elsewhere, with the hashes they have.

use heimdall_sdk::{Code, ImportStatus, ImportUser};

use crate::support::{PASSWORD, refused};

on_both! {
    async fn each_row_is_its_own_and_none_is_lost(server) {
        server.app("acme").await;
        let rows = [
            ImportUser::new("one@x.example").with_role("viewer"),
            ImportUser::new("admin@acme.example"),
            ImportUser::new("two@x.example").with_role("nobody"),
            ImportUser::new("three@x.example").with_password_hash("$2b$31$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW"),
            ImportUser::new("four@x.example").with_email_verified(true),
        ];
        let result = server.admin.app("acme").users().import(&rows).await.unwrap();
        let codes: Vec<_> = result.data.iter().map(|row| row.error.as_ref().map(|error| error.code.clone())).collect();
        assert_eq!(codes, [None, Some(Code::Conflict), Some(Code::ValidationError), Some(Code::ValidationError), None]);
        assert!(result.data.iter().enumerate().all(|(place, row)| row.index == place));
        assert!(result.data[4].status == ImportStatus::Created && result.data[4].user.as_ref().unwrap().email_verified);
    }

    async fn an_imported_hash_signs_in_and_is_replaced(server) {
        server.app("acme").await;
        // bcrypt of the password, as another implementation made it.
        let hash = "$2b$06$BR07kNPmlQuj8jtWPRGPXuqGTpVQzMS.ANaoZATOtubxRdGxZFql6";
        let row = ImportUser::new("one@x.example").with_password_hash(hash);
        server.admin.app("acme").users().import(&[row]).await.unwrap();
        let stored = async || {
            let mut conn = server.heimdall().db.read().await.unwrap();
            let hash = conn.query("SELECT password_hash FROM users WHERE email_key = 'one@x.example'");
            hash.one::<(String,)>().await.unwrap().0
        };
        assert_eq!(stored().await, hash);
        let grants = server.admin.app("acme").tokens();
        assert_eq!(refused(grants.password("one@x.example", "wrong horse battery").await), Code::InvalidCredentials);
        grants.password("one@x.example", PASSWORD).await.unwrap();
        assert!(stored().await.starts_with("$argon2id$"));
        grants.password("one@x.example", PASSWORD).await.unwrap();
    }

    async fn nobody_imports_into_roles_above_their_own_or_into_another_app(server) {
        server.app("acme").await;
        server.app("globex").await;
        let editor = server.client_of("acme", "editor@acme.example").await;
        let row = ImportUser::new("one@x.example").with_role("admin");
        let result = editor.app("acme").users().import(std::slice::from_ref(&row)).await.unwrap();
        assert_eq!(result.data[0].error.as_ref().unwrap().code, Code::PermissionDenied);
        assert_eq!(refused(editor.app("globex").users().import(&[row]).await), Code::NotFound);
    }
}
